"""Tokens drawn one after the other from a model's distributions."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float64, Integer

from carrousel.errors import NgramError, SettingsError


def drawn(
    next_log_probabilities: Callable[[Integer[np.ndarray, " time"]], Float64[np.ndarray, " size"]],
    history: Integer[np.ndarray, " time"],
    *,
    temperature: float,
    top_k: int | None,
    random: np.random.Generator,
) -> Iterator[int]:
    """Tokens without end, each drawn behind the history and those before it.

    Raises:
        SettingsError: a temperature below zero, or no token to draw among.
        NgramError: the model gives no token a probability.
    """
    if temperature < 0:
        raise SettingsError(f"the temperature is from 0 on, got {temperature}")
    if top_k is not None and top_k < 1:
        raise SettingsError(f"top_k is the number of tokens to draw among, at least 1, got {top_k}")
    while True:
        logs = next_log_probabilities(history)
        token = choice(logs, temperature=temperature, top_k=top_k, random=random)
        yield token
        history = np.append(history, token)


def choice(
    logs: Float64[np.ndarray, " size"], *, temperature: float, top_k: int | None, random: np.random.Generator
) -> int:
    """One token, drawn by its probability; at temperature zero the most probable one."""
    if not logs.max() > -np.inf:
        raise NgramError(
            "the model gives no token a probability here; choose a smoothing instead of maximum-likelihood"
        )
    if temperature == 0:
        return int(logs.argmax())
    if top_k is not None and top_k < len(logs):
        best = np.argpartition(-logs, top_k - 1)[:top_k]
        among = np.full_like(logs, -np.inf)
        among[best] = logs[best]
        logs = among
    shares = np.cumsum(np.exp((logs - logs.max()) / temperature))
    return int(np.searchsorted(shares, random.random() * shares[-1], side="right"))
