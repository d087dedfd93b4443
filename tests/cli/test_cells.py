"""`carrousel cells`: the catalogue with its filters, and the card of one cell."""

import json
from xml.etree import ElementTree as ET

import pytest

from carrousel.cells import CELLS
from carrousel.cli import app


@pytest.fixture
def called(capsys):
    """Run the command: (exit code, standard output, standard error)."""

    def run(*arguments):
        code = app.call(["cells", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_list_has_every_cell_and_the_filters_pick_from_it(called):
    code, out, _ = called("--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["name"] for row in rows] == list(CELLS)
    assert all(row["class"] and row["parameters"] is not None for row in rows)
    table = called("--family", "lstm", "--states", "1")[1]
    wanted = [r["name"] for r in rows if r["family"] == "lstm" and len(r["states"]) == 1]
    assert all(name in table for name in wanted)
    assert f"{len(wanted)} cells" in table
    linear = json.loads(called("--class", "linear", "--json")[1])
    assert {row["class"] for row in linear} == {"linear"}


def test_a_cell_is_shown_with_its_equations_source_plan_parameters_and_drawing(called):
    code, out, _ = called("lstm", "--inputs", "3", "--hidden", "5")
    assert code == 0
    for part in (
        "Gers, Schmidhuber & Cummins 2000",
        "c = f ⊙ c₋₁ + i ⊙ g",
        "c = f * c + i * g",
        "1 product a step of h₋₁ [U.i U.f U.g U.o], 20 rows",
        f"= {4 * (5 * 3 + 5 * 5 + 5):,} numbers",
        f"gradient  holds about {19 * 5:,} numbers a step and sequence",
        "tanh │",
    ):
        assert part in out


def test_latex_plan_and_json_stand_alone(called):
    assert called("gru", "--latex")[1].startswith("\\begin{aligned}\n")
    assert called("gru", "--plan")[1].startswith("class products")
    card = json.loads(called("gru", "--json", "--hidden", "8")[1])
    assert card["letters"]["U.n"] == [8, 8]
    assert card["gradient_holds"]["backward"] == 15 * 8
    assert card["formula"] == "3·hidden·inputs + 3·hidden² + 4·hidden"


def test_the_drawing_is_written_as_svg(called, tmp_path):
    file = tmp_path / "gru.svg"
    assert called("gru", "--svg", str(file))[:2] == (0, "")
    assert ET.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_cell_of_ones_own_is_shown_from_its_file(called, tmp_path):
    file = tmp_path / "own_for_cards.py"
    file.write_text(
        "from carrousel.engine import Matrices, Vector, tanh\n\n\n"
        "def leaky(x: Vector, h: Vector, *, W: Matrices, leak: float = 0.3):\n"
        "    h = (1 - leak) * h + leak * tanh(W.h @ x)\n"
        "    return h\n"
    )
    code, out, _ = called(f"{file}:leaky")
    assert code == 0
    assert "h = (1 − leak) · h₋₁ + leak · tanh(W_h x)" in out


def test_x_has_the_size_that_the_cell_demands(called):
    assert json.loads(called("mut-1", "--json", "--hidden", "6")[1])["inputs"]["x"] == [6]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--latex"], 2, "name it: carrousel cells lstm --latex"),
        (["lstm", "--family", "lstm"], 2, "leave out lstm"),
        (["--family", "lstn"], 2, "there is no family 'lstn'; did you mean lstm?"),
        (["lstm", "--hidden", "0"], 2, "cannot be 0"),
        (["lstn"], 1, "lstm"),
        (["slstm", "--hidden", "7"], 1, "heads"),
        (["lstm", "--nosuch"], 2, "nosuch"),
    ],
)
def test_a_wrong_call_is_one_sentence(called, arguments, code, words):
    got, _, err = called(*arguments)
    assert got == code
    assert words in err
    assert len(err.splitlines()) == 1
