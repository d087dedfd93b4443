"""The form of each operation that a traced step is made of; one without a form of its own keeps its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from carrousel.engine import functions
from carrousel.engine.equations.expressions import (
    Applied,
    Binary,
    Expression,
    Group,
    Indexed,
    Number,
    Slice,
    Transposed,
    Unary,
)
from carrousel.engine.trace import Op

Shape = tuple[int, ...]
Form = Callable[[Op, Sequence[Expression], Sequence[Shape]], Expression | None]
"""The form of an operation on expressions of some shapes, or None where its parameters are beyond this form."""

SIGNS: Final = MappingProxyType(
    {
        "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
        "eq": "==", "ne": "!=", "and": "&", "or": "|", "add_any": "+",
    }
)  # fmt: skip
SAME: Final = MappingProxyType(
    {
        "logistic": "sigmoid", "max": "maximum", "min": "minimum", "stop_gradient": "stop",
        **{n: n for n in ("tanh", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "abs", "sign", "floor")},
        **{n: n for n in ("real", "imag", "conj")},
    }
)  # fmt: skip
"""Primitives that are functions of the language, unit by unit."""
UNIT_BY_UNIT: Final = frozenset({*SIGNS, *SAME, "neg", "select_n", "integer_pow", "square", "rsqrt", "complex"})


def apply(name: str, *arguments: Expression) -> Applied:
    """A function of the language on arguments."""
    return Applied(name, arguments, call=getattr(functions, name))


def _operator(sign: str) -> Form:
    return lambda _, arguments, __: Binary(sign, *arguments)


def _function(name: str) -> Form:
    return lambda _, arguments, __: apply(name, *arguments)


def _select(_: Op, arguments: Sequence[Expression], __: Sequence[Shape]) -> Expression | None:
    test, *cases = arguments
    return apply("where", test, cases[1], cases[0]) if len(cases) == 2 else None


def _reduced(name: str) -> Form:
    def form(op: Op, arguments: Sequence[Expression], shapes: Sequence[Shape]) -> Expression | None:
        axes = op.params["axes"]
        if len(axes) == len(shapes[0]):
            return apply(name, arguments[0])
        axis = Number(axes[0]) if len(axes) == 1 else Group(tuple(map(Number, axes)))
        return Applied(name, (arguments[0],), (("axis", axis),), getattr(functions, name))

    return form


def _cumsum(op: Op, arguments: Sequence[Expression], _: Sequence[Shape]) -> Expression | None:
    return apply("cumsum", arguments[0]) if op.params["axis"] == 0 and not op.params["reverse"] else None


def _slice(op: Op, arguments: Sequence[Expression], shapes: Sequence[Shape]) -> Expression:
    bounds = zip(op.params["start_indices"], op.params["limit_indices"], shapes[0], strict=True)
    strides = op.params["strides"] or (1,) * len(shapes[0])
    places = tuple(
        Slice(start or None, None if stop == size else stop, None if stride == 1 else stride)
        for (start, stop, size), stride in zip(bounds, strides, strict=True)
    )
    return Indexed(arguments[0], places)


def _transposed(op: Op, arguments: Sequence[Expression], _: Sequence[Shape]) -> Expression | None:
    return Transposed(arguments[0]) if op.params["permutation"] == (1, 0) else None


def _joined(op: Op, arguments: Sequence[Expression], _: Sequence[Shape]) -> Expression | None:
    return apply("concatenate", Group(tuple(arguments))) if op.params["dimension"] == 0 else None


def _dot(op: Op, arguments: Sequence[Expression], shapes: Sequence[Shape]) -> Expression | None:
    contracted, batch = op.params["dimension_numbers"]
    plain = batch == ((), ()) and contracted == ((len(shapes[0]) - 1,), (0,))
    return Binary("@", *arguments) if plain and len(shapes[1]) in {1, 2} else None


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "neg": lambda _, a, __: Unary("-", a[0]),
        "not": lambda _, a, __: Unary("~", a[0]),
        "integer_pow": lambda op, a, __: Binary("**", a[0], Number(op.params["y"])),
        "square": lambda _, a, __: Binary("**", a[0], Number(2)),
        "rsqrt": lambda _, a, __: Binary("/", Number(1), apply("sqrt", a[0])),
        "complex": lambda _, a, __: Binary("+", a[0], Binary("*", Number(1j), a[1])),
        "product": lambda _, a, __: Binary("@", a[1], a[0]),
        "select_n": _select,
        "reduce_sum": _reduced("sum"),
        "reduce_max": _reduced("max"),
        "dot_general": _dot,
        "cumsum": _cumsum,
        "slice": _slice,
        "transpose": _transposed,
        "concatenate": _joined,
        **{name: _operator(sign) for name, sign in SIGNS.items()},
        **{name: _function(own) for name, own in SAME.items()},
    }
)
