"""Counts of n-grams of every order, each from the order above it.

Tables `count{k}`: the columns of an n-gram, `a`, the count that the estimate is made from, and `c`, how often the text
has the n-gram. For Kneser-Ney smoothing `a` is, below the highest order, the number of different tokens that stand
before the n-gram; where nothing can stand before it, at the start of a line, it is the plain count (Chen & Goodman
1999). For other estimates a and c are the same.

Rows that start with more than one `<s>` are padding; `sql.counted` leaves them out.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from jaxtyping import Int32

from carrousel.ngram.database import Engine
from carrousel.ngram.sql import START, grams, listed


def count_ngrams(
    engine: Engine,
    windows: Iterable[Mapping[str, Int32[np.ndarray, " windows"]]],
    *,
    order: int,
    kinds_before: bool,
    report: Callable[[str], None],
) -> None:
    """Make the tables `count{order}` … `count1`.

    Args:
        engine: where the queries run.
        windows: columns w{order-1} … w0 of every place in the text and of the padding, as `Corpus.windows` gives them.
        order: of the longest n-grams.
        kinds_before: whether `a` counts the different tokens before an n-gram, as Kneser-Ney smoothing wants it.
        report: told what is being done.
    """
    report("reading tokens")
    for columns in windows:
        engine.append("place", columns)
    report(f"counting {order}-grams")
    count = "CAST(count(*) AS BIGINT)"
    names = listed(grams(order))
    engine.create(
        f"count{order}",
        f"SELECT {names}, {count} AS a, {count} AS c FROM place WHERE w0 <> {START} GROUP BY {names}",
    )
    engine.drop("place")
    total = "CAST(sum(c) AS BIGINT)"
    for k in range(order - 1, 0, -1):
        report(f"counting {k}-grams")
        names = listed(grams(k))
        a = f"CASE WHEN w{k - 1} = {START} THEN {total} ELSE {count} END" if kinds_before else total
        engine.create(f"count{k}", f"SELECT {names}, {a} AS a, {total} AS c FROM count{k + 1} GROUP BY {names}")
