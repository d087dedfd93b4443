"""N-grams as the lines of an ARPA file, many at a time: all lines of one width at first, then without their padding."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, Integer, UInt8

DECIMALS: Final = 12
"""Of a number at most; one that needs more is written by Python itself."""
_FIRST: Final = 7
"""How many most numbers need."""
_POWERS: Final = 10.0 ** np.arange(DECIMALS + 1)
_WHOLE_POWERS: Final = 10 ** np.arange(DECIMALS + 1)
_GROUP: Final = 4
"""Digits that are looked up together."""
_NUMBER: Final = 4 + DECIMALS
"""Bytes of a number: a sign, two digits, a point, decimals."""
WIDTHS: Final = (6, 10, 16)
"""Bytes that words are given in a block of lines, the fewest that hold them, up to the longest there are."""
LONGEST: Final = 32
"""Bytes of a word up to which its line is made together with others."""


def _digit_groups() -> UInt8[np.ndarray, "kept groups digits"]:
    """The digits of 0 … 9999, of which the first 0 … 4 are kept; padding in the place of the others."""
    numbers = np.arange(10**_GROUP)
    digits = np.stack([numbers // 10 ** (_GROUP - 1 - place) % 10 for place in range(_GROUP)], axis=1) + ord("0")
    kept = np.arange(_GROUP + 1)[:, None, None] > np.arange(_GROUP)
    return np.where(kept, digits, 0).astype(np.uint8)


_DIGITS: Final = _digit_groups().reshape(-1, _GROUP).view(np.uint32).ravel()
_KEPT: Final = np.stack(
    [np.clip(np.arange(DECIMALS + 1).clip(1) - start, 0, _GROUP) * 10**_GROUP for start in range(0, DECIMALS, _GROUP)]
)
"""Where in `_DIGITS` the groups start of which as much is kept as so many decimals say."""


class ArpaText:
    """Turns n-grams into lines."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._lengths = np.fromiter((len(name.encode()) for name in names), np.int64, len(names))
        width = min(int(self._lengths.max()), LONGEST)
        table = np.array([name.encode()[:width] for name in names], f"S{width}")
        self._tables = {size: table.astype(f"S{size}") for size in WIDTHS if size < width} | {width: table}

    def lines(
        self,
        logs: Float32[np.ndarray, " grams"],
        words: Sequence[Integer[np.ndarray, " grams"]],
        weights: Float32[np.ndarray, " grams"] | None,
    ) -> bytes:
        """The lines of n-grams, given their words column by column; numbers are as short as can be read back."""
        if not len(logs):
            return b""
        columns: list[np.ndarray | bytes] = [numbers(logs)]
        odd = np.zeros(len(logs), bool)
        for place, ids in enumerate(words):
            lengths = self._lengths.take(ids)
            odd |= lengths > LONGEST
            width = min(size for size in self._tables if size >= min(int(lengths.max()), LONGEST))
            columns += [b" " if place else b"\t", self._tables[width].take(ids)]
        if weights is not None:
            columns += [b"\t", numbers(weights)]
        columns.append(b"\n")
        rows = _side_by_side(columns, len(logs))
        return b"".join(self._pieces(rows, np.flatnonzero(odd), logs, words, weights))

    def _pieces(
        self,
        rows: UInt8[np.ndarray, "grams width"],
        odd: Int64[np.ndarray, " odd"],
        logs: Float32[np.ndarray, " grams"],
        words: Sequence[Integer[np.ndarray, " grams"]],
        weights: Float32[np.ndarray, " grams"] | None,
    ) -> Iterator[bytes]:
        """The rows without padding, and between them the lines of long words."""
        start = 0
        for place in odd.tolist():
            yield _unpadded(rows[start:place])
            gram = " ".join(self._names[column[place]] for column in words).encode()
            log, *weight = (
                _unpadded(numbers(values[place : place + 1])) for values in (logs, weights) if values is not None
            )
            yield b"\t".join([log, gram, *weight]) + b"\n"
            start = place + 1
        yield _unpadded(rows[start:])


def numbers(values: Float32[np.ndarray, " n"]) -> UInt8[np.ndarray, "n bytes"]:
    """Each number with as few decimals as give back the very same number when read, padded with zero bytes."""
    sizes = np.abs(values)
    wide = sizes.astype(np.float64)
    decimals, odd = _decimals(sizes, wide)
    scaled = np.rint(wide * _POWERS.take(decimals)).astype(np.int64) * _WHOLE_POWERS.take(DECIMALS - decimals)
    text = np.zeros((len(values), _NUMBER), np.uint8)
    text[:, 0] = np.where(values < 0, ord("-"), 0)
    whole, scaled = np.divmod(scaled, _WHOLE_POWERS[DECIMALS])
    text[:, 1] = np.where(whole > 9, whole // 10 + ord("0"), 0)
    text[:, 2] = whole % 10 + ord("0")
    text[:, 3] = ord(".")
    groups = text[:, 4:].view(np.uint32)
    for group in range(DECIMALS // _GROUP):
        behind = _WHOLE_POWERS[DECIMALS - _GROUP * (group + 1)]
        digits, scaled = np.divmod(scaled, behind)
        groups[:, group] = _DIGITS.take(_KEPT[group].take(decimals) + digits)
    for place in odd.tolist():
        spelled = str(values[place]).encode()
        text[place] = np.frombuffer(spelled.ljust(_NUMBER, b"\0"), np.uint8)
    return text


def _decimals(
    sizes: Float32[np.ndarray, " n"], wide: Float64[np.ndarray, " n"]
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " odd"]]:
    """How many decimals each number needs, and the places of those for which `DECIMALS` are too few."""
    decimals = np.full(len(sizes), _FIRST)
    exact = _exact(sizes, wide, _FIRST)
    fewer, more = np.flatnonzero(exact), np.flatnonzero(~exact)
    for count in range(_FIRST - 1, -1, -1):
        fewer = fewer[_exact(sizes.take(fewer), wide.take(fewer), count)]
        decimals[fewer] = count
    for count in range(_FIRST + 1, DECIMALS + 1):
        decimals[more] = count
        more = more[~_exact(sizes.take(more), wide.take(more), count)]
    return decimals, more


def _exact(sizes: Float32[np.ndarray, " n"], wide: Float64[np.ndarray, " n"], decimals: int) -> Bool[np.ndarray, " n"]:
    """Whether so many decimals are enough to give each number back."""
    power = _POWERS[decimals]
    same: np.ndarray = (np.rint(wide * power) / power).astype(np.float32) == sizes
    return same


def _side_by_side(columns: Sequence[np.ndarray | bytes], count: int) -> UInt8[np.ndarray, "rows width"]:
    """Columns of equally many bytes a row, and bytes that stand in every row."""
    blocks = [
        np.frombuffer(column, np.uint8)[None] if isinstance(column, bytes) else column.view(np.uint8).reshape(count, -1)
        for column in columns
    ]
    rows = np.empty((count, sum(block.shape[1] for block in blocks)), np.uint8)
    place = 0
    for block in blocks:
        rows[:, place : place + block.shape[1]] = block
        place += block.shape[1]
    return rows


def _unpadded(rows: np.ndarray) -> bytes:
    return rows.tobytes().translate(None, b"\0")
