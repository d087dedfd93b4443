"""A cell is its equations, once: one function and one row of facts."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from carrousel.engine.kinds import (
    INPUT,
    MATRIX,
    NAMESPACES,
    SCALAR,
    VECTOR,
    Namespace,
    StateKind,
    Vectors,
    state_kind,
)
from carrousel.engine.sizes import Sizes, evaluate_size
from carrousel.errors import CellError

if TYPE_CHECKING:
    from carrousel.engine.wrapping import Wrapper

Start = Mapping[str, Any]

FURTHER: Final = "wrapper"
"""The namespace of the letters that wrappers add."""


@dataclass(frozen=True)
class Signature:
    """What a cell's parameters are, read off their annotations."""

    inputs: tuple[str, ...]
    """The per-step inputs beside x."""
    states: Mapping[str, StateKind]
    spaces: Mapping[str, type[Namespace]]
    """Keyword namespaces and their kinds."""
    options: Mapping[str, Any]
    """Keyword options and their defaults."""


class Cell:
    """A recurrent cell: `Cell(function, source="Gers, Schmidhuber & Cummins 2000", start={"b.f": 1.0}, keeps="f")`.

    The function takes `x`, then per-step inputs, then states, then keyword namespaces and options; it returns its new
    states in their order (the first is the output), or its output and then the new states.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        source: str = "",
        sizes: Mapping[str, Sizes] | None = None,
        start: Start | None = None,
        keeps: str | None = None,
        fixed: str = "",
        family: str = "",
        aka: Mapping[str, str] | None = None,
        note: str = "",
        **options: Any,
    ) -> None:
        """Read the function's signature.

        Args:
            function: the equations.
            name: what the catalogue calls it; by default the function's name.
            source: authors and year of the paper.
            sizes: sizes other than hidden, for `x`, an input, a state, a namespace or one letter.
            start: starting values of letters (`"b.f"`), namespaces (`"b"`) and states (`"u"`): a number, or a
                function of (key, shape) that gives an array.
            keeps: the fraction of the old state that survives a step: `"f"`, `"1 - z"`.
            fixed: namespaces drawn once and never trained, separated by spaces.
            family: the family that the catalogue sorts it into.
            aka: what other libraries call it.
            note: departures from the paper, in words.
            options: values of the function's options.

        Raises:
            CellError: the signature or the row is wrong.
        """
        self.function = function
        self.name = name or function.__name__.replace("_", "-")
        self.source, self.keeps, self.family, self.note = source, keeps, family, note
        self.aka = dict(aka or {})
        self.sizes, self.start, self.fixed = dict(sizes or {}), dict(start or {}), tuple(fixed.split())
        self.signature = _read_signature(self.name, function)
        self.options = {**self.signature.options, **{k: self._option(k, v) for k, v in options.items()}}
        self._check_row()
        self.bare: Cell = self
        self.wrappers: tuple[Wrapper, ...] = ()
        self.training = False
        self._plans: dict[Any, Any] = {}
        self._wrapped: dict[Any, Cell] = {}

    def with_options(self, **options: Any) -> Cell:
        """The same cell with other values of its options."""
        if not options:
            return self
        if self.wrappers:
            return self.bare.with_options(**options).wrapped(self.wrappers, training=self.training)
        return Cell(
            self.function,
            name=self.name,
            source=self.source,
            sizes=self.sizes,
            start=self.start,
            keeps=self.keeps,
            fixed=" ".join(self.fixed),
            family=self.family,
            aka=self.aka,
            note=self.note,
            **{**self.options, **options},
        )

    def wrapped(self, wrappers: tuple[Wrapper, ...], *, training: bool = False) -> Cell:
        """The same cell with its step changed, innermost wrapper first; `bare` is the cell without any.

        Args:
            wrappers: what changes the step.
            training: whether it is the step of training, which may draw masks.
        """
        if not wrappers:
            return self
        if FURTHER in self.signature.spaces:
            raise CellError(f"{self.name} has wrappers or letters called {FURTHER} already; wrap the bare cell")
        key = (wrappers, training)
        if key not in self._wrapped:
            cell = copy.copy(self)
            signature = replace(self.signature, spaces={**self.signature.spaces, FURTHER: Vectors})
            own: dict[str, Any] = {"_plans": {}, "_wrapped": {}, "wrappers": wrappers, "training": training}
            vars(cell).update({"signature": signature, **own})
            self._wrapped[key] = cell
        return self._wrapped[key]

    def __repr__(self) -> str:
        return f"Cell({self.name})"

    @property
    def learned(self) -> tuple[str, ...]:
        """The namespaces that training changes."""
        return tuple(s for s, kind in self.signature.spaces.items() if kind.learned and s not in self.fixed)

    def size(self, size: int | str, *, inputs: int, hidden: int) -> int:
        """The number that a size of the row stands for."""
        whole = {k: v for k, v in self.options.items() if type(v) is int}
        try:
            return evaluate_size(size, {"x": inputs, "hidden": hidden, **whole})
        except CellError as error:
            raise CellError(f"{self.name}: {error}") from None

    def shape(self, name: str, default: tuple[int, ...], *, inputs: int, hidden: int) -> tuple[int, ...]:
        """The shape that the row gives to a name, else the default."""
        sizes = self.sizes.get(name)
        if sizes is None:
            return default
        each = sizes if isinstance(sizes, tuple) else (sizes,)
        return tuple(self.size(s, inputs=inputs, hidden=hidden) for s in each)

    def state_shapes(self, *, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """The shape of each state of one sequence."""
        default = {VECTOR: (hidden,), MATRIX: (hidden, hidden), SCALAR: ()}
        states = self.signature.states.items()
        return {s: self.shape(s, default[kind], inputs=inputs, hidden=hidden) for s, kind in states}

    def input_shapes(self, *, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """The shape of each further input of one step of one sequence."""
        return {name: self.shape(name, (), inputs=inputs, hidden=hidden) for name in self.signature.inputs}

    def _option(self, name: str, value: Any) -> Any:
        known = self.signature.options
        if name not in known:
            raise CellError(f"{self.name} has no option {name!r}; it has {', '.join(known) or 'none'}")
        wanted = type(known[name])
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is not wanted:
            raise CellError(f"{self.name}: option {name} is a {wanted.__name__}, not {value!r}")
        return value

    def _check_row(self) -> None:
        spaces, states = self.signature.spaces, self.signature.states
        for name in (*self.sizes, *self.start):
            space, _, letter = name.partition(".")
            if not (space in spaces or (not letter and name in {"x", *states, *self.signature.inputs})):
                known = ", ".join([*states, *spaces])
                raise CellError(f"{self.name}: the row speaks of {name!r}, which is no state and no letter of {known}")
        for name in self.fixed:
            if name not in spaces:
                raise CellError(f"{self.name}: fixed names {name!r}; its namespaces are {', '.join(spaces) or 'none'}")


def _read_signature(cell: str, function: Callable[..., Any]) -> Signature:
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except NameError as error:
        raise CellError(f"{cell}: an annotation is not known where the function stands: {error}") from error
    if not parameters or parameters[0].name != "x":
        raise CellError(f"{cell}: the first parameter of a cell is x")
    inputs: list[str] = []
    states: dict[str, StateKind] = {}
    spaces: dict[str, type[Namespace]] = {}
    options: dict[str, Any] = {}
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise CellError(f"{cell}: *{p.name} hides what the cell takes; name each parameter")
        if p.kind is p.KEYWORD_ONLY:
            if isinstance(p.annotation, type) and issubclass(p.annotation, Namespace) and p.annotation in NAMESPACES:
                spaces[p.name] = p.annotation
            elif p.default is p.empty:
                kinds = ", ".join(kind.__name__ for kind in NAMESPACES)
                raise CellError(f"{cell}: keyword {p.name} is no namespace ({kinds}) and, as an option, has no default")
            else:
                options[p.name] = _checked_default(cell, p)
            continue
        kind = state_kind(p.annotation)
        if kind is None:
            raise CellError(f"{cell}: {p.name} has no annotation that says what it is: Vector, Matrix, Scalar or Input")
        if p.name == "x":
            if kind is not VECTOR:
                raise CellError(f"{cell}: x is a Vector, not a {kind.name}")
        elif kind is INPUT:
            if states:
                raise CellError(
                    f"{cell}: input {p.name} stands after state {list(states)[-1]}; inputs come before states"
                )
            inputs.append(p.name)
        else:
            states[p.name] = kind
    if not states:
        raise CellError(f"{cell}: a cell has at least one state, and this one has none")
    return Signature(tuple(inputs), states, spaces, options)


def _checked_default(cell: str, parameter: inspect.Parameter) -> Any:
    wanted, value = parameter.annotation, parameter.default
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) not in (bool, int, float, str) or (wanted is not parameter.empty and type(value) is not wanted):
        raise CellError(f"{cell}: option {parameter.name} wants a plain type and a default of it, got {value!r}")
    return value
