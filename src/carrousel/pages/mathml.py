"""Formulas: the LaTeX that Carrousel writes, and small ones by hand, as MathML that browsers set by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from carrousel.errors import SettingsError
from carrousel.pages.figures import folded
from carrousel.pages.html import Html, escape
from carrousel.pages.signs import BARS, FUNCTIONS, LETTERS, OPERATORS, SPACES, STYLED

TOKEN: Final = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
ALIGNED: Final = ("\\begin{aligned}", "\\end{aligned}")


def mathml(latex: str, *, marks: Mapping[str, str] | None = None, block: bool = False) -> Html:
    r"""A formula as one `math` element.

    Args:
        latex: the formula; `aligned` and `cases`, fractions, roots, scripts, and the signs of `signs.py`.
        marks: LaTeX of a letter with its scripts, such as `c_{t-1}` -> a key; where it stands the element has the key
            as `data-key`, so that a page's script finds it.
        block: whether it stands on lines of its own.

    Raises:
        SettingsError: a command that is not known here.
    """
    inside = _Formula(latex, marks or {}).read()
    return Html(f'<math display="{"block" if block else "inline"}">{inside}</math>')


def formula(latex: str) -> Html:
    """A formula within a line of text."""
    return mathml(latex)


def equations(latex: str, legend: Sequence[str] = ()) -> Html:
    """Equations on lines of their own, what they leave open below, and their LaTeX for who wants it.

    Args:
        latex: of a cell's card, or any `aligned`.
        legend: a line each.
    """
    told = "".join(f"<li>{escape(line)}</li>" for line in legend)
    below = f'<ul class="note">{told}</ul>' if told else ""
    source = folded("LaTeX", Html(f"<pre>{escape(latex)}</pre>"))
    return Html(f'<div class="equations" tabindex="0">{mathml(latex, block=True)}</div>{below}{source}')


def rows(latex: str) -> list[str]:
    """The lines of an `aligned`, each `left &= right`."""
    inside = latex.strip().removeprefix(ALIGNED[0]).removesuffix(ALIGNED[1])
    return [line.strip() for line in re.split(r"\\\\\n", inside) if line.strip()]


class _Formula:
    """One formula, read from left to right."""

    def __init__(self, latex: str, marks: Mapping[str, str]) -> None:
        self.latex, self.marks = latex, marks
        self.tokens = TOKEN.findall(latex)
        self.place = 0

    def read(self) -> str:
        found = self.sequence(())
        if self.place < len(self.tokens):
            raise SettingsError(f"{self.tokens[self.place]} closes nothing in the formula {self.latex}")
        return found

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        sign = self.peek()
        self.place += 1
        return sign

    def sequence(self, ends: Sequence[str]) -> str:
        """All up to one of some tokens, which is left standing."""
        parts: list[str] = []
        while self.place < len(self.tokens) and self.peek() not in {*ends, "}"}:
            if self.peek().isspace() or self.peek() in {"&", "\\!"}:
                self.take()
            else:
                parts.append(self.scripted())
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def scripted(self) -> str:
        """One thing and what stands below and above it."""
        start = self.place
        base, below, above = self.one(), "", ""
        while self.peek() in {"_", "^", "'"}:
            sign = self.take()
            if sign == "_":
                below = self.argument()
            else:
                above += "<mo>′</mo>" if sign == "'" else self.argument()
        if below and above:
            base = f"<msubsup>{base}{below}<mrow>{above}</mrow></msubsup>"
        elif below or above:
            tag = "msub" if below else "msup"
            base = f"<{tag}>{base}{below or '<mrow>' + above + '</mrow>'}</{tag}>"
        key = self.marks.get("".join(self.tokens[start : self.place]))
        return base if key is None else f'<mrow class="value" data-key="{escape(key)}">{base}</mrow>'

    def argument(self) -> str:
        """What a command or a script works on: a group in braces, or one thing."""
        while self.peek().isspace():
            self.take()
        return self.one()

    def raw(self) -> str:
        """The text of a group in braces."""
        self.expect("{")
        text = ""
        while self.peek() != "}":
            sign = self.take()
            if not sign:
                raise SettingsError(f"a brace is left open in the formula {self.latex}")
            text += {"\\backslash": "\\"}.get(sign, sign[1:] if len(sign) == 2 and sign[0] == "\\" else sign)
        self.take()
        return text

    def expect(self, sign: str) -> None:
        if self.take() != sign:
            raise SettingsError(f"{sign} is missing in the formula {self.latex}")

    def one(self) -> str:
        """One thing without scripts."""
        sign = self.take()
        if not sign:
            raise SettingsError(f"something is missing at the end of the formula {self.latex}")
        if sign == "{":
            inside = self.sequence(("}",))
            self.expect("}")
            return inside
        if sign.startswith("\\"):
            return self.command(sign)
        if sign[0].isdigit():
            return f"<mn>{sign}</mn>"
        if sign.isalpha():
            return f"<mi>{sign}</mi>"
        return _operator(OPERATORS.get(sign, sign))

    def command(self, sign: str) -> str:
        """What a command stands for."""
        if sign in LETTERS:
            return f"<mi>{LETTERS[sign]}</mi>"
        if sign in FUNCTIONS:
            return f"<mi>{FUNCTIONS[sign]}</mi>"
        if sign in OPERATORS:
            return _operator(OPERATORS[sign])
        if sign in SPACES:
            return f'<mspace width="{SPACES[sign]}"/>'
        if sign in STYLED:
            text = self.raw()
            return f"<mi>{escape(STYLED[sign].get(text, text))}</mi>"
        match sign:
            case "\\mathrm" | "\\operatorname":
                text = self.raw()
                upright = ' mathvariant="normal"' if len(text) == 1 else ""
                return f"<mi{upright}>{escape(text)}</mi>"
            case "\\text":
                return f"<mtext>{escape(self.raw().replace(' ', chr(160)))}</mtext>"
            case "\\frac":
                return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
            case "\\sqrt":
                return f"<msqrt>{self.argument()}</msqrt>"
            case "\\overline":
                return f'<mover>{self.argument()}<mo stretchy="true">¯</mo></mover>'
            case "\\left":
                return self.bracketed()
            case "\\begin":
                return self.environment(self.raw())
        raise SettingsError(f"{sign} is no command that a page can set, in the formula {self.latex}")

    def bracketed(self) -> str:
        r"""`\left( … \right)`, as high as what is inside."""
        first = self.take()
        inside = self.sequence(("\\right",))
        self.expect("\\right")
        left, right = (f"<mo>{escape(BARS.get(sign, sign))}</mo>" for sign in (first, self.take()))
        return f"<mrow>{left}{inside}{right}</mrow>"

    def environment(self, name: str) -> str:
        """Rows of cells."""
        lines: list[list[str]] = [[]]
        while True:
            lines[-1].append(self.sequence(("&", "\\\\", "\\end")) if self.peek() != "&" else "")
            sign = self.take()
            if sign == "\\\\":
                lines.append([])
            elif sign != "&":
                break
        if self.raw() != name:
            raise SettingsError(f"{name} is left open in the formula {self.latex}")
        filled = ("".join(f"<mtd>{cell}</mtd>" for cell in line) for line in lines)
        cells = "".join(f"<mtr>{line}</mtr>" for line in filled)
        grid = f'<mtable class="{escape(name)}">{cells}</mtable>'
        return f'<mrow><mo stretchy="true">{{</mo>{grid}</mrow>' if name == "cases" else grid


def _operator(sign: str) -> str:
    flat = ' stretchy="false"' if sign in "()[]|{}‖" else ""
    return f"<mo{flat}>{escape(sign)}</mo>"
