"""What each named value, letter and option of a reading is shown as; no two are shown alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from carrousel.engine.equations.expressions import Letter, Option, Symbol
from carrousel.engine.equations.reading import Reading
from carrousel.engine.typeset.glyphs import (
    FROM_GREEK,
    SUPERSCRIPTS,
    escaped,
    latex_index,
    latex_name,
    plain_index,
    plain_name,
    split_name,
)

INDICES: Final = ("t", "n", "k", "s", "j", "m")
"""Letters that may count the steps; the first that the cell does not use does."""
PRIMES: Final = 3


class Names:
    """The names of one reading, in LaTeX or in Unicode."""

    def __init__(self, reading: Reading, *, latex: bool) -> None:
        self.reading, self.latex = reading, latex
        self.last, self.timed = reading.last, reading.timed
        self.incoming = {"x", *reading.cell.signature.inputs}
        used = {s.name for s in reading.symbols} | {o.name for o in reading.options}
        self.step = next((i for i in INDICES if i not in used), r"\mathsf{t}")
        self.shown: dict[object, str] = {}
        taken: set[str] = set()
        symbols = sorted(reading.symbols, key=lambda s: s.scope != "")
        items: tuple[Letter | Option | Symbol, ...] = (*reading.letters, *reading.options, *symbols)
        for item in items:
            shown = next(name for name in self.candidates(item) if name not in taken)
            self.shown[item] = shown
            taken.add(shown)

    def find(self, item: Symbol | Letter | Option) -> str:
        """What something is shown as, though the equations may not speak of it."""
        return self.shown[item] if item in self.shown else next(self.candidates(item))

    def candidates(self, item: Symbol | Letter | Option) -> Iterator[str]:
        """The ways to show something, the plainest first; the last is one that nothing else has."""
        if isinstance(item, Letter):
            yield self.joined(self.name(item.space), [self.index(item.name)])
            yield self.word(f"{item.space}.{item.name}")
        elif isinstance(item, Option):
            stem, rest = split_name(item.name)
            yield self.joined(self.name(stem), [self.index(rest)] if rest else [])
            yield self.word(item.name)
        else:
            for primes in range(PRIMES + 1) if item.scope else (0,):
                yield self.symbol(item, "'" * primes)
            yield self.symbol(item, self.word(f"[{item.scope or item.name}]"))

    def symbol(self, item: Symbol, mark: str) -> str:
        """A named value: its letter, the step that it belongs to, and which of its name it is if there are more."""
        stem, rest = split_name(item.name)
        below = [self.index(rest)] if rest else []
        old = item.version == 0 and item.name not in self.incoming
        if self.latex:
            if item in self.timed:
                below.append(f"{self.step}-1" if old else self.step)
        elif old:
            mark += "₋₁"
        final = item.version == self.last.get((item.scope, item.name), 0) and item.name not in self.incoming
        above = "" if item.version == 0 or final else str(item.version)
        return self.joined(self.name(stem), below, above, mark)

    def joined(self, base: str, below: list[str], above: str = "", mark: str = "") -> str:
        """A name with what stands below and above it."""
        if not self.latex:
            index = f"_{'_'.join(below)}" if below else ""
            return base + index + (f"⁽{above.translate(SUPERSCRIPTS)}⁾" if above else "") + mark
        index = ",".join(below)
        index = index if len(index) <= 1 or index in FROM_GREEK.values() else f"{{{index}}}"
        above = f"^{{({above})}}" if above else ""
        return base + mark + (f"_{index}" if index else "") + above

    def name(self, name: str) -> str:
        """A name without its indices."""
        return latex_name(name) if self.latex else plain_name(name)

    def index(self, name: str) -> str:
        """A subscript."""
        return latex_index(name) if self.latex else plain_index(name)

    def word(self, text: str) -> str:
        """Text as it stands in the cell."""
        return rf"\mathrm{{{escaped(text)}}}" if self.latex else text
