"""Counts of n-grams of every order, each from the order above it.

Tables `count{k}`: the columns of an n-gram and `a`, the count that the estimate is made from. For Kneser-Ney smoothing
it is, below the highest order, the number of different tokens that stand before the n-gram; where nothing can stand
before it, at the start of a line, it is the plain count (Chen & Goodman 1999). Where n-grams seen too rarely are then
left out, `c` is how often the text has the n-gram. For other estimates a is that number itself.

Rows that start with more than one `<s>` are padding; `sql.counted` leaves them out.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from jaxtyping import Int32

from carrousel.ngram.database import Engine
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sql import START, grams, listed


def count_ngrams(
    engine: Engine,
    windows: Iterable[Mapping[str, Int32[np.ndarray, " windows"]]],
    settings: NgramSettings,
    *,
    report: Callable[[str], None],
) -> None:
    """Make the tables `count{order}` … `count1`.

    Args:
        engine: where the queries run.
        windows: columns w{order-1} … w0 of every place in the text and of the padding, as `Corpus.windows` gives them.
        settings: the order and the estimate.
        report: told what is being done.
    """
    for columns in windows:
        engine.append("place", columns)
    count = "CAST(count(*) AS BIGINT)"
    for k in range(settings.order, 0, -1):
        report(f"counting {k}-grams")
        names, source = listed(grams(k)), f"count{k + 1}"
        a, c = "CAST(sum(a) AS BIGINT)", "CAST(sum(c) AS BIGINT)"
        if settings.kinds_before:
            a = f"CASE WHEN w{k - 1} = {START} THEN {a} ELSE {count} END"
        if k == settings.order:
            a, c, source = count, count, f"place WHERE w0 <> {START}"
        both = f"{a} AS a, {c} AS c" if _counts_twice(settings) else f"{a} AS a"
        engine.create(f"count{k}", f"SELECT {names}, {both} FROM {source} GROUP BY {names}")
        if k == settings.order:
            engine.drop("place")


def kept(settings: NgramSettings, order: int, *, table: str = "") -> str:
    """That an n-gram of a count table is seen often enough to be in the model."""
    if not settings.threshold(order):
        return "true"
    column = "c" if _counts_twice(settings) else "a"
    return f"{table}.{column} > {settings.threshold(order)}" if table else f"{column} > {settings.threshold(order)}"


def _counts_twice(settings: NgramSettings) -> bool:
    return settings.kinds_before and any(settings.prune)
