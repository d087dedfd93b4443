"""How far Hessian-free optimisation trusts its picture of the loss, and how long it looks for its lowest point."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from carrousel.errors import SettingsError

Stopping = Literal["progress", "fixed"]


@dataclass(frozen=True, kw_only=True)
class HessianFree:
    """Settings of Hessian-free optimisation (Martens 2010; Martens & Sutskever 2011)."""

    damping: float = 0.03
    """What is added to the curvature in every direction at the start; it then follows the reduction ratio."""
    structural: float = 0.03
    """What the change of the hidden units' pre-activations costs, as a multiple of the damping; 0 leaves it free."""
    iterations: int = 300
    """The most iterations of conjugate gradients in an update."""
    stopping: Stopping = "progress"
    """Whether conjugate gradients stop when their last tenth gained less than `tolerance` an iteration (Martens 2010),
    or all of them are made."""
    tolerance: float = 5e-4
    """The smallest gain an iteration, as a share of all that was gained, that is worth going on for."""
    warm: float = 0.95
    """What of the last update's direction conjugate gradients start from."""
    backtrack: bool = True
    """Whether an earlier iterate is taken where the loss itself, not its picture, is lower there."""
    shrink: float = 0.8
    """What a step that does not lower the loss is multiplied by, again and again."""
    sufficient: float = 0.01
    """What of the fall that the gradient promises a step must bring; 0 takes any fall."""
    curvature: int = 0
    """Sequences of a batch that the curvature, backtracking and the reduction ratio see; 0 for all of them."""
    decay: float = 0.0
    """Weight of half the squared norm of the parameters in the loss."""

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise SettingsError(f"iterations counts those of conjugate gradients, at least 1, got {self.iterations}")
        for name in ("damping", "tolerance"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is a finite number above 0, got {getattr(self, name)}")
        for name in ("structural", "decay", "curvature"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is a finite number from 0 on, got {getattr(self, name)}")
        if not 0 <= self.warm <= 1:
            raise SettingsError(f"warm is a share from 0 to 1, got {self.warm}")
        if not 0 < self.shrink < 1:
            raise SettingsError(f"shrink is between 0 and 1, got {self.shrink}")
        if not 0 <= self.sufficient < 1:
            raise SettingsError(f"sufficient is a share from 0 up to, not including, 1, got {self.sufficient}")
        if self.stopping not in get_args(Stopping):
            raise SettingsError(f"stopping is one of {', '.join(get_args(Stopping))}, got {self.stopping!r}")
