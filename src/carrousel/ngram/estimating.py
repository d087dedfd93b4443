"""From counts to probabilities: the estimates by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from carrousel.ngram.backed_off import back_off_by_katz, back_off_stupidly
from carrousel.ngram.database import Engine
from carrousel.ngram.discounts import (
    GOOD_TURING_LIMIT,
    Discounts,
    counts_of_counts,
    good_turing,
    last_gram_recounted,
    modified_discounts,
    single_discount,
)
from carrousel.ngram.entropy import prune_by_entropy
from carrousel.ngram.interpolated import Interpolation, interpolate
from carrousel.ngram.settings import NgramSettings

Report = Callable[[str], None]
Figures = dict[str, list[list[float]]]
"""What was taken from the counts, by order, for the model's record."""
NOTHING = Discounts(0.0, 0.0, 0.0)


class Estimated(NamedTuple):
    """What is known of an estimate besides its tables."""

    figures: Figures
    once: Mapping[int, float]
    """By k, the weight of all histories that the table `h{k}` leaves out; k is missing where it holds all."""


def estimate(engine: Engine, settings: NgramSettings, *, size: int, report: Report) -> Estimated:
    """Make the tables of probabilities and of weights, `p1` … and `h2` …, that `interpolated` describes.

    Args:
        engine: holds the tables of counts, and `token`, the ids of the tokens among which the model predicts.
        settings: the estimate, and what is left out.
        size: the number of those tokens.
        report: told what is being done.

    Raises:
        NgramError: the counts give no discounts.
    """
    estimated = ESTIMATES[settings.smoothing](engine, settings, size, report)
    if settings.prune_entropy:
        prune_by_entropy(engine, order=settings.order, threshold=settings.prune_entropy, report=report)
    return estimated


def _modified_kneser_ney(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    ns = last_gram_recounted(engine, _all_counts_of_counts(engine, settings, most=4))
    fallback = settings.discount_fallback
    discounts = [modified_discounts(row, order, fallback=fallback) for order, row in enumerate(ns, 1)]
    return _kneser_ney_with(engine, settings, discounts, size, report)


def _kneser_ney(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    ns = _all_counts_of_counts(engine, settings, most=2)
    fallback = settings.discount_fallback
    discounts = [single_discount(row, order, fallback=fallback) for order, row in enumerate(ns, 1)]
    return _kneser_ney_with(engine, settings, discounts, size, report)


def _kneser_ney_with(
    engine: Engine, settings: NgramSettings, discounts: list[Discounts], size: int, report: Report
) -> Estimated:
    how = Interpolation(discounts=discounts, everywhere=settings.interpolate_unigrams)
    once = interpolate(engine, settings, how, size=size, report=report)
    return Estimated({"discounts": [list(row) for row in discounts]}, once)


def _maximum_likelihood(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    how = Interpolation(discounts=[NOTHING] * settings.order)
    return Estimated({}, interpolate(engine, settings, how, size=size, report=report))


def _add_k(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    how = Interpolation(discounts=[NOTHING] * settings.order, added=settings.added, straight=True)
    return Estimated({}, interpolate(engine, settings, how, size=size, report=report))


def _katz(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    ns = _all_counts_of_counts(engine, settings, most=GOOD_TURING_LIMIT + 1)
    fallback = settings.discount_fallback
    factors = [good_turing(row, order, fallback=fallback) for order, row in enumerate(ns, 1)]
    back_off_by_katz(engine, settings, factors, size=size, report=report)
    return Estimated({"factors": [list(row) for row in factors]}, {})


def _stupid_back_off(engine: Engine, settings: NgramSettings, size: int, report: Report) -> Estimated:
    del size
    back_off_stupidly(engine, settings, report=report)
    return Estimated({}, {})


def _all_counts_of_counts(engine: Engine, settings: NgramSettings, *, most: int) -> list[list[int]]:
    return [counts_of_counts(engine, order, most=most) for order in range(1, settings.order + 1)]


ESTIMATES: Mapping[str, Callable[[Engine, NgramSettings, int, Report], Estimated]] = MappingProxyType(
    {
        "modified-kneser-ney": _modified_kneser_ney,
        "kneser-ney": _kneser_ney,
        "katz": _katz,
        "stupid-backoff": _stupid_back_off,
        "add-k": _add_k,
        "maximum-likelihood": _maximum_likelihood,
    }
)
"""By the names that `settings.SMOOTHINGS` lists."""
