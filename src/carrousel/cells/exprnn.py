"""expRNN: the recurrent matrix is the exponential of an antisymmetric one, hence orthogonal."""

from carrousel.engine import Cell, Matrices, Vector, Vectors, abs, expm, relu, sign


def exprnn(x: Vector, h: Vector, *, A: Matrices, T: Matrices, b: Vectors) -> Vector:
    B = expm(A.h - A.h.T)
    z = B @ h + T.h @ x
    h = sign(z) * relu(abs(z) + b.h)
    return h


EXPRNN = Cell(
    exprnn,
    source="Lezcano-Casado & Martínez-Rubio 2019",
    sizes={"A": ("hidden", "hidden")},
    family="plain",
    note="A is trained by its own gradient; the paper's change of basis after some steps is the optimiser's",
)
