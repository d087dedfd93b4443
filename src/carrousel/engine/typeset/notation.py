"""The two ways of writing, as tables: LaTeX, and Unicode for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Notation:
    """One way of writing."""

    latex: bool
    signs: Mapping[str, str]
    """Python's operators between two expressions."""
    units: str
    """The product unit by unit."""
    scaled: str
    """The product with a number."""
    applied: str
    """The product with a matrix."""
    functions: Mapping[str, str]
    """Functions that have a sign of their own."""
    transposed: str
    fraction: Callable[[str, str], str] | None
    """A fraction with a bar; without one it is a division sign."""
    root: Callable[[str], str]
    modulus: Callable[[str], str]
    power: Callable[[str, str], str]
    cases: Callable[[list[tuple[str, str]], str], str]
    """Values with their conditions, and the value otherwise."""
    word: Callable[[str], str]
    """A function's name that is a word."""
    constants: Mapping[str, str]


def _text_power(base: str, power: str) -> str:
    small = {"2": "²", "3": "³"}
    return base + small[power] if power in small else f"{base}^{power if power.isalnum() else f'({power})'}"


def _text_cases(cases: list[tuple[str, str]], otherwise: str) -> str:
    return ", ".join(f"{value} if {test}" for value, test in cases) + f", else {otherwise}"


def _latex_cases(cases: list[tuple[str, str]], otherwise: str) -> str:
    rows = [rf"{value} & \text{{if }} {test}" for value, test in cases] + [rf"{otherwise} & \text{{otherwise}}"]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


LATEX: Final = Notation(
    latex=True,
    signs=MappingProxyType(
        {
            "+": " + ", "-": " - ", "<": " < ", ">": " > ", "<=": r" \le ", ">=": r" \ge ", "==": " = ",
            "!=": r" \ne ", "%": r" \bmod ", "//": r" \operatorname{div} ", "&": r" \wedge ", "|": r" \vee ",
            "^": r" \oplus ",
        }
    ),
    units=r" \odot ",
    scaled=r" \, ",
    applied=" ",
    functions=MappingProxyType(
        {
            "sigmoid": r"\sigma", "tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos",
            "maximum": r"\max", "minimum": r"\min", "max": r"\max", "relu": r"\operatorname{ReLU}",
            "silu": r"\operatorname{SiLU}", "real": r"\operatorname{Re}", "imag": r"\operatorname{Im}",
            "fft": r"\mathcal{F}", "ifft": r"\mathcal{F}^{-1}", "floor": r"\operatorname{floor}", "dim": r"\dim",
        }
    ),
    transposed=r"^\top",
    fraction=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    root=lambda a: rf"\sqrt{{{a}}}",
    modulus=lambda a: rf"\left|{a}\right|",
    power=lambda a, b: f"{a}^{b}" if len(b) == 1 else f"{a}^{{{b}}}",
    cases=_latex_cases,
    word=lambda name: rf"\operatorname{{{name}}}",
    constants=MappingProxyType({"eye": "I", "zeros_like": r"\mathbf{0}", "ones_like": r"\mathbf{1}", "*": r"\ast"}),
)  # fmt: skip
TEXT: Final = Notation(
    latex=False,
    signs=MappingProxyType(
        {
            "+": " + ", "-": " − ", "<": " < ", ">": " > ", "<=": " ≤ ", ">=": " ≥ ", "==": " = ", "!=": " ≠ ",
            "%": " mod ", "//": " div ", "&": " and ", "|": " or ", "^": " xor ",
        }
    ),
    units=" ⊙ ",
    scaled=" · ",
    applied=" ",
    functions=MappingProxyType(
        {
            "sigmoid": "σ", "maximum": "max", "minimum": "min", "relu": "ReLU", "silu": "SiLU", "real": "Re",
            "imag": "Im", "fft": "DFT", "ifft": "DFT⁻¹",
        }
    ),
    transposed="ᵀ",
    fraction=None,
    root=lambda a: f"√({a})",
    modulus=lambda a: f"|{a}|",
    power=_text_power,
    cases=_text_cases,
    word=lambda name: name,
    constants=MappingProxyType({"eye": "I", "zeros_like": "0", "ones_like": "1", "*": "∗"}),
)  # fmt: skip
