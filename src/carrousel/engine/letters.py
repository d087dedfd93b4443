"""Letters while a cell is traced: `W.i` stands for an array that is not there yet.

A letter of `Matrices` has its columns from the vector it meets; met anywhere else it is an array of the size its row
says. Two primitives record what happens to letters: `letter_p` makes one, `product_p` is `W.i @ v`. Both are planned
and never lowered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import batching

from carrousel.engine.kinds import Blocks, Matrices, Namespace
from carrousel.errors import CellError

letter_p = Primitive("letter")
letter_p.def_abstract_eval(lambda *, name, shape, dtype: jax.core.ShapedArray(shape, dtype))  # noqa: ARG005

product_p = Primitive("product")


def _rows(v: Any, m: Any, *, kind: type[Namespace]) -> jax.core.ShapedArray:
    return jax.core.ShapedArray((m.shape[0] if kind is Matrices else m.shape[0] * m.shape[1],), v.dtype)


def _no_batch(*_: Any, **__: Any) -> Any:
    raise CellError(
        "a product stands inside vmap; a cell is written for one sequence and products stand in its own lines"
    )


product_p.def_abstract_eval(_rows)
batching.primitive_batchers[product_p] = _no_batch
batching.primitive_batchers[letter_p] = _no_batch


class MatrixLetter:
    """A letter of `Matrices`: left of `@` it takes the vector's size, elsewhere it is an array."""

    __array_ufunc__ = None  # numpy arrays leave the operators to us

    def __init__(self, make: Callable[[int | None], Array]) -> None:
        """`make(columns)` gives the array with so many columns, or with those of the row if None."""
        self._make = make

    def array(self) -> Array:
        """The letter as an array."""
        return self._make(None)

    def __matmul__(self, v: Any) -> Array:
        v = _array(v)
        if jnp.ndim(v) != 1:
            return self._make(jnp.shape(v)[0]) @ v
        result: Array = product_p.bind(jnp.asarray(v), self._make(jnp.shape(v)[0]), kind=Matrices)
        return result

    @property
    def T(self) -> Array:  # noqa: N802 - numpy's name
        """The letter's transpose."""
        return self.array().T

    @property
    def shape(self) -> tuple[int, ...]:
        """The letter's shape as an array."""
        return self.array().shape

    @property
    def dtype(self) -> Any:
        """The letter's number format."""
        return self.array().dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: Any) -> Array:
        return self.array()[place]

    def reshape(self, *shape: Any) -> Array:
        """The letter's numbers on other axes."""
        return self.array().reshape(*shape)


def _array(value: Any) -> Any:
    return value.array() if isinstance(value, MatrixLetter) else value


def _delegate(name: str) -> Callable[..., Any]:
    def operator(self: MatrixLetter, *others: Any) -> Any:
        return getattr(self.array(), name)(*map(_array, others))

    return operator


for _name in [
    "add",
    "sub",
    "mul",
    "truediv",
    "pow",
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rmatmul",
    "neg",
    "gt",
    "lt",
    "ge",
    "le",
]:
    setattr(MatrixLetter, f"__{_name}__", _delegate(f"__{_name}__"))


class BlockLetter:
    """A letter of `Blocks`: it stands left of `@` alone."""

    __array_ufunc__ = None

    def __init__(self, name: str, apply: Callable[[Any], Array]) -> None:
        self._name, self._apply = name, apply

    def __matmul__(self, v: Any) -> Any:
        return self._apply(v)

    def __getattr__(self, name: str) -> Any:
        raise CellError(f"{self._name} is block-diagonal and stands left of @ alone; .{name} is asked of it")


class Letters(Namespace):
    """A namespace whose letters are made on first use and remembered."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make, self._made = make, dict[str, Any]()

    def __getitem__(self, letter: Any) -> Any:
        name = str(letter)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __getattr__(self, letter: str) -> Any:
        if letter.startswith("__"):
            raise AttributeError(letter)
        return self[letter]


def given(arrays: Mapping[str, Any], kind: type[Namespace], space: str) -> Letters:
    """A namespace of arrays that exist: the reference runs with it."""

    def make(letter: str) -> Any:
        if letter not in arrays:
            raise CellError(f"there is no {space}.{letter}; there are {', '.join(arrays) or 'no letters'}")
        array = arrays[letter]
        return BlockLetter(f"{space}.{letter}", lambda v: block_product(array, v)) if kind is Blocks else array

    return Letters(make)


def block_product(m: Any, v: Any) -> Any:
    """Block-diagonal `m` of shape (heads, rows, columns) times the vector `v`."""
    heads, rows, columns = m.shape
    return (m @ v.reshape(heads, columns, 1)).reshape(heads * rows)
