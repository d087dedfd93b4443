"""The parts of a language model as its settings say: what reads words in their order, and what gives probabilities."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
from jax import Array

from carrousel.engine import Cell
from carrousel.errors import SettingsError
from carrousel.layers import AdaptiveHead, MixtureHead, Recurrent, SoftmaxHead, Stack, Window
from carrousel.models.settings import LanguageModelSettings

Reader = Stack[Recurrent] | Window
"""Recurrent layers on top of each other, or the hidden layer of a window."""
Head = SoftmaxHead | MixtureHead | AdaptiveHead


def build_reader(cell: Cell, settings: LanguageModelSettings, size: int, *, key: Array, dtype: Any) -> Reader:
    """What reads the vectors of words.

    Args:
        cell: the recurrent cell.
        settings: of the model.
        size: the size of a word's vector.
        key: a random key.
        dtype: float32 or float64.
    """
    return READERS[settings.model](cell, settings, size, key, dtype)


def build_head(settings: LanguageModelSettings, size: int, *, inputs: int, vocabulary: int, **drawn: Any) -> Head:
    """What gives the next word's probabilities.

    Args:
        settings: of the model.
        size: the size of a word's vector.
        inputs: the size of what it reads.
        vocabulary: the number of words.
        drawn: `key` and `dtype`.
    """
    return HEADS[settings.head](
        settings, size, {"inputs": inputs, "vocabulary": vocabulary, "scale": settings.uniform, **drawn}
    )


def _window(_: Cell, settings: LanguageModelSettings, size: int, key: Array, dtype: Any) -> Window:
    how: dict[str, Any] = {"direct": settings.direct, "scale": settings.uniform, "dtype": dtype}
    return Window(words=settings.window, size=size, hidden=settings.hidden, key=key, **how)


def _stack(cell: Cell, settings: LanguageModelSettings, size: int, key: Array, dtype: Any) -> Stack[Recurrent]:
    if cell.signature.inputs:
        raise SettingsError(
            f"{cell.name} reads {', '.join(cell.signature.inputs)} at every step beside x, which a text does not have; "
            "choose another cell"
        )
    how: dict[str, Any] = {"start": settings.letters(), "wrappers": settings.wrappers(), "dtype": dtype}
    layers: list[Recurrent] = []
    for place in range(settings.layers):
        inputs = layers[-1].outputs if layers else size
        hidden = settings.last or settings.hidden if place == settings.layers - 1 else settings.hidden
        layers.append(Recurrent(cell, inputs=inputs, hidden=hidden, key=jax.random.fold_in(key, place), **how))
    rates = [settings.rate("input"), *[settings.rate("layer")] * (settings.layers - 1), 0.0]  # the last is the model's
    return Stack(layers, dropout=rates, masks=settings.masks)


def _softmax(settings: LanguageModelSettings, size: int, how: dict[str, Any]) -> SoftmaxHead:
    if settings.tied and how["inputs"] != size:
        raise SettingsError(
            f"tied vectors have the size of what the softmax reads, {how['inputs']}, not {size}; "
            f"set embedding to {how['inputs']}"
        )
    return SoftmaxHead(tied=settings.tied, **how)


def _mixture(settings: LanguageModelSettings, size: int, how: dict[str, Any]) -> MixtureHead:
    how = {**how, "experts": settings.experts, "dropout": settings.expert_dropout, "masks": settings.masks}
    return MixtureHead(size=size, tied=settings.tied, **how)


def _adaptive(settings: LanguageModelSettings, _: int, how: dict[str, Any]) -> AdaptiveHead:
    usual = sorted({how["vocabulary"] // 5, how["vocabulary"] // 2} - {0})
    return AdaptiveHead(cutoffs=usual if settings.cutoffs is None else settings.cutoffs, **how)


READERS: Final[Mapping[str, Callable[[Cell, LanguageModelSettings, int, Array, Any], Reader]]] = {
    "recurrent": _stack,
    "window": _window,
}
HEADS: Final[Mapping[str, Callable[[LanguageModelSettings, int, dict[str, Any]], Head]]] = {
    "softmax": _softmax,
    "mixture": _mixture,
    "adaptive": _adaptive,
}
