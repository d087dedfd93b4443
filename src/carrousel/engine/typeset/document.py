"""A reading as LaTeX, and as text for a terminal, with a legend of what a reader may not know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

from carrousel.engine import functions
from carrousel.engine.equations.expressions import Applied, Binary, Indexed, Number, Symbol
from carrousel.engine.equations.reading import Reading
from carrousel.engine.typeset.naming import Names
from carrousel.engine.typeset.printer import Printer
from carrousel.engine.typeset.special import SPECIAL

OLD: Final = "₋₁"
"""How the name of a state that came in ends."""
PLAIN: Final = frozenset(
    {
        "sigmoid", "tanh", "exp", "log", "sin", "cos", "sqrt", "abs", "square", "maximum", "minimum", "where", "relu",
        "sum", "real", "imag", "conj", "outer", "dot", "transpose", "concatenate", "eye", "zeros_like", "ones_like",
        "max", "mod", "reshape",
    }
)  # fmt: skip
"""Functions that need no word of explanation."""


def text_printer(reading: Reading) -> Printer:
    """Writes single expressions of a reading in Unicode, as its text has them."""
    return Printer(Names(reading, latex=False), SPECIAL)


def latex(reading: Reading) -> str:
    """The equations as one LaTeX environment, `aligned`, for use inside math."""
    printer = Printer(Names(reading, latex=True), SPECIAL)
    rows = [f"{left} &= {right}" for left, right in _rows(reading, printer)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def text(reading: Reading) -> tuple[str, ...]:
    """The equations in Unicode, one a line, their equality signs in one column."""
    rows = _rows(reading, text_printer(reading))
    width = max(len(left) for left, _ in rows)
    return tuple(f"{left:>{width}} = {right}" for left, right in rows)


def legend(reading: Reading) -> tuple[str, ...]:
    """What the equations leave open: values of options, functions that papers do not all know, signs of our own."""
    printer = text_printer(reading)
    lines = [
        f"{printer.write(o)} = {printer.write(Number(o.value))}"
        for o in reading.options
        if isinstance(o.value, (int, float))
    ]
    applied = dict.fromkeys((e.function, e.call) for e in reading.expressions if isinstance(e, Applied))
    for name, call in applied:
        own = getattr(functions, name, None)
        said = _first_line((own or call).__doc__)
        if name not in PLAIN and said and (own or not str(call.__module__).startswith(("jax", "numpy"))):
            lines.append(f"{printer.function(name)}: {said}")
    if any(isinstance(e, Indexed) and None in e.place for e in reading.expressions):
        lines.append("∗ in brackets is a new axis, along which values repeat")
    if any(isinstance(e, Number) and isinstance(e.value, complex) for e in reading.expressions):
        lines.append("ⅈ is the imaginary unit")
    if any(isinstance(e, Binary) and e.operator == "*" for e in reading.expressions):
        lines.append("⊙ is the product unit by unit")
    return tuple(lines)


def labels(reading: Reading, keys: Collection[str], *, in_latex: bool = True) -> dict[str, str]:
    """What named values are shown as.

    Args:
        reading: the equations.
        keys: the names as `named_values` of the plan gives them; those that no result depends on are left out.
        in_latex: whether in LaTeX; else in Unicode, as the text and the drawings have them.
    """
    printer = Printer(Names(reading, latex=in_latex), SPECIAL)
    earlier = Counter(key.rpartition(".")[0] for key in keys if "." in key)
    versions = {key: int(key.rpartition(".")[2]) if "." in key else earlier[key] + 1 for key in keys}
    known = set(reading.symbols)
    found = {
        key: Symbol(key.removesuffix(OLD), 0) if key.endswith(OLD) else Symbol(key.partition(".")[0], version)
        for key, version in versions.items()
    }
    return {key: printer.write(symbol) for key, symbol in found.items() if symbol in known}


def _rows(reading: Reading, printer: Printer) -> list[tuple[str, str]]:
    def left(targets: tuple[Symbol, ...]) -> str:
        shown = [printer.write(target) for target in targets]
        return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"

    return [(left(targets), printer.write(value)) for targets, value in reading.equations]


def _first_line(said: str | None) -> str:
    line = re.sub(r"\s+", " ", (said or "").strip().split("\n\n")[0]).rstrip(".")
    return (line[:1].lower() + line[1:]).replace("`", "")
