"""Expressions in either way of writing, with the brackets that they need and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

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
    Place,
    Plain,
    Size,
    Slice,
    Symbol,
    Transposed,
    Unary,
)
from carrousel.engine.equations.ranks import rank
from carrousel.engine.typeset.glyphs import escaped, number
from carrousel.engine.typeset.naming import Names
from carrousel.engine.typeset.notation import LATEX, TEXT, Notation

CHOICE, COMPARISON, SUM, PRODUCT, POWER, ATOM = range(6)
"""How tightly a form holds together."""
COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "&", "|", "^"})
TALL: Final = (r"\frac", r"\begin", r"\left", r"\sqrt")


class Form(NamedTuple):
    """Something written, how tightly it holds together, and by which sign."""

    text: str
    tight: int
    sign: str = ""
    raised: bool = False
    """Whether something stands above its end, so that nothing more can."""


Special = Callable[["Printer", Sequence[Expression]], Form | None]
"""A function's own form on some arguments, or None where it is written as any other."""


class Printer:
    """Writes the expressions of one reading."""

    def __init__(self, names: Names, special: Mapping[str, Special]) -> None:
        self.names, self.special = names, special
        self.how: Notation = LATEX if names.latex else TEXT

    def write(self, expression: Expression) -> str:
        """The expression on its own."""
        return self.form(expression).text

    def form(self, expression: Expression) -> Form:
        """The expression and how tightly it holds together."""
        match expression:
            case Number(value):
                text = number(value, latex=self.how.latex)
                return Form(text, SUM if text[0] in "-−" else ATOM)
            case Symbol() | Letter() | Option():
                text = self.names.find(expression)
                return Form(text, ATOM, raised="^" in text or "⁾" in text)
            case Plain(value):
                return Form(self.plain(value), ATOM)
            case Unary(sign, of):
                word = {"-": self.how.signs["-"].strip(), "~": "not ", "not": "not "}[sign]
                return Form(word + self.held(of, PRODUCT), SUM)
            case Transposed(of):
                return Form(self.base(of) + self.how.transposed, ATOM, raised=True)
            case Size(of, axis):
                below = "" if axis == 0 and rank(of) in {None, 1} else ("_" + str(axis + 1))
                return Form(self.function("dim") + below + self.bracketed(self.write(of)), ATOM)
            case Indexed(of, place):
                return Form(f"{self.held(of, ATOM)}[{', '.join(map(self.place, place))}]", ATOM)
            case Group(items):
                return Form(self.bracketed(", ".join(map(self.write, items))), ATOM)
            case Binary(sign, left, right):
                return self.binary(sign, left, right)
            case Applied():
                return self.applied(expression)
        raise NotImplementedError(type(expression).__name__)

    def held(self, expression: Expression, tight: int, signs: Sequence[str] = ()) -> str:
        """The expression, in brackets unless it holds together so tightly or by one of some signs."""
        form = self.form(expression)
        free = form.tight > tight or (form.tight == tight and (tight == ATOM or form.sign in signs))
        return form.text if free else self.bracketed(form.text)

    def base(self, expression: Expression) -> str:
        """The expression as something over which a power or a transpose stands."""
        form = self.form(expression)
        return form.text if form.tight == ATOM and not form.raised else self.bracketed(form.text)

    def bracketed(self, text: str) -> str:
        """Text in brackets as high as it is."""
        tall = self.how.latex and any(sign in text for sign in TALL)
        return rf"\left({text}\right)" if tall else f"({text})"

    def binary(self, sign: str, left: Expression, right: Expression) -> Form:
        """`left sign right`."""
        if sign in {"+", "-"}:
            return Form(self.held(left, SUM, ("", "+", "-")) + self.how.signs[sign] + self.held(right, SUM), SUM, sign)
        if sign == "*":
            return self.times(left, right)
        if sign == "@":
            return self.matrix_product(left, right)
        if sign == "/":
            if self.how.fraction is not None:
                return Form(self.how.fraction(self.write(left), self.write(right)), ATOM, raised=True)
            return Form(f"{self.held(left, PRODUCT, ('*', '·'))} / {self.held(right, PRODUCT)}", PRODUCT, "/")
        if sign == "**":
            return self.power(left, right)
        tight = COMPARISON if sign in COMPARISONS else PRODUCT
        return Form(self.held(left, tight) + self.how.signs[sign] + self.held(right, tight), tight, sign)

    def times(self, left: Expression, right: Expression) -> Form:
        """A product unit by unit, or one with a number."""
        if rank(left) != 0 and rank(right) != 0:
            return Form(self.held(left, PRODUCT, ("*", "·")) + self.how.units + self.held(right, PRODUCT), PRODUCT, "*")
        sign = self.how.scaled
        if self.how.latex and isinstance(right, (Number, Option)):
            sign = r" \cdot "
        return Form(self.held(left, PRODUCT, ("·", "*")) + sign + self.held(right, PRODUCT), PRODUCT, "·")

    def matrix_product(self, left: Expression, right: Expression) -> Form:
        """A matrix beside what it works on; a vector on the left lies on its side."""
        first, second = self.held(left, PRODUCT, ("@",)), self.held(right, PRODUCT)
        if rank(left) == 1:
            first = self.base(left) + self.how.transposed
        wide = self.how.latex and second.startswith(("\\", "("))
        return Form(
            first + (r" \, " if wide and not second.startswith("(") else self.how.applied) + second, PRODUCT, "@"
        )

    def power(self, base: Expression, power: Expression) -> Form:
        """A power, or a root."""
        if isinstance(power, Number) and power.value == 0.5:
            return Form(self.how.root(self.write(base)), ATOM)
        return Form(
            self.how.power(self.base(base), self.write(power)), POWER if not self.how.latex else ATOM, raised=True
        )

    def function(self, name: str) -> str:
        """What stands for a function before its brackets."""
        known = self.how.functions.get(name)
        return known if known is not None else self.how.word(escaped(name) if self.how.latex else name)

    def applied(self, applied: Applied) -> Form:
        """A function of arguments."""
        name, arguments = applied.function, applied.arguments
        special = self.special.get(name)
        form = special(self, arguments) if special is not None and not applied.keywords else None
        if form is not None:
            return form
        shown = [self.write(a) for a in arguments]
        shown += [f"{self.how.word(k)} = {self.write(v)}" for k, v in applied.keywords]
        return Form(self.function(name) + self.bracketed(", ".join(shown)), ATOM)

    def plain(self, value: Any) -> str:
        """Something that is no number."""
        if isinstance(value, np.ndarray) or hasattr(value, "shape"):
            value = "constants of " + " × ".join(map(str, np.shape(value)))
        text = value.__name__ if isinstance(value, type) else str(value)
        return rf"\text{{{escaped(text)}}}" if self.how.latex else text

    def place(self, place: Place) -> str:
        """One place between brackets."""
        if place is None:
            return self.how.constants["*"]
        if isinstance(place, Slice):
            return ":".join("" if p is None else number(p, latex=self.how.latex) for p in place[: 3 if place[2] else 2])
        return "…" if place is ... else number(place, latex=self.how.latex)
