"""From tables to arrays: the n-grams of each order sorted, and written where the model keeps them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from carrousel.errors import ModelError, NgramError
from carrousel.ngram.arrays import ArrayWriter
from carrousel.ngram.database import Engine
from carrousel.ngram.sql import END, grams, listed, number, packed, shifted
from carrousel.ngram.trie import Level, Trie

LOG: Final = np.dtype("<f4")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A query that gives the n-grams of one order."""

    query: str
    """The columns of the n-gram, log10 of its probability, l, and, below the highest order, log10 of its weight, b, and
    how many n-grams continue it, n."""
    count: int
    """How many there are."""
    tables: tuple[str, ...]
    """Of which the query is the last use."""


def estimated_rows(engine: Engine, order: int, once: Mapping[int, float]) -> list[Rows]:
    """The n-grams of an estimate, by order, from its tables `p{k}` and `h{k}`.

    What `h{k}` lacks continues nothing; but where `once` holds k it ends a line, or has one n-gram behind it and the
    weight that `once` says.
    """
    found = []
    for k in range(1, order + 1):
        columns = f"SELECT {listed(grams(k), 'p')}, {_logarithm('p.p')} AS l"
        if k < order:
            g, n = number(1), "0"
            if k + 1 in once:
                g, n = (
                    f"CASE WHEN p.w0 = {END} THEN {at_end} ELSE {else_} END"
                    for at_end, else_ in ((number(1), number(once[k + 1])), ("0", "1"))
                )
            columns += f", {_logarithm(f'coalesce(h.g, {g})')} AS b, coalesce(h.n, {n}) AS n"
        joined = f" LEFT JOIN h{k + 1} h ON {shifted(k + 1, 'h', 'p')}" if k < order else ""
        count = engine.row(f"SELECT count(*) FROM p{k}")[0]
        found.append(Rows(query=f"{columns} FROM p{k} p{joined}", count=count, tables=(f"p{k}", f"h{k + 1}")))
    return found


def array_lengths(counts: Sequence[int], tokens: int) -> dict[str, tuple[np.dtype[np.generic], int]]:
    """Kinds and lengths of a model's arrays by name.

    Args:
        counts: of n-grams by order, from 1 on.
        tokens: the number of names, each of which has a place among the unigrams.
    """
    lengths: dict[str, tuple[np.dtype[np.generic], int]] = {"outer": (np.dtype("<i4"), tokens)}
    for k, count in enumerate(counts, 1):
        own = tokens if k == 1 else count
        lengths[f"{k}.logs"] = LOG, own
        if k > 1:
            lengths[f"{k}.tokens"] = np.dtype("<u2" if tokens <= 1 << 16 else "<u4"), own
        if k < len(counts):
            lengths[f"{k}.weights"] = LOG, own
            lengths[f"{k}.starts"] = np.dtype("<u4" if counts[k] < 1 << 32 else "<u8"), own + 1
    return lengths


def write_levels(
    engine: Engine, rows: Sequence[Rows], writer: ArrayWriter, *, tokens: int, report: Callable[[str], None]
) -> None:
    """Sort the n-grams of every order and write their arrays."""
    _write_unigrams(engine, rows, writer, tokens)
    for k in range(2, len(rows) + 1):
        report(f"sorting {k}-grams")
        _write_level(engine, k, rows, writer, tokens)


def _write_unigrams(engine: Engine, rows: Sequence[Rows], writer: ArrayWriter, tokens: int) -> None:
    highest = len(rows) == 1
    logs, weights = np.full(tokens, -np.inf, LOG), np.zeros(tokens, LOG)
    numbers = np.zeros(tokens + 1, np.int64)
    columns = ("w0", "l") if highest else ("w0", "l", "b", "n")
    database = engine.hand_over("g1", rows[0].query, columns=columns, order="w0")
    for w0, l, *others in database.slices("g1", *columns):
        logs[w0] = l
        if not highest:
            weights[w0], numbers[1:][w0] = others
    writer.write("1.logs", logs)
    if not highest:
        writer.write("1.weights", weights)
        writer.write("1.starts", _checked(np.cumsum(numbers), rows[1].count))
    database.drop("g1")
    engine.drop(*rows[0].tables)


def _write_level(engine: Engine, k: int, rows: Sequence[Rows], writer: ArrayWriter, tokens: int) -> None:
    highest = k == len(rows)
    columns = ("w0", "l") if highest else ("w0", "l", "b", "n")
    database = engine.hand_over(f"g{k}", rows[k - 1].query, columns=columns, order=packed(k, tokens))
    start = 0
    if not highest:
        writer.write(f"{k}.starts", np.zeros(1))
    for w0, l, *others in database.slices(f"g{k}", *columns):
        writer.write(f"{k}.tokens", w0)
        writer.write(f"{k}.logs", l)
        if not highest:
            starts = start + np.cumsum(others[1])
            start = int(starts[-1])
            writer.write(f"{k}.weights", others[0])
            writer.write(f"{k}.starts", starts)
    if not highest:
        _checked(np.array([start]), rows[k].count)
    database.drop(f"g{k}")
    engine.drop(*rows[k - 1].tables)


def _checked(starts: np.ndarray, count: int) -> np.ndarray:
    if starts[-1] != count:
        raise NgramError(
            f"{count} n-grams continue histories that hold {starts[-1]}; the counts are damaged, count again"
        )
    return starts


def _logarithm(value: str) -> str:
    """log10 as a FLOAT, minus infinity of zero, never above zero by rounding where the value is a probability."""
    return f"CAST(CASE WHEN {value} > 0 THEN log10({value}) ELSE CAST('-Infinity' AS DOUBLE) END AS FLOAT)"


def trie_of(arrays: Mapping[str, np.ndarray], *, unseen: float) -> Trie:
    """The n-grams of a model from its arrays.

    Raises:
        ModelError: arrays are missing or do not fit each other.
    """
    order = sum(name.endswith(".logs") for name in arrays)
    levels = []
    for k in range(1, order + 1):
        try:
            logs = arrays[f"{k}.logs"]
            tokens = arrays[f"{k}.tokens"] if k > 1 else np.arange(len(logs), dtype=np.uint32)
            weights = arrays[f"{k}.weights"] if k < order else None
            starts = arrays[f"{k}.starts"] if k < order else None
        except KeyError as error:
            raise ModelError(f"the n-gram model lacks the array {error}; copy it again") from error
        fits = len(tokens) == len(logs) and (weights is None or len(weights) == len(logs))
        if not fits or (
            starts is not None and (len(starts) != len(logs) + 1 or starts[-1] != len(arrays[f"{k + 1}.logs"]))
        ):
            raise ModelError(f"the arrays of the {k}-grams do not fit each other; copy the model again")
        levels.append(Level(tokens=tokens, logs=logs, weights=weights, starts=starts))
    if not levels:
        raise ModelError("the model holds no n-grams; copy it again")
    return Trie(levels=tuple(levels), unseen=unseen)
