"""How text is drawn from a model."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

from carrousel.errors import SettingsError

NO_WORD: Final = -1
"""Chosen where there is nothing to choose from."""
Weights = Literal["float32", "bfloat16", "int8"]


class Choice(NamedTuple):
    """How to choose, as arrays, numpy's or jax's: of no axis, or one value a stream."""

    temperature: Any
    top_k: Any
    top_p: Any


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """How text is drawn from a model."""

    temperature: float = 1.0
    """What logits are divided by: below 1 likely words become likelier, and 0 takes the likeliest."""
    top_k: int | None = None
    """Draw among so many of the likeliest words; words as likely as the last of them stay too."""
    top_p: float | None = None
    """Draw among the likeliest words that together have this probability (Holtzman et al. 2020)."""
    seed: int = 0
    """Where randomness starts; the same seed gives the same text."""
    weights: Weights = "float32"
    """What weights are kept as while text is drawn: bfloat16 and int8 are read faster and are a little off."""

    def __post_init__(self) -> None:
        """See that each value can be.

        Raises:
            SettingsError: one cannot.
        """
        if not 0 <= self.temperature < math.inf:
            raise SettingsError(f"temperature is a number from 0, not {self.temperature}")
        if self.top_k is not None and self.top_k < 1:
            raise SettingsError(f"top_k counts words, at least 1, so it cannot be {self.top_k}")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise SettingsError(f"top_p is a probability above 0 and at most 1, so it cannot be {self.top_p}")
        if not 0 <= self.seed < 2**32:
            raise SettingsError(f"seed is a whole number from 0 and below 2 to the 32nd, not {self.seed}")
        if self.weights not in get_args(Weights):
            raise SettingsError(f"weights is one of {', '.join(get_args(Weights))}, not {self.weights!r}")

    @property
    def storage(self) -> Literal["bfloat16", "int8"] | None:
        """What matrices are kept as; None for their own numbers."""
        return None if self.weights == "float32" else self.weights

    @property
    def filters(self) -> bool:
        """Whether some words are left out."""
        return self.top_k is not None or self.top_p is not None

    def arrays(self, vocabulary: int) -> Choice:
        """The numbers as compiled code takes them."""
        return Choice(
            np.asarray(self.temperature, np.float32),
            np.asarray(vocabulary if self.top_k is None else min(self.top_k, vocabulary), np.int32),
            np.asarray(1.0 if self.top_p is None else self.top_p, np.float32),
        )
