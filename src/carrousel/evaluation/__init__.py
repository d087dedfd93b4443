"""How well models predict."""

from carrousel.evaluation.mean_loss import mean_loss

__all__ = ["mean_loss"]
