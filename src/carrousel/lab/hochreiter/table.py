"""The experiments of the paper, with the numbers of its sections 5.1 to 5.6."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool

from carrousel.lab.hochreiter.experiment import Experiment
from carrousel.text.tasks import (
    EmbeddedReber,
    LongDistractors,
    MarkedPairs,
    Task,
    TemporalOrder,
    TwoClasses,
    TwoSequences,
    embedded_reber_sets,
)
from carrousel.training.criteria import Criterion
from carrousel.training.task_objectives import Batch, within


def legal_on_top(answers: Array, batch: Batch) -> Bool[Array, " batch"]:
    """Right is a string at whose every step the symbols that may come are the most active ones."""
    targets = batch["targets"]
    legal = targets > 0.5 if targets.ndim == 3 else jnp.arange(answers.shape[-1]) == targets[..., None]
    least = jnp.where(legal, answers, jnp.inf).min(-1)
    most = jnp.where(legal, -jnp.inf, answers).max(-1)
    return jnp.all((least > most) | (batch["weights"] == 0), axis=0)


def _same(task: Task) -> Any:
    return lambda _: (task, task)


def _reber(seed: int) -> tuple[Task, Task]:
    training, test = embedded_reber_sets(np.random.default_rng(seed))
    return EmbeddedReber(strings=tuple(training)), EmbeddedReber(strings=(*training, *test), target="legal")


def two_classes(
    kind: str, *, length: int = 100, limit: int, published: float | None = None, wrong: float | None = None
) -> Experiment:
    """3a, 3b or 3c: success is what the paper calls ST2."""
    noisy: Any = TwoClasses(kind=kind, length=length)  # type: ignore[arg-type]
    clean = TwoClasses(kind=kind, length=length, clean=True)  # type: ignore[arg-type]
    criteria = {
        "3a": Criterion(test_wrong=0, test_error=0.01),
        "3b": Criterion(test_wrong=5, test_error=0.04),
        "3c": Criterion(test_wrong=0, test_error=0.015),
    }
    return Experiment(
        name=kind,
        tasks=lambda _: (noisy, clean),
        blocks=3,
        cells=1,
        weights=102,
        reach=0.1,
        learning_rate=0.1 if kind == "3c" else 1.0,
        input_biases=(-1.0, -3.0, -5.0),
        output_biases=(-2.0, -4.0, -6.0),
        biased="hidden",
        right=within(clean.tolerance),
        criterion=criteria[kind],
        limit=limit,
        every=1000 if kind == "3c" else 500,
        published=published,
        published_wrong=wrong,
    )


def temporal_order(
    order: int, *, length: int = 100, limit: int, published: float | None = None, loss: Any = None
) -> Experiment:
    """6a (two symbols) or 6b (three)."""
    two = order == 2
    return Experiment(
        name=("6a" if two else "6b") + (", error t - y" if loss else ""),
        tasks=_same(TemporalOrder(order=order, length=length)),  # type: ignore[arg-type]
        blocks=2 if two else 3,
        cells=2,
        weights=156 if two else 308,
        reach=0.1,
        learning_rate=0.5 if two else 0.1,
        input_biases=(-2.0, -4.0) if two else (-2.0, -4.0, -6.0),
        right=within(TemporalOrder.tolerance),
        criterion=Criterion(recent=2000, recent_error=0.1),
        limit=limit,
        loss=loss or "squared_logistic",
        published=published,
    )


def marked_pairs(operation: str, *, length: int = 100, limit: int, published: float | None = None) -> Experiment:
    """4 (adding) or 5 (multiplication)."""
    adds = operation == "add"
    task = MarkedPairs(operation=operation, length=length)  # type: ignore[arg-type]
    return Experiment(
        name="4" if adds else "5",
        tasks=_same(task),
        blocks=2,
        cells=2,
        weights=93,
        reach=0.1,
        learning_rate=0.5 if adds else 0.1,
        input_biases=(-3.0, -6.0) if adds else (),
        right=within(task.tolerance),
        criterion=Criterion(recent=2000, recent_error=0.01) if adds else Criterion(test_wrong=14),
        test=256 if adds else 2000,
        every=500 if adds else 2000,
        limit=limit,
        published=published,
        remark=""
        if adds
        else "the paper stops at 13 wrong among the last 2,000 training sequences, we among 2,000 others",
    )


def two_sequences(
    middle: str, *, p: int = 100, limit: int, published: float | None = None, loss: Any = None
) -> Experiment:
    """2a, or 2b with a random middle: the cell is added after 500 sequences."""
    fixed = middle == "fixed"
    told = TwoSequences(p=p, middle=middle)  # type: ignore[arg-type]
    ends = TwoSequences(p=p, middle=middle, loss_on="all" if fixed else "last")  # type: ignore[arg-type]
    return Experiment(
        name=("2a" if fixed else "2b") + (", error t - y" if loss else ""),
        tasks=lambda _: (told, ends),
        blocks=1,
        cells=1,
        weights=10_504,
        reach=0.2,
        learning_rate=1.0,
        biased="none",
        bare=True,
        grows_after=500,
        right=within(told.tolerance),
        criterion=Criterion(recent=10_000) if fixed else Criterion(test_wrong=0),
        proof=10_000 if fixed else 0,
        test=256 if fixed else 2560,
        limit=limit,
        loss=loss or "squared_logistic",
        published=published,
        remark="the paper does not say when the cell is added; here after 500 sequences",
    )


def long_distractors(*, p: int = 50, q: int = 50, limit: int, published: float | None = None) -> Experiment:
    """2c."""
    return Experiment(
        name="2c",
        tasks=_same(LongDistractors(p=p, q=q)),
        blocks=2,
        cells=1,
        weights=364,
        reach=0.2,
        learning_rate=0.01,
        biased="none",
        right=within(LongDistractors.tolerance),
        criterion=Criterion(recent=10_000),
        proof=10_000,
        every=2000,
        limit=limit,
        published=published,
    )


def embedded_reber(*, blocks: int, limit: int, published: float | None = None) -> Experiment:
    """1: 3 blocks of 2 or 4 blocks of 1, learning rate 0.5."""
    cells = 2 if blocks == 3 else 1
    return Experiment(
        name=f"1 with {blocks} blocks of {cells}",
        tasks=_reber,
        blocks=blocks,
        cells=cells,
        weights=276 if blocks == 3 else 264,
        reach=0.2,
        learning_rate=0.5,
        output_biases=(-1.0, -2.0, -3.0, -4.0)[:blocks],
        biased="gates",
        right=legal_on_top,
        criterion=Criterion(test_wrong=0),
        test=2048,
        limit=limit,
        published=published,
    )
