"""How many axes an expression has, as far as its form tells: a product with a number is written otherwise than ⊙."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from carrousel.engine.equations.expressions import (
    Applied,
    Binary,
    Expression,
    Group,
    Indexed,
    Letter,
    Number,
    Option,
    Size,
    Slice,
    Symbol,
    Transposed,
    Unary,
)

Rank = int | None
"""None where the form does not tell."""

AS_FIRST: Final = frozenset(
    {
        "tanh", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "abs", "sign", "round", "floor", "square",
        "cumsum", "flip", "triu", "tril", "real", "imag", "conj", "zeros_like", "ones_like", "fft", "ifft", "stop",
        "sigmoid", "relu", "softplus", "log_sigmoid", "silu", "softmax", "norm", "rms_norm", "expm", "transpose",
        "clip",
    }
)  # fmt: skip
"""Functions whose result has the axes of their first argument."""
WIDEST: Final = frozenset({"maximum", "minimum", "where", "mod"})
"""Functions unit by unit of several arguments."""
REDUCTIONS: Final = frozenset({"mean", "sum", "max"})
FIXED: Final = {"outer": 2, "kron": 2, "eye": 2, "arange": 1, "dot": 0}
MATRIX_PRODUCT: Final = {(2, 1): 1, (1, 2): 1, (2, 2): 2, (1, 1): 0}


def rank(expression: Expression) -> Rank:
    """How many axes the expression has."""
    match expression:
        case Number() | Size():
            return 0
        case Option(_, value):
            return np.ndim(value)
        case Letter(rank=known) | Symbol(rank=known):
            return known
        case Unary(_, of) | Transposed(of):
            return rank(of)
        case Binary("@", left, right):
            known_left, known_right = rank(left), rank(right)
            if known_left is None or known_right is None:
                return None
            return MATRIX_PRODUCT.get((known_left, known_right))
        case Binary(_, left, right):
            return _widest((left, right))
        case Indexed(of, place):
            known = rank(of)
            if known is None or ... in place:
                return None
            return known + sum(-1 if isinstance(p, int) else p is None for p in place if not isinstance(p, Slice))
        case Applied():
            return _rank_of_applied(expression)
        case _:
            return None


def _rank_of_applied(applied: Applied) -> Rank:
    name, arguments, keywords = applied.function, applied.arguments, dict(applied.keywords)
    if name in FIXED:
        return FIXED[name]
    if not arguments:
        return None
    first = arguments[0]
    if name in AS_FIRST:
        return rank(first)
    if name in WIDEST:
        return _widest(arguments)
    if name in REDUCTIONS:
        return _reduced(rank(first), axis=len(arguments) > 1 or "axis" in keywords, keeps="keepdims" in keywords)
    if name in {"repeat", "roll"}:
        return rank(first) if len(arguments) == 3 or "axis" in keywords or rank(first) == 1 else None
    if name == "reshape" and len(arguments) == 2:
        return len(arguments[1].items) if isinstance(arguments[1], Group) else 1
    if name in {"concatenate", "stack"} and isinstance(first, Group) and first.items:
        known = rank(first.items[0])
        return known if known is None or name == "concatenate" else known + 1
    return None


def _widest(expressions: Iterable[Expression]) -> Rank:
    ranks = [rank(e) for e in expressions]
    known = [r for r in ranks if r is not None]
    return max(known) if len(known) == len(ranks) else None


def _reduced(known: Rank, *, axis: bool, keeps: bool) -> Rank:
    if not axis:
        return 0 if not keeps else known
    return None if known is None else known if keeps else known - 1
