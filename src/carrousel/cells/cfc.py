"""Closed-form continuous-time network: a gate of the elapsed time mixes two heads of one backbone."""

from carrousel.engine import Cell, Input, Matrices, Vector, Vectors, sigmoid, tanh


def cfc(
    x: Vector,
    elapsed: Input,
    h: Vector,
    *,
    B: Matrices,
    F: Matrices,
    G: Matrices,
    H: Matrices,
    b: Vectors,
    units: int = 128,
) -> Vector:
    z = 1.7159 * tanh(0.666 * (B.x @ x + B.h @ h + b.z))
    s = sigmoid((F.a @ z + b.a) * elapsed + F.b @ z + b.b)
    g = tanh(G.h @ z + b.g)
    n = tanh(H.h @ z + b.n)
    h = (1 - s) * g + s * n
    return h


CFC = Cell(
    cfc,
    source="Hasani, Lechner, Amini, Liebenwein, Ray, Tschaikowski, Teschl & Rus 2022",
    sizes={"B": "units", "b.z": "units"},
    family="continuous",
    aka={"ncps": "CfCCell"},
    note="with one backbone layer and the gate's form of the authors' code, where the paper's is s = sigmoid(-f t)",
)
