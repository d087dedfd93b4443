"""A course: what is learned becomes harder, stage by stage, as checks find that a stage is learned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxtyping import PyTree

from carrousel.errors import SettingsError
from carrousel.training.feeds import Feed
from carrousel.training.metrics import Figure


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """When a stage ends: learned well enough, or no longer getting better (Zaremba & Sutskever 2014)."""

    enough: float = 0.95
    """The share of steps with a target that are right at which a stage is learned."""
    patience: int = 4
    """A stage ends too when none of the last so many checks was better than the best before them."""

    def __post_init__(self) -> None:
        if not 0 < self.enough <= 1:
            raise SettingsError(f"enough is a share above 0, got {self.enough}")
        if self.patience < 1:
            raise SettingsError(f"patience counts checks, so it cannot be {self.patience}")

    def due(self, shares: Sequence[float]) -> bool:
        """Whether the stage ends, given the share that each of its checks found right so far."""
        before, last = shares[: -self.patience], shares[-self.patience :]
        return shares[-1] > self.enough or (bool(before) and max(last) <= max(before))


@dataclass(frozen=True, kw_only=True)
class Course:
    """Stages as a run sees them. Which one it is at stands in the run's position, so in its checkpoints."""

    feeds: Sequence[Feed]
    """Where the batches of each stage come from; all have the same shapes, and checks at the same updates."""
    judge: Callable[[PyTree, int], dict[str, Figure]]
    """How a network does at a stage; `stage_accuracy` decides."""
    promotion: Promotion

    def check(self, network: PyTree, stage: int, shares: list[float]) -> dict[str, Figure]:
        """Judge a network; the share that is right joins those of the stage's earlier checks."""
        figures = self.judge(network, stage)
        shares.append(float(figures["stage_accuracy"]))
        return {"stage": stage + 1, **figures}

    def following(self, stage: int, shares: Sequence[float]) -> int:
        """The stage that comes after a check; the last one stays."""
        return stage + (stage + 1 < len(self.feeds) and self.promotion.due(shares))
