"""Functions that papers write otherwise than as a name before brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from carrousel.engine.equations.expressions import Applied, Expression, Group, Number
from carrousel.engine.equations.ranks import rank
from carrousel.engine.typeset.printer import ATOM, CHOICE, PRODUCT, Form, Printer, Special


def _where(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    cases: list[tuple[str, str]] = []
    test, yes, no = arguments
    while True:
        cases.append((p.held(yes, CHOICE), p.write(test)))
        if not (isinstance(no, Applied) and no.function == "where" and not no.keywords):
            break
        test, yes, no = no.arguments
    return Form(p.how.cases(cases, p.held(no, CHOICE)), CHOICE)


def _modulus(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return Form(p.how.modulus(p.write(arguments[0])), ATOM)


def _root(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return Form(p.how.root(p.write(arguments[0])), ATOM)


def _square(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return p.power(arguments[0], Number(2))


def _outer(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    left, right = arguments
    return Form(f"{p.held(left, ATOM)} {p.base(right)}{p.how.transposed}", PRODUCT, "@")


def _dot(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    left, right = arguments
    return p.matrix_product(left, right) if (rank(left), rank(right)) == (1, 1) else None


def _mod(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return p.binary("%", *arguments)


def _transpose(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return Form(p.base(arguments[0]) + p.how.transposed, ATOM, raised=True) if len(arguments) == 1 else None


def _conjugate(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    return Form(rf"\overline{{{p.write(arguments[0])}}}", ATOM, raised=True) if p.how.latex else None


def _joined(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    (first, *others) = arguments
    if others or not isinstance(first, Group):
        return None
    between = r";\, " if p.how.latex else "; "
    return Form(f"[{between.join(map(p.write, first.items))}]", ATOM)


def _reshape(p: Printer, arguments: Sequence[Expression]) -> Form | None:
    if len(arguments) != 2:
        return None
    value, shape = arguments
    sizes = shape.items if isinstance(shape, Group) else (shape,)
    if [s for s in sizes if not (isinstance(s, Number) and s.value == -1)] == []:
        return Form(p.function("flat") + p.bracketed(p.write(value)), ATOM)
    rest = r"\dots" if p.how.latex else "…"
    shown = [rest if isinstance(s, Number) and s.value == -1 else p.write(s) for s in sizes]
    return Form(p.function("reshape") + p.bracketed(f"{p.write(value)}, {_by(p).join(shown)}"), ATOM)


def _by(p: Printer) -> str:
    return r" \times " if p.how.latex else " × "


def _constant(name: str, number: str) -> Special:
    """Ones and zeros: the digit for a number, a bold one for an array."""

    def form(p: Printer, arguments: Sequence[Expression]) -> Form | None:
        if len(arguments) != 1:
            return None
        return Form(number if rank(arguments[0]) == 0 else p.how.constants[name], ATOM)

    return form


SPECIAL: Final[Mapping[str, Special]] = MappingProxyType(
    {
        "where": _where,
        "abs": _modulus,
        "sqrt": _root,
        "square": _square,
        "outer": _outer,
        "dot": _dot,
        "mod": _mod,
        "transpose": _transpose,
        "conj": _conjugate,
        "concatenate": _joined,
        "reshape": _reshape,
        "zeros_like": _constant("zeros_like", "0"),
        "ones_like": _constant("ones_like", "1"),
        "eye": lambda p, a: Form(p.how.constants["eye"], ATOM) if len(a) == 1 else None,
    }
)
