"""Estimates that ask a shorter history only about n-grams that were not seen: Katz, and stupid back-off.

The tables made are those of `interpolated`.
"""

from collections.abc import Callable, Sequence

from carrousel.ngram.counting import kept
from carrousel.ngram.database import Engine
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sql import START, counted, grams, history, listed, number, same, suffix


def back_off_by_katz(
    engine: Engine,
    settings: NgramSettings,
    factors: Sequence[tuple[float, ...]],
    *,
    size: int,
    report: Callable[[str], None],
) -> None:
    """Katz's estimate (Katz 1987): counts c times d(c), and what that frees for the tokens not seen behind the history.

    These share it in the proportions that the shorter history gives. Below the unigrams all tokens are alike. A history
    of which no count would be lowered has its total raised by one, so that something is left for what was not seen; one
    that every token has followed gives up nothing.

    Args:
        engine: where the queries run.
        settings: the order, and which n-grams are left out.
        factors: d(1), d(2), … by order from 1 on; greater counts are kept.
        size: the number of tokens among which the model predicts.
        report: told what is being done.
    """
    total, own, seen = engine.row(f"SELECT sum(a), {_mass(factors[0])}, count(*) FROM count1")
    total += seen < size and own == total
    factor, left = (_factor("c.a", factors[0]), (1 - own / total) / (size - seen)) if seen < size else ("1", 0.0)
    engine.create(
        "p1",
        f"SELECT t.w0, coalesce({factor} * c.a / {number(total)}, {number(left)}) AS p "
        f"FROM token t LEFT JOIN count1 c ON t.w0 = c.w0 UNION ALL SELECT {START}, {number(1)}",
    )
    for k in range(2, settings.order + 1):
        report(f"estimating {k}-grams")
        names, mass = listed(history(k)), _mass(factors[k - 1])
        whole = f"count(*) = {size}"
        s = f"CASE WHEN {mass} = sum(a) AND NOT {whole} THEN sum(a) + 1 ELSE sum(a) END"
        engine.create(f"s{k}", f"SELECT {names}, {s} AS s, {whole} AS whole FROM {counted(k)} AS t GROUP BY {names}")
        factor = f"CASE WHEN s.whole THEN {number(1)} ELSE {_factor('t.a', factors[k - 1])} END"
        engine.create(
            f"p{k}",
            f"SELECT {listed(grams(k), 't')}, {factor} * t.a / s.s AS p, q.p AS q FROM {counted(k)} AS t "
            f"JOIN s{k} s ON {same(history(k), 't', 's')} JOIN p{k - 1} q ON {same(suffix(k), 't', 'q')} "
            f"WHERE {kept(settings, k, table='t')}",
        )
        engine.create(f"h{k}", back_off_weights(k, f"p{k}"))
        engine.drop(f"s{k}")


def back_off_weights(k: int, table: str, *, where: str = "true") -> str:
    """The query of the weights g that make each history's probabilities add up to one, and of the numbers n.

    The table has the columns of k-grams, p, their probability, and q, that of the shorter history. Rounding never makes
    a weight negative.
    """
    names = listed(history(k))
    left, below = "greatest(1 - sum(p), 0)", "(1 - sum(q))"
    g = f"CASE WHEN {below} > 0 THEN {left} / {below} ELSE 0 END"
    return f"SELECT {names}, {g} AS g, count(*) AS n FROM {table} WHERE {where} GROUP BY {names}"


def back_off_stupidly(engine: Engine, settings: NgramSettings, *, report: Callable[[str], None]) -> None:
    """Stupid back-off (Brants et al. 2007): relative counts, and each step to a shorter history costs one factor.

    Its scores are no probabilities: they do not add up to one.
    """
    total = engine.row("SELECT sum(a) FROM count1")[0]
    engine.create(
        "p1",
        f"SELECT t.w0, coalesce(c.a / {number(total)}, 0) AS p "
        f"FROM token t LEFT JOIN count1 c ON t.w0 = c.w0 UNION ALL SELECT {START}, {number(1)}",
    )
    for k in range(2, settings.order + 1):
        report(f"estimating {k}-grams")
        names = listed(history(k))
        engine.create(
            f"h{k}",
            f"SELECT {names}, sum(a) AS s, {number(settings.penalty)} AS g, "
            f"count(*) FILTER (WHERE {kept(settings, k)}) AS n FROM {counted(k)} AS t GROUP BY {names}",
        )
        engine.create(
            f"p{k}",
            f"SELECT {listed(grams(k), 't')}, t.a / CAST(h.s AS DOUBLE) AS p FROM {counted(k)} AS t "
            f"JOIN h{k} h ON {same(history(k), 't', 'h')} WHERE {kept(settings, k, table='t')}",
        )


def _factor(count: str, factors: Sequence[float]) -> str:
    cases = " ".join(f"WHEN {number(r)} THEN {number(factor)}" for r, factor in enumerate(factors, 1))
    return f"CASE CAST({count} AS DOUBLE) {cases} ELSE {number(1)} END"


def _mass(factors: Sequence[float]) -> str:
    """What the counts add up to behind their factors."""
    lost = (f"{number(r * (1 - factor))} * count(*) FILTER (WHERE a = {r})" for r, factor in enumerate(factors, 1))
    return f"(sum(a) - ({' + '.join(lost)}))"
