"""What names stand for while a cell's text is read: expressions, Python's own values, namespaces, inner functions."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from carrousel.engine import functions
from carrousel.engine.equations.evaluate import Values, evaluate
from carrousel.engine.equations.expressions import Expression, Group, Number, Option, Plain, is_constant
from carrousel.engine.kinds import Namespace


class UnreadableError(Exception):
    """The text holds something that this reading does not know; the data flow is shown in its place."""


class Space(NamedTuple):
    """A namespace of letters."""

    name: str
    kind: type[Namespace]


class Inner(NamedTuple):
    """A function that the cell's text defines."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    name: str


@dataclass
class Frame:
    """The names of one function's call."""

    names: dict[str, Any]
    outer: Frame | None
    beyond: Mapping[str, Any]
    """The names of the module, and those that the function closes over."""
    scope: str = ""
    """Which call it is; nothing for the cell's own."""

    def find(self, name: str) -> Any:
        """What the name stands for here."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        if name in self.beyond:
            return _constant(name, self.beyond[name])
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise UnreadableError(f"the name {name} is not known")

    def inside(self) -> Frame:
        """A frame for the variables of a comprehension."""
        return Frame({}, self, self.beyond, self.scope)


def beyond(function: FunctionType) -> dict[str, Any]:
    """The names that a function knows without having given them."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}


def _constant(name: str, value: Any) -> Any:
    named = type(value) in (int, float, complex) or isinstance(value, (np.ndarray, np.number, jax.Array))
    return Option(name, value) if named else value


def lift(value: Any) -> Expression:
    """A value of Python's as an expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, (bool, int, float, complex)):
        return Number(value)
    if isinstance(value, np.number):
        return Number(value.item())
    if type(value) in (tuple, list):
        return Group(tuple(map(lift, value)))
    if value is None or isinstance(value, (str, type, np.dtype, np.ndarray)):
        return Plain(value)
    raise UnreadableError(f"a {type(value).__name__} is handed to a function")


def fold(value: Any) -> Any:
    """A value that the text alone decides, as Python's own."""
    if isinstance(value, Expression):
        if not is_constant(value):
            raise UnreadableError("the text does not tell the value")
        return evaluate(value, Values())
    return type(value)(map(fold, value)) if type(value) in (tuple, list) else value


@functools.cache
def known_functions() -> Mapping[Any, str]:
    """The functions of the language, by identity, with those of numpy and JAX that are the same ones."""
    own = {name: f for name, f in vars(functions).items() if isinstance(f, FunctionType) and not name.startswith("_")}
    alike = {f: name for name, f in own.items()}
    for name in own:
        alike |= {getattr(module, name): name for module in (jnp, np) if hasattr(module, name)}
    same = ("relu", "sigmoid", "softplus", "log_sigmoid", "silu", "softmax")
    alike |= {getattr(jax.nn, name): name for name in same}
    return alike | {lax.stop_gradient: "stop", lax.logistic: "sigmoid", np.absolute: "abs", jnp.fft.fft: "fft"}
