"""The catalogue as a whole: every row complete, every cell a cell of its own."""

import ast
import hashlib
from collections import defaultdict
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import carrousel.cells
from carrousel.cells import CELLS, find_cell
from carrousel.engine import Cell, Matrices, Vector, Vectors, sigmoid, tanh
from carrousel.engine.letters import letter_p
from carrousel.engine.trace import trace_cell
from carrousel.errors import CellError

FOLDER = Path(carrousel.cells.__file__).parent
FAMILIES = {"plain", "lstm", "gru", "linear", "continuous"}


def test_the_catalogue_has_at_least_eighty_five_cells():
    assert len(CELLS) >= 85


def test_every_row_of_every_file_is_in_the_catalogue():
    rows = [
        node.targets[0].id
        for file in FOLDER.glob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Cell"
    ]
    assert len(rows) == len(set(rows)) == len(CELLS)
    assert {row.lower().replace("_", "-") for row in rows} == set(CELLS)


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_a_row_says_whose_the_cell_is_and_what_kind(cell):
    assert cell.source
    assert cell.family in FAMILIES
    assert not cell.note.endswith(".")


def structure(cell: Cell) -> tuple[str, ...]:
    """The traced step up to the names of letters and the order of sums and products: a hash of each result."""
    trace = trace_cell(cell, inputs=6, hidden=6, dtype=jnp.float32)
    known: dict[int, str] = {trace.x: "x"}
    known |= {number: f"input {k}" for k, number in enumerate(trace.inputs)}
    known |= {number: f"state {k}" for k, number in enumerate(trace.states)}
    known |= {number: digest(np.shape(c), np.asarray(c).tobytes()) for number, c in trace.constants.items()}
    parts: dict[tuple[str, int], list[str]] = {}
    letters = 0
    for op in trace.ops:
        name = op.primitive.name
        ins = [known[i] if isinstance(i, int) else str(i.val) for i in op.ins]
        if op.primitive is letter_p:
            known[op.outs[0]] = f"letter {letters} {op.params['shape']}"
            letters += 1
        elif name in ("add", "mul"):
            flat = [
                part
                for i, value in zip(op.ins, ins, strict=True)
                for part in (parts.get((name, i), [value]) if isinstance(i, int) else [value])
            ]
            parts[name, op.outs[0]] = sorted(flat)
            known[op.outs[0]] = digest(name, sorted(flat))
        else:
            how = sorted((k, str(v)) for k, v in op.params.items() if k not in ("jaxpr", "call_jaxpr", "debug_info"))
            known |= {out: digest(name, how, ins, k) for k, out in enumerate(op.outs)}
    return tuple(known[result] for result in trace.results)


def digest(*parts: object) -> str:
    """A short hash."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def test_no_two_cells_have_the_same_traced_step():
    same = defaultdict(list)
    for cell in CELLS.values():
        same[structure(cell)].append(cell.name)
    assert [names for names in same.values() if len(names) > 1] == []


def test_a_cell_written_with_other_letters_in_another_order_is_found_to_be_the_same():
    def copied(x: Vector, s: Vector, *, A: Matrices, B: Matrices, d: Vectors) -> Vector:
        gate = sigmoid(d.f + A.f @ x + B.f @ s)
        new = tanh(d.n + A.n @ x + B.n @ (s * gate))
        return new * gate + s * (1 - gate)

    assert structure(Cell(copied)) != structure(CELLS["gru"])
    assert sorted(structure(Cell(copied))) == sorted(structure(reordered_mgu()))


def reordered_mgu() -> Cell:
    """MGU with its letters met in the order of the copy above."""

    def mgu(x: Vector, h: Vector, *, W: Matrices, U: Matrices, b: Vectors) -> Vector:
        f = sigmoid(b.f + W.f @ x + U.f @ h)
        n = tanh(b.h + W.h @ x + U.h @ (f * h))
        return (1 - f) * h + f * n

    return Cell(mgu)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mlstm", ["multiplicative-lstm", "matrix-lstm"]),
        ("mc-lstm", ["memory-controller-lstm", "mass-conserving-lstm"]),
        ("t-lstm", ["typed-lstm", "time-aware-lstm"]),
        ("qrnn", ["qrnn-f", "qrnn-fo", "qrnn-ifo"]),
    ],
)
def test_a_name_that_means_several_cells_is_refused_and_all_are_named(name, meant):
    with pytest.raises(CellError) as error:
        find_cell(name)
    assert all(cell in str(error.value) for cell in meant)
    assert all(cell in CELLS for cell in meant)
