"""How a network goes on learning while it is evaluated, checked when said."""

from dataclasses import dataclass
from typing import Final

from carrousel.errors import SettingsError, near

RULES: Final = ("sgd", "rms")


@dataclass(frozen=True, kw_only=True)
class DynamicSettings:
    """How a network goes on learning."""

    rule: str = "sgd"
    """sgd, or rms: each weight's gradient is divided by its root mean square on another text."""
    rate: float | None = None
    """What the gradient of the mean loss of a segment is multiplied by; None for the best of a few on another text."""
    decay: float = 0.002
    """The part of its way back to the trained weights that each weight goes after each segment."""
    segment: int = 20
    """Words between two steps."""
    epsilon: float = 1e-3
    """rms: what is added to the root mean square."""

    def __post_init__(self) -> None:
        """See that each value can be.

        Raises:
            SettingsError: one cannot.
        """
        if self.rule not in RULES:
            raise SettingsError(f"there is no rule {self.rule!r}{near(self.rule, RULES)}")
        if self.rate is not None and not 0 <= self.rate < float("inf"):
            raise SettingsError(f"the rate of dynamic evaluation is a number from 0, not {self.rate}")
        if not 0 <= self.decay <= 1:
            raise SettingsError(f"decay is a part of the way back, from 0 to 1, not {self.decay}")
        if self.segment < 1:
            raise SettingsError(f"a segment has at least one word, not {self.segment}")
        if not self.epsilon > 0:
            raise SettingsError(f"epsilon keeps a division from being one by zero, so it cannot be {self.epsilon}")
