"""Where a run stands, beside its arrays: all of it goes into a checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from carrousel.training.metrics import Figure


@dataclass(kw_only=True)
class Position:
    """Counts that go on where a checkpoint left them."""

    update: int = 0
    """Updates made."""
    validated: int = 0
    """Epochs that were ended and validated."""
    best_epoch: int = 0
    """The epoch with the smallest validation loss so far; 0 before the first."""
    best_figures: dict[str, Figure] = field(default_factory=dict)
    """What the validation said of it."""
    losses: list[float] = field(default_factory=list)
    """The validation loss of each epoch."""
    criterion: dict[str, Any] = field(default_factory=dict)
    """What the criterion of success has seen so far."""
    solved: int | None = None
    """The update after which the criterion was met; None while it is not, or where there is none."""
    stage: int = 0
    """The stage of the course, from 0; there is no other where a run has no course."""
    stage_shares: list[float] = field(default_factory=list)
    """What each check of this stage found right."""
    averaged: int | None = None
    """The update from which on weights are averaged; None while they are not."""
    seconds: float = 0.0
    """Seconds of training and validation so far, over all sittings."""
    epoch_seconds: float = 0.0
    """Those of them since the epoch began."""
    interval_seconds: float = 0.0
    """Seconds of training since the last line of metrics.jsonl."""
    metrics: int = 0
    """Length of metrics.jsonl in bytes."""
    updates: int = 0
    """Updates since the last line of metrics.jsonl."""
    clipped: int = 0
    """Those of them whose gradient was scaled down."""
    norm: float = 0.0
    """Sum of their gradients' norms."""
    counts: dict[str, float] = field(default_factory=dict)
    """Sums of their counts."""
    epoch_counts: dict[str, float] = field(default_factory=dict)
    """Sums of the counts since the epoch began."""

    def add(
        self, *, norms: Float[np.ndarray, " n"], counts: Mapping[str, Float[np.ndarray, " n"]], clip: float
    ) -> None:
        """Take in what some updates reported; sums run in order, so it leaves no trace how updates were grouped."""
        self.update += norms.size
        self.updates += norms.size
        self.clipped += int(np.count_nonzero(norms > clip)) if clip else 0
        self.norm = _sum(self.norm, norms)
        for sums in (self.counts, self.epoch_counts):
            for name, values in counts.items():
                sums[name] = _sum(sums.get(name, 0.0), values)

    def spend(self, seconds: float) -> None:
        """Take in the seconds of some updates, or of a validation."""
        self.seconds += seconds
        self.epoch_seconds += seconds

    def end_interval(self, *, learning_rate: float) -> dict[str, Figure | str]:
        """The interval's line of metrics.jsonl; its sums begin anew."""
        tokens, loss = self.counts["tokens"], self.counts["nll"] / self.counts["tokens"]
        line: dict[str, Figure | str] = {
            "kind": "train",
            "epoch": self.validated + 1,
            "update": self.update,
            "loss": loss,
            "perplexity": float(np.exp(min(loss, 700.0))),
            "norm": self.norm / self.updates,
            "clipped": self.clipped / self.updates,
            "learning_rate": learning_rate,
            "tokens": tokens,
            "seconds": self.seconds,
            "tokens_per_second": tokens / max(self.interval_seconds, 1e-9),
        }
        self.updates, self.clipped, self.norm, self.counts, self.interval_seconds = 0, 0, 0.0, {}, 0.0
        return line

    def end_epoch(self, figures: Mapping[str, Figure], *, seconds: float) -> dict[str, Figure | str]:
        """The epoch's line of metrics.jsonl: the mean over its updates, and what the validation found."""
        self.spend(seconds)
        self.validated += 1
        self.losses.append(float(figures["loss"]))
        best = not self.best_figures or figures["loss"] < self.best_figures["loss"]
        if best:
            self.best_figures, self.best_epoch = dict(figures), self.validated
        line: dict[str, Figure | str] = {
            "kind": "valid",
            "epoch": self.validated,
            "update": self.update,
            "train_loss": self.epoch_counts["nll"] / self.epoch_counts["tokens"],
            **figures,
            **({"products": self.epoch_counts["products"]} if "products" in self.epoch_counts else {}),
            "best": best,
            "seconds": self.seconds,
            "epoch_seconds": self.epoch_seconds,
        }
        self.epoch_counts, self.epoch_seconds = {}, 0.0
        return line

    def begin_average(self, *, patience: int) -> bool:
        """Begin averaging here if the last validation is worse than the best of all but `patience` before it.

        This is the non-monotone trigger of Merity, Keskar & Socher 2018; whether it has just been met.
        """
        *before, last = self.losses
        met = self.averaged is None and len(before) > patience and last > min(before[:-patience])
        if met:
            self.averaged = self.update
        return met

    def shares(self, count: int) -> Float[np.ndarray, " count"]:
        """What part of the average the weights after each of the next updates become: all of it before it begins."""
        if self.averaged is None:
            return np.ones(count, np.float32)
        return (1 / (self.update + np.arange(1, count + 1) - self.averaged)).astype(np.float32)

    def stored(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def _sum(start: float, values: Float[np.ndarray, " n"]) -> float:
    return float(np.add.accumulate(np.concatenate([[start], np.asarray(values, np.float64)]))[-1])
