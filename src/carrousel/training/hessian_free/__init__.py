"""Hessian-free optimisation: steps to the low point of a quadratic picture of the loss, found by products alone."""

from carrousel.training.hessian_free.curvature import Problem, picture
from carrousel.training.hessian_free.forwards import read_sequences, read_words
from carrousel.training.hessian_free.hidden import Hidden, read_layers
from carrousel.training.hessian_free.losses import CONVEX, OutputLoss
from carrousel.training.hessian_free.settings import HessianFree
from carrousel.training.hessian_free.step import State, Told, hessian_free_step, start_state
from carrousel.training.hessian_free.tasks import check_fits, updates_on_tasks

__all__ = [
    "CONVEX",
    "HessianFree",
    "Hidden",
    "OutputLoss",
    "Problem",
    "State",
    "Told",
    "check_fits",
    "hessian_free_step",
    "picture",
    "read_layers",
    "read_sequences",
    "read_words",
    "start_state",
    "updates_on_tasks",
]
