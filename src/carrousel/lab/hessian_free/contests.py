"""The tasks that Hessian-free optimisation and descent are set, and where their networks start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from carrousel.models import SequenceModel
from carrousel.text.tasks import CopyMemory, Sequences, Slide, Task, TemporalOrder
from carrousel.training.criteria import Criterion
from carrousel.training.hessian_free import HessianFree
from carrousel.training.task_objectives import Batch, Right, most_probable

INCOMING: Final = 15
"""Weights that lead to a unit at the start (Martens 2010)."""
SURE: Final = 0.95
"""The probability of the last symbol that counts as knowing it."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """A task, and who tries it how."""

    name: str
    title: str
    task: Task
    right: Right
    criterion: Criterion
    hessian_free: HessianFree
    variants: Mapping[str, HessianFree] = field(default_factory=dict)
    """The same with another setting."""
    hidden: int
    batch: int
    """Sequences of a Hessian-free update."""
    sequences: Sequences | None = None
    """All that there are, where an update sees them all; otherwise each draws its own."""
    small_batch: int | None = None
    """Sequences of an update of descent, where that is another number."""
    updates: int = 120
    """Hessian-free updates at most."""
    test: int = 64
    """Sequences of a check, where the criterion asks for one."""


def sure_of_the_last(answers: Array, batch: Batch) -> Array:
    """Right is a sequence whose last symbol has a probability of more than `SURE`."""
    given = jnp.take_along_axis(answers, batch["targets"][..., None], axis=-1)[..., 0]
    return given[-1] > SURE


def slide_contest(lag: int, **changes: Any) -> Contest:
    """The notes' two sequences A X…X A and B X…X B, both at every update, the loss on all steps."""
    task = Slide(shortest=lag, longest=lag, loss_on="all")
    generator, drawn = np.random.default_rng(0), task.draw(np.random.default_rng(0), 2)
    while len(np.unique(drawn.inputs[0])) < 2:
        drawn = task.draw(generator, 2)
    settings = HessianFree(damping=0.001, structural=1.0, stopping="fixed", iterations=300)
    made = Contest(
        name=f"slide-{lag}",
        title=f"the notes' two sequences at lag {lag}, loss on every step",
        task=task,
        right=sure_of_the_last,
        criterion=Criterion(recent=2),
        hessian_free=settings,
        variants={
            "structural 0": replace(settings, structural=0.0),
            "structural 0.03": replace(settings, structural=0.03),
            "damping 0.03": replace(settings, damping=0.03),
            "stopped by progress": replace(settings, stopping="progress"),
        },
        hidden=30,
        batch=2,
        sequences=drawn,
    )
    return replace(made, **changes)


def memory_contest(delay: int, **changes: Any) -> Contest:
    """Five bits kept over a delay, all 32 sequences at every update."""
    task = CopyMemory(symbols=2, width=5, delay=delay, loss_on="copy")
    drawn, bits = task.draw(np.random.default_rng(0), 32), np.arange(32) >> np.arange(5)[:, None] & 1
    inputs, targets = drawn.inputs.copy(), drawn.targets.copy()
    inputs[:5] = targets[-5:] = bits
    made = Contest(
        name=f"memory-{delay}",
        title=f"five bits kept for {delay} steps",
        task=task,
        right=most_probable,
        criterion=Criterion(recent=32),
        hessian_free=HessianFree(damping=0.001, structural=0.03, iterations=200),
        variants={"structural 0.3": HessianFree(damping=0.001, structural=0.3, iterations=200)},
        hidden=50,
        batch=32,
        sequences=replace(drawn, inputs=inputs, targets=targets),
    )
    return replace(made, **changes)


def order_contest(length: int, **changes: Any) -> Contest:
    """The order of two symbols in a long noise, fresh sequences at every update."""
    made = Contest(
        name=f"order-{length}",
        title=f"the order of two symbols, length {length}",
        task=TemporalOrder(length=length, order=2, form="2011"),
        right=most_probable,
        criterion=Criterion(test_wrong=10),
        hessian_free=HessianFree(damping=0.03, structural=0.03, iterations=100, curvature=100),
        hidden=50,
        batch=400,
        small_batch=20,
        updates=60,
        test=1000,
    )
    return replace(made, **changes)


def sparse_network(task: Task, *, hidden: int, seed: int) -> SequenceModel:
    """A tanh network that starts as in Martens & Sutskever 2011: few weights to a unit, and none of them small."""
    generator, key = np.random.default_rng(seed), jax.random.key(seed)
    network = SequenceModel("elman", inputs=task.inputs, outputs=task.outputs, hidden=hidden, key=key)
    letters = {
        "U": _sparse(generator, hidden, hidden),
        "W": 0.25 * generator.normal(size=(hidden, task.inputs)),
        "readout": _sparse(generator, task.outputs, hidden).T,
    }
    places = lambda n: (n.layers[0].letters["U"]["h"], n.layers[0].letters["W"]["h"], n.readout)  # noqa: E731 - a place
    drawn: SequenceModel = eqx.tree_at(places, network, tuple(jnp.asarray(a, jnp.float32) for a in letters.values()))
    return drawn


def _sparse(generator: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    matrix = np.zeros((rows, columns))
    for row in matrix:
        chosen = generator.choice(columns, min(INCOMING, columns), replace=False)
        row[chosen] = generator.normal(size=chosen.size) / np.sqrt(INCOMING)
    return matrix
