"""How much of a count is taken away for what was never seen."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from carrousel.errors import NgramError
from carrousel.ngram.database import Engine
from carrousel.ngram.sql import START, counted, grams, listed

FALLBACK: Final = (0.5, 1.0, 1.5)
"""Discounts where an order's own are undefined."""
GOOD_TURING_LIMIT: Final = 5
"""Katz's k: counts above it are taken as they are."""


class Discounts(NamedTuple):
    """What is subtracted from the counts of one order."""

    one: float
    """From a count of 1."""
    two: float
    """From a count of 2."""
    more: float
    """From a count of 3 or more."""


def modified_discounts(ns: Sequence[int], order: int, *, fallback: bool) -> Discounts:
    """The three discounts of modified Kneser-Ney smoothing (Chen & Goodman 1999, eq. 26).

    Args:
        ns: how many n-grams have the counts 1, 2, 3 and 4.
        order: of the n-grams, for the message.
        fallback: what to do where they are undefined: return `FALLBACK` instead of raising.

    Raises:
        NgramError: a count that no n-gram has, or a discount below 0 or above the count it is taken from.
    """
    n1, n2, n3, n4 = ns
    if n1 and n2 and n3:
        y = n1 / (n1 + 2 * n2)
        discounts = Discounts(1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 <= discount <= count for count, discount in enumerate(discounts, 1)):
            return discounts
        fault = "give discounts that cannot be, " + ", ".join(f"{discount:.3g}" for discount in discounts)
    else:
        fault = "give no discounts, which need some of each of 1, 2 and 3"
    _require(fallback, "modified-kneser-ney", ns, order, fault)
    return Discounts(*FALLBACK)


def single_discount(ns: Sequence[int], order: int, *, fallback: bool) -> Discounts:
    """The one discount of Kneser-Ney smoothing (Ney, Essen & Kneser 1994); arguments and errors as above."""
    n1, n2 = ns[:2]
    if n1 and n2:
        return Discounts(*3 * [n1 / (n1 + 2 * n2)])
    fault = "give no discount, which needs some of each of 1 and 2"
    _require(fallback, "kneser-ney", ns, order, fault)
    return Discounts(*3 * [FALLBACK[0]])


def good_turing(ns: Sequence[int], order: int, *, fallback: bool) -> tuple[float, ...]:
    """By what the counts 1, 2, … are multiplied in Katz's estimate (Katz 1987); those behind the last are kept.

    The limit up to which counts are discounted is the largest up to `GOOD_TURING_LIMIT` that gives factors between 0
    and 1. `ns` holds one number more than that. Errors as above; the fallback takes half of one from each count.
    """
    for limit in range(GOOD_TURING_LIMIT, 0, -1):
        if all(ns[: limit + 1]):
            common = (limit + 1) * ns[limit] / ns[0]
            turing = [(r + 1) * ns[r] / (r * ns[r - 1]) for r in range(1, limit + 1)]
            if common < 1 and all(common < factor < 1 for factor in turing):
                return tuple((factor - common) / (1 - common) for factor in turing)
    _require(fallback, "katz", ns, order, "give no Good-Turing discount")
    return tuple(1 - FALLBACK[0] / r for r in range(1, GOOD_TURING_LIMIT + 1))


def _require(fallback: bool, smoothing: str, ns: Sequence[int], order: int, fault: str) -> None:  # noqa: FBT001
    if not fallback:
        counts = ", ".join(f"{n} seen {count}" for count, n in enumerate(ns, 1))
        raise NgramError(
            f"the {order}-grams ({counts} times) {fault}, as it happens with little text, characters or classes; "
            f"--discount-fallback takes fixed ones, and add-k needs none instead of {smoothing}"
        )


def counts_of_counts(engine: Engine, order: int, *, most: int) -> list[int]:
    """How many n-grams of an order have the count 1, …, `most`."""
    columns = ", ".join(f"count(*) FILTER (WHERE a = {count})" for count in range(1, most + 1))
    return list(engine.row(f"SELECT {columns} FROM {counted(order)} AS t"))


def last_gram_recounted(engine: Engine, ns: list[list[int]]) -> list[list[int]]:
    """Counts of counts by order as `lmplz` (Heafield et al. 2013) has them.

    It reads the n-grams sorted from their last word back to the first, and its last one of each order below the highest
    is entered with the plain count instead of the number of kinds before it. To agree to the last digit, so do we.
    """
    highest = len(ns)
    by_suffix = ", ".join(f"{column} DESC" for column in reversed(grams(highest)))
    last = engine.row(f"SELECT {listed(grams(highest))} FROM count{highest} ORDER BY {by_suffix} LIMIT 1")
    corrected = [list(row) for row in ns]
    for order in range(1, highest):
        gram = last[highest - order :]
        if START in gram[1:]:
            break
        where = " AND ".join(f"{column} = {word}" for column, word in zip(grams(order), gram, strict=True))
        (a,) = engine.row(f"SELECT a FROM count{order} WHERE {where}")
        (c,) = engine.row(f"SELECT sum(a) FROM count{highest} WHERE {where}")
        for count, change in ((a, -1), (c, 1)):
            if 1 <= count <= len(corrected[order - 1]):
                corrected[order - 1][count - 1] += change
    return corrected
