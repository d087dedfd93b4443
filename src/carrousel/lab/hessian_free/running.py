"""Everybody trains the same networks on the same task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from carrousel.lab.hessian_free.contests import Contest, sparse_network
from carrousel.lab.workbench import Workbench
from carrousel.training.feeds import Feed
from carrousel.training.hessian_free import HessianFree
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import Same
from carrousel.training.task_plan import TaskPlan

OURS: Final = "Hessian-free"


class Rival(NamedTuple):
    """A way to train, as it is tuned."""

    name: str
    settings: dict[str, Any]
    """Of the trainer."""
    hessian_free: HessianFree | None = None
    """Where it is no descent."""


RIVALS: Final = (
    *(Rival(f"Adam {rate}", {"optimiser": "adam", "learning_rate": rate}) for rate in (0.001, 0.003, 0.01)),
    *(Rival(f"SGD {rate}, momentum", {"momentum": 0.9, "learning_rate": rate}) for rate in (0.1, 0.5)),
)


@dataclass(frozen=True, kw_only=True)
class Try:
    """What came of one network's training."""

    seed: int
    name: str
    solved: bool
    updates: int
    seconds: float
    """Of training and checks, without compiling."""
    compiling: float
    """What the first check took more than the others."""
    products: int
    """With the curvature."""
    losses: list[tuple[float, float]] = field(repr=False)
    """Seconds without compiling, mean loss since the last check."""


def attempt(bench: Workbench, contest: Contest, rival: Rival, *, seed: int, updates: int, longer: bool = False) -> Try:
    """Train one network."""
    ours, name = rival.hessian_free, rival.name
    every = 2 if ours else 100
    training = TrainingSettings(
        batch=contest.batch if ours else contest.small_batch or contest.batch,
        epochs=-(-updates // every),
        average="tokens",
        schedule="constant",
        clip=1.0,
        seed=seed,
        interval=every,
        **rival.settings,
    )
    plan = TaskPlan(
        network=sparse_network(contest.task, hidden=contest.hidden, seed=seed),
        task=contest.task,
        loss="softmax",
        right=contest.right,
        training=training,
        updates=every,
        test=contest.test,
        criterion=contest.criterion,
        hessian_free=ours,
        named={"hidden": contest.hidden},
    )
    feed: Feed | None = None if contest.sequences is None else Same(sequences=contest.sequences, per_epoch=every)
    words = f"{contest.name} {name} {seed}{' longer' if longer else ''}"
    run = bench.train(words.replace(",", "").replace(" ", "-").lower(), plan, feed=feed)
    ends = [float(check["seconds"]) for check in run.checks]
    first = float(np.median(np.diff(ends))) if len(ends) > 1 else ends[0]
    compiling = max(0.0, ends[0] - first)
    losses = [(end - compiling, float(c["train_loss"])) for end, c in zip(ends, run.checks, strict=True)]
    products = sum(check.get("products", 0) for check in run.checks)
    return Try(
        name=name,
        seed=seed,
        solved=run.solved,
        updates=run.updates,
        seconds=losses[-1][0],
        compiling=compiling,
        products=round(products),
        losses=losses,
    )


def compete(bench: Workbench, contest: Contest, rivals: Sequence[Rival], *, least: int) -> list[Try]:
    """All networks on a task: descent gets `least` updates and the wall time that ours took, compiling included."""
    made = []
    variants = [Rival(f"{OURS}, {name}", {}, settings) for name, settings in contest.variants.items()]
    for seed in bench.each(bench.seeds, contest.name):
        ours = attempt(bench, contest, Rival(OURS, {}, contest.hessian_free), seed=seed, updates=contest.updates)
        made += [ours, *(attempt(bench, contest, each, seed=seed, updates=contest.updates) for each in variants)]
        for rival in rivals:
            tried = attempt(bench, contest, rival, seed=seed, updates=least)
            allowed = ours.seconds + ours.compiling
            if not tried.solved and tried.seconds < allowed:
                more = 100 * math.ceil(1.2 * least * allowed / max(tried.seconds, 1e-3) / 100)
                tried = attempt(bench, contest, rival, seed=seed, updates=more, longer=True)
            made.append(tried)
    return made
