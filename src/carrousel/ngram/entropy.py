"""Pruning by relative entropy (Stolcke 1998): an n-gram goes if the model is hardly worse without it.

Works on the tables `p{k}` and `h{k}` of any estimate whose probabilities add up to one, and leaves such tables.
"""

from collections.abc import Callable

from carrousel.ngram.backed_off import back_off_weights
from carrousel.ngram.database import Engine
from carrousel.ngram.sql import grams, history, listed, number, same, shifted, suffix


def prune_by_entropy(engine: Engine, *, order: int, threshold: float, report: Callable[[str], None]) -> None:
    """Leave out n-grams of 2 to `order` tokens, the longest first, and set the weights of the histories anew.

    An n-gram stays if the perplexity would rise by a share of `threshold` or more without it, or if it is the history
    of one that stays.
    """
    engine.create("j1", f"SELECT w0, p, {number(1)} AS h FROM p1")
    for k in range(2, order + 1):
        report(f"weighing {k}-grams")
        engine.create(
            f"j{k}",
            f"SELECT {listed(grams(k), 't')}, t.p, q.p AS q, b.h * b.p AS h FROM p{k} t "
            f"JOIN j{k - 1} b ON {shifted(k, 't', 'b')} JOIN p{k - 1} q ON {same(suffix(k), 't', 'q')}",
        )
    for k in range(order, 1, -1):
        report(f"pruning {k}-grams")
        _mark(engine, k, threshold=threshold, highest=k == order)
    engine.create("f1", "SELECT * FROM p1")
    for k in range(2, order + 1):
        _renew(engine, k)
        engine.drop(f"j{k - 1}", f"f{k - 1}")
    engine.drop(f"j{order}", f"f{order}")


def _mark(engine: Engine, k: int, *, threshold: float, highest: bool) -> None:
    """The table `m{k}`: the k-grams, their p, and whether each is kept.

    Without an n-gram the perplexity becomes exp(d) times what it was, d = p(h) [p(w|h) (ln p(w|h) - ln a' p(w|h')) +
    (1 - S) (ln a - ln a')]: a is the weight of the history h, a' what it would be, h' is h without its first word, and
    S adds up p(v|h) over what is seen behind h.
    """
    names = listed(history(k))
    engine.create(f"s{k}", f"SELECT {names}, 1 - sum(p) AS p, 1 - sum(q) AS q FROM j{k} GROUP BY {names}")
    carrier = ""
    if not highest:
        engine.create(f"c{k}", f"SELECT DISTINCT {listed(history(k + 1))} FROM m{k + 1} WHERE kept")
        carrier = f" LEFT JOIN c{k} c ON {shifted(k + 1, 'c', 't')}"
    least = number(1e-300)
    new = f"(ln(greatest(s.p + t.p, {least})) - ln(greatest(s.q + t.q, {least})))"
    behind = f"(ln(greatest(t.p, {least})) - {new} - ln(greatest(t.q, {least})))"
    d = f"t.h * (t.p * {behind} + s.p * (ln(greatest(a.g, {least})) - {new}))"
    kept = f"exp({d}) - 1 >= {number(threshold)}" + ("" if highest else " OR c.w1 IS NOT NULL")
    engine.create(
        f"m{k}",
        f"SELECT {listed(grams(k), 't')}, t.p, ({kept}) AS kept FROM j{k} t "
        f"JOIN s{k} s ON {same(history(k), 't', 's')} JOIN h{k} a ON {same(history(k), 't', 'a')}{carrier}",
    )
    engine.drop(f"s{k}", f"c{k}")


def _renew(engine: Engine, k: int) -> None:
    """The tables `p{k}` and `h{k}` of what is kept, and `f{k}`: what the model now gives to all there were."""
    engine.create(
        f"x{k}",
        f"SELECT {listed(grams(k), 't')}, t.p, q.p AS q, t.kept FROM m{k} t "
        f"JOIN f{k - 1} q ON {same(suffix(k), 't', 'q')}",
    )
    engine.drop(f"p{k}", f"h{k}", f"m{k}")
    engine.create(f"p{k}", f"SELECT {listed(grams(k))}, p FROM x{k} WHERE kept")
    engine.create(f"h{k}", back_off_weights(k, f"x{k}", where="kept"))
    engine.create(
        f"f{k}",
        f"SELECT {listed(grams(k), 't')}, CASE WHEN t.kept THEN t.p ELSE coalesce(h.g, {number(1)}) * t.q END AS p "
        f"FROM x{k} t LEFT JOIN h{k} h ON {same(history(k), 't', 'h')}",
    )
    engine.drop(f"x{k}")
