"""How names and numbers look: Greek where they spell Greek, upright where they are words."""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import Any, Final

GREEK: Final = MappingProxyType(
    {
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
        "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
        "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
        "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
        "Psi": "Ψ", "Omega": "Ω",
    }
)  # fmt: skip
FROM_GREEK: Final = MappingProxyType({glyph: f"\\{name}" for name, glyph in GREEK.items()})
SUPERSCRIPTS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SPECIAL: Final = re.compile(r"([_#$%&{}])")
"""What LaTeX wants a backslash before."""
BESIDE: Final = frozenset({"xi", "pi"})
"""Subscripts that spell Greek but are letters beside one another: from x to i, of the peephole of i."""
WORDS: Final = frozenset({"re", "im", "log", "exp", "sin", "cos", "max", "min", "in", "out"})
"""Short subscripts that are words and not letters beside one another."""
CONSTANTS: Final = MappingProxyType({math.e: ("e", "e"), math.pi: (r"\pi", "π"), math.inf: (r"\infty", "∞")})


def split_name(name: str) -> tuple[str, str]:
    """A name as a letter or word and its subscript: `h1` is h with 1, `scaled_h` is scaled with h."""
    name = name.strip("_") or "_"
    stem, _, rest = name.partition("_")
    if stem and rest:
        return stem, rest
    if found := re.fullmatch(r"([^\W\d]|" + "|".join(GREEK) + r")(\d+)", name):
        return found[1], found[2]
    return name, ""


def latex_name(name: str) -> str:
    """One name without its indices, in LaTeX."""
    if name in GREEK:
        return FROM_GREEK[GREEK[name]]
    if len(name) == 1:
        return FROM_GREEK.get(name, name)
    return rf"\mathrm{{{escaped(name)}}}"


def latex_index(index: str) -> str:
    """One subscript in LaTeX: letters beside one another as papers have them, words upright."""
    if (index in GREEK and index not in BESIDE) or len(index) == 1:
        return latex_name(index)
    if index.isdigit() or (index.isalpha() and index.isascii() and len(index) <= 3 and index not in WORDS):
        return index
    return rf"\mathrm{{{escaped(index)}}}"


def escaped(text: str) -> str:
    """Text with a backslash before what LaTeX would take as its own."""
    return SPECIAL.sub(r"\\\1", text.replace("\\", r"\backslash "))


def plain_name(name: str) -> str:
    """One name in Unicode."""
    return GREEK.get(name, name)


def plain_index(index: str) -> str:
    """One subscript in Unicode."""
    return index if index in BESIDE else plain_name(index)


def number(value: Any, *, latex: bool) -> str:
    """A number as papers write it: e, π, 10 to a power; the imaginary unit is an upright i."""
    if isinstance(value, complex):
        return _complex(value, latex=latex)
    if isinstance(value, float):
        if value in CONSTANTS:
            return CONSTANTS[value][0 if latex else 1]
        text = f"{value:g}" if float(f"{value:g}") == value else repr(value)
        mantissa, found, exponent = text.partition("e")
        if found and latex:
            power = f"10^{{{int(exponent)}}}"
            return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        return text.replace("-", "-" if latex else "−")
    return str(value).lower() if isinstance(value, bool) else str(value).replace("-", "-" if latex else "−")


def _complex(value: complex, *, latex: bool) -> str:
    unit = r"\mathrm{i}" if latex else "ⅈ"
    if value.real:
        return f"({number(value.real, latex=latex)} + {number(value.imag * 1j, latex=latex)})"
    return unit if value.imag == 1 else f"{number(value.imag, latex=latex)}{unit}"
