"""How many numbers a language model trains, and the hidden size at which they are what a budget allows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import numpy as np

from carrousel.engine import Cell
from carrousel.errors import CellError, SettingsError
from carrousel.layers import trained
from carrousel.models.language import LanguageModel
from carrousel.models.settings import LanguageModelSettings

SMALL: Final = (*range(1, 17), 24, 32, 64, 128)
"""Hidden sizes among which a cell must have one that it can be run at."""


class Fitted(NamedTuple):
    """A hidden size, and the numbers that a model of it trains."""

    hidden: int
    parameters: int


def trained_numbers(network: Any) -> int:
    """How many numbers of a network training changes."""
    leaves, learned = jax.tree.leaves(network), jax.tree.leaves(trained(network))
    return sum(leaf.size for leaf, learns in zip(leaves, learned, strict=True) if learns)


def count_numbers(
    settings: LanguageModelSettings, *, vocabulary: int, cells: Sequence[Cell | Callable[..., Any]] = ()
) -> int:
    """How many numbers the model of these settings would train; nothing is drawn.

    Raises:
        CellError: the cell cannot have this size.
        SettingsError: a setting that cannot be.
    """
    return trained_numbers(weightless(settings, vocabulary=vocabulary, cells=cells))


def weightless(
    settings: LanguageModelSettings, *, vocabulary: int, cells: Sequence[Cell | Callable[..., Any]] = ()
) -> LanguageModel:
    """The model of these settings with arrays that have shapes and take no memory.

    Raises:
        CellError: the cell cannot have this size.
        SettingsError: a setting that cannot be.
    """

    def draw(key: Any) -> LanguageModel:
        return LanguageModel.from_settings(settings, vocabulary=vocabulary, key=key, cells=cells)

    shapes = eqx.filter_eval_shape(draw, jax.random.key(0))
    model: LanguageModel = jax.tree.map(_weightless, shapes)
    return model


def _weightless(leaf: Any) -> Any:
    """An array of a shape that takes no memory."""
    if not isinstance(leaf, jax.ShapeDtypeStruct):
        return leaf
    return np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape)


def fit_hidden(
    settings: LanguageModelSettings,
    budget: int,
    *,
    vocabulary: int,
    cells: Sequence[Cell | Callable[..., Any]] = (),
) -> Fitted:
    """The largest hidden size whose model trains at most `budget` numbers, embedding and softmax included.

    Found by bisection over the number itself; sizes that the cell cannot have are passed over.

    Args:
        settings: all but the hidden size.
        budget: numbers that may be trained.
        vocabulary: the number of words.
        cells: cells that are not in the catalogue.

    Raises:
        SettingsError: the smallest model of this cell has more numbers than the budget.
        CellError: the cell cannot be run with these settings at any size.
    """
    known: dict[int, int | None] = {}

    def count(hidden: int) -> int | None:
        if hidden not in known:
            try:
                known[hidden] = count_numbers(replace(settings, hidden=hidden), vocabulary=vocabulary, cells=cells)
            except CellError:
                if hidden == SMALL[-1] and not any(known.values()):
                    raise
                known[hidden] = None
        return known[hidden]

    def at_most(hidden: int) -> Fitted:
        """The largest size up to `hidden` that the cell can have."""
        return next(Fitted(size, n) for size in range(hidden, 0, -1) if (n := count(size)) is not None)

    least = next(Fitted(size, n) for size in SMALL if (n := count(size)) is not None)
    if least.parameters > budget:
        raise SettingsError(
            f"a budget of {budget:,} numbers leaves nothing for {settings.cell}: with {vocabulary:,} different tokens "
            f"the smallest model has {least.parameters:,}; give at least that many, or a smaller vocabulary"
        )
    return at_most(largest_within(lambda hidden: at_most(hidden).parameters, budget, least=least.hidden))


def largest_within(count: Callable[[int], int], budget: int, *, least: int = 1) -> int:
    """The largest size from `least` on whose count is within a budget; the count grows with the size."""
    low, high = least, 2 * least
    while count(high) <= budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= budget else (low, middle)
    return low
