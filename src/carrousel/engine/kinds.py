"""The words of a cell's signature: what is a state, what is learned, what is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from jax import Array


@dataclass(frozen=True)
class StateKind:
    """How many axes a positional value has: a vector of the hidden size, a square matrix, or one number."""

    name: str
    axes: int


VECTOR, MATRIX, SCALAR, INPUT = (
    StateKind("Vector", 1),
    StateKind("Matrix", 2),
    StateKind("Scalar", 0),
    StateKind("Input", 0),
)

Vector: TypeAlias = Annotated[Array, VECTOR]
"""`x`, or a state of the hidden size."""
Matrix: TypeAlias = Annotated[Array, MATRIX]
"""A state of hidden x hidden numbers."""
Scalar: TypeAlias = Annotated[Array, SCALAR]
"""A state of one number."""
Input: TypeAlias = Annotated[Array, INPUT]
"""A further input of every step beside `x`: a time stamp, a mask; one number, or a vector if the row sizes it."""


class Namespace:
    """The letters of one keyword: `W.i`, `W["i"]`, `Q[3]`; a letter exists as soon as it is used."""

    learned = True

    def __getattr__(self, letter: str) -> Array:
        raise NotImplementedError

    def __getitem__(self, letter: Any) -> Array:
        raise NotImplementedError


class Matrices(Namespace):
    """Learned matrices: `W.i @ v` has hidden rows and takes its columns from `v`."""


class Blocks(Namespace):
    """Learned block-diagonal matrices: `R.i @ h` joins only the units of one head; the cell has an option `heads`."""


class Vectors(Namespace):
    """Learned vectors: biases, and diagonal matrices (`p.i * c`)."""


class Scalars(Namespace):
    """Learned numbers."""


class Constants(Namespace):
    """Vectors that are fixed per unit and saved with the model: clock periods."""

    learned = False


NAMESPACES: tuple[type[Namespace], ...] = (Matrices, Blocks, Vectors, Scalars, Constants)


def state_kind(annotation: object) -> StateKind | None:
    """The kind that an annotation of a positional parameter names, or None if it names none."""
    for kind in getattr(annotation, "__metadata__", ()):
        if isinstance(kind, StateKind):
            return kind
    return None
