"""Estimates in which every order is mixed with the one below: p(w|h) = (a - D(a)) / s(h) + g(h) p(w|h').

Kneser-Ney in both forms, add-k and maximum likelihood (nothing is taken away, so g = 0) are of this kind. Here s is the
sum of a history's counts and of what is added to them, g the share of it that is not the counts' own, and h' is h
without its first word. The counts of n-grams that are left out go to g, so that probabilities still add up to one.

Tables made: `p{k}`, the columns of an n-gram and its probability p; `h{k}`, the columns of a history of k-1 tokens, the
weight g of the shorter one, and n, how many k-grams continue it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carrousel.ngram.counting import kept
from carrousel.ngram.database import Engine
from carrousel.ngram.discounts import Discounts
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sql import START, counted, grams, history, listed, number, same, suffix


@dataclass(frozen=True, kw_only=True)
class Interpolation:
    """What makes one estimate of this kind of another."""

    discounts: Sequence[Discounts]
    """What is taken from the counts, by order from 1 on."""
    added: float = 0.0
    """What is added to each count."""
    straight: bool = False
    """Whether every history is mixed with the uniform distribution itself instead of the shorter history."""
    everywhere: bool = True
    """Whether what the unigrams give up goes to all tokens alike, or only to those never seen."""


def interpolate(
    engine: Engine, settings: NgramSettings, how: Interpolation, *, size: int, report: Callable[[str], None]
) -> None:
    """Make the tables `p1` … and `h2` … from the tables of counts and the table `token` with its column w0.

    Args:
        engine: where the queries run.
        settings: the order, and which n-grams are left out.
        how: the estimate.
        size: the number of tokens among which the model predicts.
        report: told what is being done.
    """
    _make_unigrams(engine, settings, how, size)
    for k in range(2, settings.order + 1):
        report(f"estimating {k}-grams")
        _make_histories(engine, k, settings, how, size)
        _make_grams(engine, k, settings, how, size)
        engine.drop(f"count{k}")


def _make_unigrams(engine: Engine, settings: NgramSettings, how: Interpolation, size: int) -> None:
    discounts, extra = how.discounts[0], how.added * size
    own = f"coalesce(c.a - {_discount('c.a', discounts)}, 0)"
    total, taken, seen = engine.row(f"SELECT sum(a), {_taken(discounts, 'true')}, count(*) FROM count1")
    sharers = size if how.everywhere or seen == size else size - seen
    shares = "true" if sharers == size else "c.a IS NULL"
    share = number((taken + extra) / (total + extra) / sharers)
    p = f"{own} / {number(total + extra)} + CASE WHEN {shares} THEN {share} ELSE 0 END"
    if how.straight and settings.order > 1:
        p = number(1 / size)
    engine.create(
        "p1",
        f"SELECT t.w0, {p} AS p FROM token t LEFT JOIN count1 c ON t.w0 = c.w0 UNION ALL SELECT {START}, {number(1)}",
    )


def _make_histories(engine: Engine, k: int, settings: NgramSettings, how: Interpolation, size: int) -> None:
    names, extra, stays = listed(history(k)), number(how.added * size), kept(settings, k)
    left_out = f"coalesce(sum(a) FILTER (WHERE NOT {stays}), 0)" if settings.threshold(k) else "0"
    s = f"(sum(a) + {extra})"
    g = f"({left_out} + {_taken(how.discounts[k - 1], stays)} + {extra}) / {s}"
    if how.straight and k < settings.order:
        g = f"CASE WHEN w{k - 1} = {START} THEN {g} ELSE {number(1)} END"
    engine.create(
        f"h{k}",
        f"SELECT {names}, {s} AS s, {g} AS g, count(*) FILTER (WHERE {stays}) AS n "
        f"FROM {counted(k)} AS t GROUP BY {names}",
    )


def _make_grams(engine: Engine, k: int, settings: NgramSettings, how: Interpolation, size: int) -> None:
    """Make p{k}, one join after the other: two in one query, neither fitting into memory, take twenty times as long."""
    own = f"(t.a - {_discount('t.a', how.discounts[k - 1])}) / h.s"
    owned = f"FROM {counted(k)} AS t JOIN h{k} h ON {same(history(k), 't', 'h')} WHERE {kept(settings, k, table='t')}"
    if how.straight:
        below = number(1 / size)
        p = f"{own} + h.g * {below}"
        if k < settings.order:
            p = f"CASE WHEN t.w{k - 1} = {START} THEN {p} ELSE {below} END"
        engine.create(f"p{k}", f"SELECT {listed(grams(k), 't')}, {p} AS p {owned}")
        return
    engine.create(f"own{k}", f"SELECT {listed(grams(k), 't')}, {own} AS p, h.g {owned}")
    engine.create(
        f"p{k}",
        f"SELECT {listed(grams(k), 't')}, t.p + t.g * q.p AS p FROM own{k} t "
        f"JOIN p{k - 1} q ON {same(suffix(k), 't', 'q')}",
    )
    engine.drop(f"own{k}")


def _discount(count: str, discounts: Discounts) -> str:
    one, two, more = map(number, discounts)
    if not any(discounts):
        return number(0)
    return f"CASE {count} WHEN 1 THEN {one} WHEN 2 THEN {two} ELSE {more} END"


def _taken(discounts: Discounts, stays: str) -> str:
    """What is taken from the counts that stay, in all."""
    ones, twos, mores = (f"count(*) FILTER (WHERE {value} AND {stays})" for value in ("a = 1", "a = 2", "a > 2"))
    return f"({number(discounts.one)} * {ones} + {number(discounts.two)} * {twos} + {number(discounts.more)} * {mores})"
