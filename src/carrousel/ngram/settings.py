"""What an n-gram model is to be, checked when said."""

from dataclasses import dataclass
from typing import Final

from carrousel.errors import SettingsError, near

LARGEST_ORDER: Final = 20

SMOOTHINGS: Final = ("modified-kneser-ney", "kneser-ney", "katz", "stupid-backoff", "add-k", "maximum-likelihood")
"""The estimates there are."""


@dataclass(frozen=True, kw_only=True)
class NgramSettings:
    """How an n-gram model is estimated."""

    order: int = 5
    """Tokens of the longest n-gram: one more than the history has."""
    smoothing: str = "modified-kneser-ney"
    """modified-kneser-ney, kneser-ney (one discount), katz, stupid-backoff, add-k or maximum-likelihood."""
    discount_fallback: bool = False
    """Where an order's discounts are undefined, take fixed ones for it instead of stopping."""
    interpolate_unigrams: bool = True
    """Kneser-Ney: spread the mass that the unigrams give up over all words; False gives it to those never seen."""
    added: float = 1.0
    """add-k: what is added to every count."""
    penalty: float = 0.4
    """stupid-backoff: the factor for each step to a shorter history."""
    prune: tuple[int, ...] = ()
    """By order, from 1 on: n-grams seen at most so often are left out. The last holds for all longer ones."""
    prune_entropy: float = 0.0
    """N-grams are left out whose absence raises the model's perplexity by less than this share (Stolcke 1998)."""

    def __post_init__(self) -> None:
        if not 1 <= self.order <= LARGEST_ORDER:
            raise SettingsError(f"the order of an n-gram model is from 1 to {LARGEST_ORDER}, got {self.order}")
        if self.smoothing not in SMOOTHINGS:
            raise SettingsError(f"there is no smoothing {self.smoothing!r}{near(self.smoothing, SMOOTHINGS)}")
        if not self.added > 0:
            raise SettingsError(
                f"add-k adds more than zero to each count, got {self.added}; zero is maximum-likelihood"
            )
        if not 0 < self.penalty <= 1:
            raise SettingsError(f"the penalty of a step back is above 0 and at most 1, got {self.penalty}")
        if self.prune and (self.prune[0] or list(self.prune) != sorted(self.prune)):
            raise SettingsError(
                f"prune starts with 0 and never falls, since shorter n-grams carry longer, got {self.prune}"
            )
        if len(self.prune) > self.order:
            raise SettingsError(
                f"prune has {len(self.prune)} numbers for a model of order {self.order}; give one an order"
            )
        if not 0 <= self.prune_entropy < float("inf"):
            raise SettingsError(f"prune_entropy is a share from 0 on, such as 1e-8, got {self.prune_entropy}")
        if self.prune_entropy and self.smoothing == "stupid-backoff":
            raise SettingsError("pruning by entropy needs probabilities, which stupid-backoff does not give")

    @property
    def kinds_before(self) -> bool:
        """Whether lower orders count the different tokens before an n-gram, as Kneser-Ney smoothing does."""
        return self.smoothing in {"modified-kneser-ney", "kneser-ney"}

    def threshold(self, order: int) -> int:
        """The raw count up to which an n-gram of this order is left out."""
        return self.prune[min(order, len(self.prune)) - 1] if self.prune else 0
