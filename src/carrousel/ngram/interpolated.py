"""Estimates in which every order is mixed with the one below: p(w|h) = (a - D(a)) / s(h) + g(h) p(w|h').

Kneser-Ney in both forms, add-k and maximum likelihood (nothing is taken away, so g = 0) are of this kind. Here s is the
sum of a history's counts and of what is added to them, g the share of it that is not the counts' own, and h' is h
without its first word. The counts of n-grams that are left out go to g, so that probabilities still add up to one.

Tables made: `p{k}`, the columns of an n-gram and its probability p; `h{k}`, the columns of a history of k-1 tokens, the
weight g of the shorter one, and n, how many k-grams continue it. Of long histories most were seen once, so that s and g
are the same for all of them; where that is certain, `h{k}` leaves these out, and `once[k]` is their g.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from carrousel.ngram.counting import kept
from carrousel.ngram.database import Engine
from carrousel.ngram.discounts import Discounts
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sql import END, START, counted, grams, history, listed, number, same, suffix


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


class Once(NamedTuple):
    """A history that was seen once, with one token behind it."""

    s: float
    g: float


def interpolate(
    engine: Engine, settings: NgramSettings, how: Interpolation, *, size: int, report: Callable[[str], None]
) -> Mapping[int, float]:
    """Make the tables `p1` … and `h2` … from the tables of counts and the table `token` with its column w0.

    Args:
        engine: where the queries run.
        settings: the order, and which n-grams are left out.
        how: the estimate.
        size: the number of tokens among which the model predicts.
        report: told what is being done.

    Returns:
        By k, the g of all histories that `h{k}` leaves out; k is missing where it holds all.
    """
    _make_unigrams(engine, settings, how, size)
    once = {}
    for k in range(2, settings.order + 1):
        report(f"estimating {k}-grams")
        alike = _make_histories(engine, k, settings, how, size)
        _make_grams(engine, k, settings, how, size, alike)
        engine.drop(f"count{k}")
        if alike is not None:
            once[k] = alike.g
    return once


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


def _make_histories(engine: Engine, k: int, settings: NgramSettings, how: Interpolation, size: int) -> Once | None:
    """Make h{k}; what its histories that were seen once have in common, if it leaves them out."""
    names, added, stays = listed(history(k)), how.added * size, kept(settings, k)
    extra = number(added)
    left_out = f"coalesce(sum(a) FILTER (WHERE NOT {stays}), 0)" if settings.threshold(k) else "0"
    total = "sum(CAST(a AS DOUBLE))"
    s = f"({total} + {extra})"
    g = f"({left_out} + {_taken(how.discounts[k - 1], stays)} + {extra}) / {s}"
    if how.straight and k < settings.order:
        g = f"CASE WHEN w{k - 1} = {START} THEN {g} ELSE {number(1)} END"
    select = (
        f"SELECT {names}, {s} AS s, {g} AS g, count(*) FILTER (WHERE {stays}) AS n "
        f"FROM {counted(k)} AS t GROUP BY {names}"
    )
    if k > 2 and not (how.straight or settings.threshold(k) or settings.prune_entropy):
        engine.create(f"h{k}", f"{select} HAVING count(*) > 1 OR {total} > 1")
        if _all_continued(engine, k):
            return Once(1 + added, (how.discounts[k - 1].one + added) / (1 + added))
        engine.drop(f"h{k}")
    engine.create(f"h{k}", select)
    return None


def _all_continued(engine: Engine, k: int) -> bool:
    """Whether every n-gram of k-1 tokens that ends no line is the history of a k-gram, h{k} lacking some of them.

    The histories are among these n-grams, so it is enough to count both.
    """
    (whole,) = engine.row(f"SELECT count(*) FROM {counted(k)} AS t")
    listed_ones, continued = engine.row(f"SELECT count(*), coalesce(sum(n), 0) FROM h{k}")
    (could,) = engine.row(f"SELECT count(*) FROM p{k - 1} WHERE w0 <> {END}")
    return bool(listed_ones + whole - continued == could)


def _make_grams(
    engine: Engine, k: int, settings: NgramSettings, how: Interpolation, size: int, once: Once | None
) -> None:
    """Make p{k}, one join after the other: two in one query, neither fitting into memory, take twenty times as long."""
    s, g = ("h.s", "h.g") if once is None else (f"coalesce(h.{c}, {number(getattr(once, c))})" for c in once._fields)
    own = f"(t.a - {_discount('t.a', how.discounts[k - 1])}) / {s}"
    joined = f"{'JOIN' if once is None else 'LEFT JOIN'} h{k} h ON {same(history(k), 't', 'h')}"
    owned = f"FROM {counted(k)} AS t {joined} WHERE {kept(settings, k, table='t')}"
    if how.straight:
        below = number(1 / size)
        p = f"{own} + {g} * {below}"
        if k < settings.order:
            p = f"CASE WHEN t.w{k - 1} = {START} THEN {p} ELSE {below} END"
        engine.create(f"p{k}", f"SELECT {listed(grams(k), 't')}, {p} AS p {owned}")
        return
    engine.create(f"own{k}", f"SELECT {listed(grams(k), 't')}, {own} AS p, {g} AS g {owned}")
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
    ones, twos = (f"count(*) FILTER (WHERE a = {count} AND {stays})" for count in (1, 2))
    mores = f"(count(*) FILTER (WHERE {stays}) - {ones} - {twos})"
    return f"({number(discounts.one)} * {ones} + {number(discounts.two)} * {twos} + {number(discounts.more)} * {mores})"
