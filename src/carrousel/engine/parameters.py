"""How many numbers a cell trains: a formula in its sizes, and the number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from carrousel.engine.cell import Cell
from carrousel.engine.plan import Plan
from carrousel.engine.planning import plan_cell
from carrousel.errors import CellError

PROBES: Final = ((1, 1), (2, 1), (1, 2))
"""Multiples of the inputs' size and of the hidden size at which the letters are looked at."""
SHOWN: Final = {"x": "inputs"}
"""Sizes of a row that a formula calls otherwise."""


@dataclass(frozen=True)
class Parameters:
    """The numbers of one kind that a cell has."""

    formula: str
    count: int


def count_parameters(cell: Cell, *, inputs: int, hidden: int) -> tuple[Parameters, Parameters]:
    """What training changes, and what is drawn once and stays.

    A formula's sizes are those that the row names. A size that no name tells, or more than one, stands as its number.

    Args:
        cell: the cell.
        inputs: the size of x.
        hidden: the hidden size.

    Raises:
        CellError: the equations are wrong, or these sizes are.
    """
    plan = plan_cell(cell, inputs=inputs, hidden=hidden)
    probes = list(_probes(cell, inputs, hidden))
    names = {letter: _names(cell, letter, [p.letters[letter] for p in probes], probes) for letter in plan.letters}
    learned = [letter for letter in plan.letters if letter[0] in cell.learned]
    kept = [letter for letter in plan.letters if letter[0] not in cell.learned]
    trained, fixed = (
        Parameters(_formula([names[letter] for letter in letters]), sum(_count(plan.letters[n]) for n in letters))
        for letters in (learned, kept)
    )
    return trained, fixed


def _probes(cell: Cell, inputs: int, hidden: int) -> Iterable[Plan]:
    for times, more in PROBES:
        wide = cell.shape("x", (inputs * times,), inputs=inputs * times, hidden=hidden * more)[0]
        try:
            yield plan_cell(cell, inputs=wide, hidden=hidden * more)
        except CellError:  # sizes that this cell cannot have
            continue


def _names(
    cell: Cell, letter: tuple[str, str], shapes: Sequence[tuple[int, ...]], probes: Sequence[Plan]
) -> tuple[str, ...]:
    """A name for each axis of a letter."""
    declared = cell.sizes.get(".".join(letter), cell.sizes.get(letter[0], ()))
    own = [str(s) for s in (declared if isinstance(declared, tuple) else (declared,))]
    return tuple(
        _name(cell, own[axis : axis + 1], tuple(shape[axis] for shape in shapes), probes)
        for axis in range(len(shapes[0]))
    )


def _name(cell: Cell, declared: Sequence[str], sizes: tuple[int, ...], probes: Sequence[Plan]) -> str:
    row = {str(s) for size in cell.sizes.values() for s in (size if isinstance(size, tuple) else (size,))}
    whole = [name for name, value in cell.options.items() if type(value) is int]
    shares = [f"{size} / {option}" for option in whole for size in ("hidden", "x")]
    for candidates in (declared, ("hidden",), ("x",), sorted({*row, *whole, *shares})):
        fitting = [c for c in candidates if not c.isdigit() and _sizes(cell, c, probes) == sizes]
        if len(fitting) == 1:
            return fitting[0]
    known = {c: _sizes(cell, c, probes) for c in sorted({"hidden", "x", *row})}
    pairs = [f"{a} + {b}" for a in known for b in known if a < b and _sum(known[a], known[b]) == sizes]
    return pairs[0] if len(pairs) == 1 else str(sizes[0])


def _sizes(cell: Cell, size: str, probes: Sequence[Plan]) -> tuple[int, ...] | None:
    try:
        return tuple(cell.size(size, inputs=p.inputs, hidden=p.hidden) for p in probes)
    except CellError:
        return None


def _sum(a: tuple[int, ...] | None, b: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if a is None or b is None else tuple(u + v for u, v in zip(a, b, strict=True))


def _formula(letters: Iterable[tuple[str, ...]]) -> str:
    """`4·hidden·inputs + 4·hidden² + 4·hidden` from the axes' names of each letter."""
    products = Counter(tuple(sorted(name for axis in axes for name in axis.split(" * "))) for axes in letters)
    return " + ".join(_product(count, Counter(axes)) for axes, count in products.items()) or "0"


def _product(count: int, axes: Mapping[str, int]) -> str:
    powers = {1: "", 2: "²", 3: "³", 4: "⁴"}
    factors = [_factor(name) + powers[power] for name, power in axes.items()]
    return "·".join(([str(count)] if count > 1 or not factors else []) + factors)


def _factor(name: str) -> str:
    shown = " ".join(SHOWN.get(word, word) for word in name.split())
    return f"({shown})" if " " in shown else shown


def _count(shape: Sequence[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total
