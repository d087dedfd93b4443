"""LSTM of 1997 with the paper's own connectivity: cells and gates hear the input, all cells and all gates."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, repeat, sigmoid, stop


def lstm_1997_full(
    x: Vector,
    h: Vector,
    c: Vector,
    i: Vector,
    o: Vector,
    *,
    W: Matrices,
    U: Matrices,
    V: Matrices,
    R: Matrices,
    b: Vectors,
    cells: int = 2,
    gate_biases: bool = True,
    cell_biases: bool = True,
) -> tuple[Vector, Vector, Vector, Vector]:
    y, j, q = stop(h), stop(i), stop(o)
    i = sigmoid(W.i @ x + U.i @ y + V.i @ j + R.i @ q + (b.i if gate_biases else 0))
    o = sigmoid(W.o @ x + U.o @ y + V.o @ j + R.o @ q + (b.o if gate_biases else 0))
    g = 4 * sigmoid(W.g @ x + U.g @ y + V.g @ j + R.g @ q + (b.g if cell_biases else 0)) - 2
    c = c + repeat(i, cells) * g
    h = repeat(o, cells) * (2 * sigmoid(c) - 1)
    return h, c, i, o


LSTM_1997_FULL = Cell(
    lstm_1997_full,
    source="Hochreiter & Schmidhuber 1997",
    sizes=dict.fromkeys(("i", "o", *(f"{space}.{gate}" for space in "WUVRb" for gate in "io")), "hidden / cells"),
    keeps="1",
    family="lstm",
    note="the gradient is truncated as in the paper: what comes back through y, i and o is stopped; "
    "which units have biases differs between its experiments: two options say it",
)
