"""A drawing shows every state and gate, and its wires cross but never run upon each other."""

import functools
from xml.etree import ElementTree as ET

import pytest

from carrousel.cells import CELLS
from carrousel.engine.drawing import draw_svg, draw_text, lay_out
from carrousel.engine.drawing.graph import GATE, NEW, OLD, OPERATION, graph
from carrousel.engine.drawing.text import DOWN, LEFT, RIGHT, UP, lay_wires
from carrousel.engine.equations.expressions import Letter, walk
from carrousel.engine.typeset.document import text_printer
from tests.engine.odd_cells import ODD
from tests.engine.read_cells import every_cell, flow, reading

ACROSS, UPRIGHT = LEFT | RIGHT, UP | DOWN
NAMESPACE = "{http://www.w3.org/2000/svg}"


@functools.cache
def sheets(cell):
    """The cell's drawing; of the odd cells that of their data flow too."""
    return [lay_out(found) for found in ((reading(cell), flow(cell)) if cell in ODD else (reading(cell),))]


@every_cell
def test_wires_cross_but_never_run_upon_each_other_or_through_a_node(cell):
    for sheet in sheets(cell):
        cells = lay_wires(sheet).wires
        for wires in (w for row in cells for w in row if len(w) > 1):
            assert sorted(wires.values()) == sorted([ACROSS, UPRIGHT])
        for spot in sheet.spots:
            inside = [
                cells[y][x] for y in range(spot.y, spot.y + spot.height) for x in range(spot.x, spot.x + spot.width)
            ]
            entering = set(spot.node.sources) if spot.node.kind == OPERATION else set()
            assert {net for wires in inside for net in wires} <= entering


@every_cell
def test_every_wire_leads_from_its_node_to_all_that_take_its_value(cell):
    for sheet in sheets(cell):
        entered = {}
        for run in sheet.runs:
            entered[run.net] = entered.get(run.net, 0) + len(run.ends)
        passing = {net: sum(p[0] == net for p in sheet.passages) for net in entered}
        for net, count in entered.items():
            assert count - passing[net] == sum(net in node.sources for node in sheet.nodes)


@every_cell
def test_every_name_in_a_drawing_has_room_for_its_number(cell):
    for sheet in sheets(cell):
        root = ET.fromstring(draw_svg(sheet, title=cell.name))
        rooms = [t.get("data-value") for t in root.iter(f"{NAMESPACE}text") if t.get("data-value")]
        named = [n.name for n in sheet.nodes if n.name]
        ends = [n.label for n in sheet.nodes if n.kind in {OLD, NEW} and n.label not in named]
        assert sorted(rooms) == sorted(named + ends)


@every_cell
def test_svg_is_xml_with_a_title_and_every_state_old_and_new(cell):
    for sheet in sheets(cell):
        root = ET.fromstring(draw_svg(sheet, title=cell.name))
        assert cell.name in root.find(f"{NAMESPACE}title").text
        told = root.find(f"{NAMESPACE}desc").text
        texts = {"".join(t.itertext()).replace("\u200b", "") for t in root.iter(f"{NAMESPACE}text")}
        old = {n.label for n in sheet.nodes if n.kind == OLD}
        new = {n.label for n in sheet.nodes if n.kind == NEW}
        assert len(new) >= len(cell.signature.states)
        assert {label.replace("_", "") for label in old | new} <= texts
        assert sum(label.endswith("₋₁") for label in old) == len(cell.signature.states)
        assert all(f"{label} goes out" in told for label in new)


@every_cell
def test_the_drawing_shows_every_letter_or_the_name_of_what_is_made_of_it(cell):
    found = reading(cell)
    write = text_printer(found).write
    fixed = [q.value for q in found.equations if q.targets[0] not in found.timed]
    made = {e for value in fixed for e in walk(value) if isinstance(e, Letter)}
    shown = " ".join(word for node in graph(found) for word in (*node.letters, node.label))
    assert all(write(letter) in shown for letter in set(found.letters) - made)


def test_the_lstm_is_four_gates_and_five_operations():
    nodes = graph(reading(CELLS["lstm"]))
    gates = {
        node.name: (node.label, node.letters, [nodes[s].label for s in node.sources])
        for node in nodes
        if node.kind == GATE
    }
    assert gates == {
        gate: (squash, (f"W_{gate}", f"U_{gate}", f"b_{gate}"), ["x", "h₋₁"])
        for gate, squash in {"i": "σ", "f": "σ", "g": "tanh", "o": "σ"}.items()
    }
    assert sorted(n.label for n in nodes if n.kind == OPERATION) == ["+", "⊙", "⊙", "⊙"]
    assert [n.label for n in nodes if n.kind == OLD] == ["h₋₁", "c₋₁", "x"]


def test_a_peephole_is_a_wire_of_the_cell_into_its_gate():
    nodes = graph(reading(CELLS["peephole-lstm"]))
    reads = {n.name: {nodes[s].label or nodes[s].name for s in n.sources} for n in nodes if n.kind == GATE}
    assert "c₋₁" in reads["i"]
    assert "c₋₁" in reads["f"]
    output = next(n for n in nodes if n.name == "o")
    assert "c" in {nodes[s].name for s in output.sources}


def test_the_input_stands_below_the_old_states_and_the_new_ones_at_the_right():
    sheet = lay_out(reading(CELLS["lstm"]))
    at = {spot.node.label: spot for spot in sheet.spots if spot.node.kind in {OLD, NEW}}
    assert at["x"].y > max(at["h₋₁"].y, at["c₋₁"].y)
    assert at["h"].x > max(spot.x for spot in sheet.spots if spot.node.kind not in {OLD, NEW})


@pytest.mark.parametrize("name", ["lstm", "gru", "peephole-lstm", "layer-norm-lstm"])
def test_drawings_of_the_known_cells_fit_a_terminal(name):
    lines = draw_text(lay_out(reading(CELLS[name])))
    assert max(map(len, lines)) <= 112
    assert len(lines) <= 24
    assert all(label in "\n".join(lines) for label in ("h₋₁", "x", "─── h"))


def test_parts_of_one_array_are_wires_from_one_node():
    nodes = graph(reading(CELLS["layer-norm-lstm"]))
    norms = {n.name: (n.label, n.letters) for n in nodes if n.name in {"p", "q"}}
    assert norms == {
        "p": ("norm", ("W_i", "W_f", "W_g", "W_o")),
        "q": ("norm", ("U_i", "U_f", "U_g", "U_o")),
    }
