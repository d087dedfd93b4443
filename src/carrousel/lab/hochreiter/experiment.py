"""An experiment of 1997: its task, its net, its way of learning, and what the paper reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Key, PyTree

from carrousel.cells import find_cell
from carrousel.engine import Start
from carrousel.lab.workbench import Workbench
from carrousel.models import SequenceModel
from carrousel.text.tasks import Task
from carrousel.training.criteria import Criterion
from carrousel.training.settings import TrainingSettings
from carrousel.training.task_feed import Drawn
from carrousel.training.task_judging import judge_on_task
from carrousel.training.task_objectives import LossName, Right
from carrousel.training.task_plan import TaskPlan
from carrousel.training.tasks import Learned


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What the paper says of one experiment, and how long we let it run."""

    name: str
    """As in the paper; one of ours that departs from it says how."""
    tasks: Callable[[int], tuple[Task, Task]]
    """Of a seed: what is learned, and what the net is judged on."""
    blocks: int
    cells: int
    """Memory blocks, and cells in each."""
    reach: float
    """Weights start evenly between plus and minus this."""
    learning_rate: float
    right: Right
    criterion: Criterion
    limit: int
    """Sequences after which we give up."""
    weights: int | None = None
    """What the paper's table counts."""
    published: float | None = None
    """Mean sequences to success in the paper."""
    published_wrong: float | None = None
    """Share of fresh sequences that the paper's nets got wrong afterwards."""
    input_biases: tuple[float, ...] = ()
    output_biases: tuple[float, ...] = ()
    """Starting biases of the gates, a block each; empty starts them like other weights."""
    biased: Literal["none", "gates", "hidden", "all"] = "all"
    """Which units have biases: the gates, cells too, outputs too."""
    bare: bool = False
    """No output gate, no squashing, no recurrent links, and inputs that act on the outputs directly."""
    grows_after: int = 0
    """Sequences before the memory cell is added; until then the direct links learn alone."""
    loss: LossName = "squared_logistic"
    """In the paper half the squared error; `logistic` leaves the factor f' out of the outputs' error."""
    every: int = 500
    """Sequences between two checks."""
    test: int = 256
    """Sequences of a check."""
    proof: int = 0
    """Sequences at the end of a run that prove success and are not counted, as in the paper's experiments 2."""
    remark: str = ""
    """What is to be known beside the figures."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one seed."""

    solved: bool
    sequences: int
    """To success, or all."""
    checks: Sequence[dict[str, Any]]
    fresh: dict[str, float]
    """`judge_on_task` on 2,560 sequences that were never seen."""


class Reflex(eqx.Module):
    """Inputs that act on the outputs, and nothing else: the net of experiment 2 before its cell is added."""

    direct: Float[Array, "inputs outputs"]

    def __call__(
        self, xs: Array, state: Any = None, *, times: Any = None, lengths: Any = None, key: Any = None, **how: Any
    ) -> tuple[Array, Any]:
        """What it says to symbols, (time, batch)."""
        del times, lengths, key, how
        return self.direct[xs], state


def network_of(experiment: Experiment, task: Task, *, key: Key[Array, ""]) -> SequenceModel:
    """The paper's net at its start."""
    options: dict[str, Any] = {"cells": experiment.cells}
    if not experiment.bare:
        options["gate_biases"] = experiment.biased != "none"
        options["cell_biases"] = experiment.biased in ("hidden", "all")
    cell = find_cell("lstm-1997-bare" if experiment.bare else "lstm-1997-full").with_options(**options)
    network = SequenceModel(
        cell,
        inputs=task.inputs,
        outputs=task.outputs,
        hidden=experiment.blocks * experiment.cells,
        direct=experiment.bare,
        biased=experiment.biased == "all",
        start=Start(scale=experiment.reach),
        scale=experiment.reach,
        key=key,
    )
    if network.bias is not None:
        reach = experiment.reach
        drawn = jax.random.uniform(jax.random.fold_in(key, 1), network.bias.shape, minval=-reach, maxval=reach)
        network = eqx.tree_at(lambda n: n.bias, network, drawn)
    for letter, values in (("i", experiment.input_biases), ("o", experiment.output_biases)):
        if values:
            network = _with_bias(network, letter, values)
    return network


def _with_bias(network: SequenceModel, letter: str, values: Sequence[float]) -> SequenceModel:
    return eqx.tree_at(lambda n: n.layers[0].letters["b"][letter], network, jnp.array(values))


def plan_of(experiment: Experiment, *, seed: int, grown: Learned | None = None) -> tuple[TaskPlan, Drawn]:
    """What is trained on what; with the net that learned before its cell was added, where there was one."""
    task, judged_on = experiment.tasks(seed)
    key = jax.random.key(seed)
    alone = experiment.grows_after > 0 and grown is None
    network: PyTree = network_of(experiment, task, key=key)
    if alone:
        network = Reflex(network.direct)
    elif grown is not None:
        network = eqx.tree_at(lambda n: n.direct, network, grown.network.direct)
    every = experiment.grows_after if alone else experiment.every
    training = TrainingSettings(
        optimiser="sgd",
        learning_rate=experiment.learning_rate,
        schedule="constant",
        batch=1,
        clip=0,
        epochs=1 if alone else -(-experiment.limit // every),
        seed=seed,
        interval=every,
    )
    plan = TaskPlan(
        network=network,
        task=judged_on,
        loss=experiment.loss,
        right=experiment.right,
        training=training,
        updates=every,
        test=experiment.test,
        criterion=Criterion() if alone else experiment.criterion,
        named={"experiment": experiment.name, "cell_added_after": experiment.grows_after},
    )
    return plan, Drawn(task=task, batch=1, seed=seed + 1000 * alone, per_epoch=every)


def learn(bench: Workbench, experiment: Experiment, seed: int) -> Outcome:
    """Train one net until it has learned, or to the limit."""
    name = f"{experiment.name}-{seed}".replace(" ", "-")
    grown = None
    if experiment.grows_after:
        plan, feed = plan_of(experiment, seed=seed)
        grown = bench.train(f"{name}-before", plan, feed=feed)
    plan, feed = plan_of(experiment, seed=seed, grown=grown)
    learned = bench.train(name, plan, feed=feed)
    fresh = bench.kept(name, lambda: judge_on_task(plan, learned.network, count=2560))
    proof = experiment.proof if learned.solved else 0
    return Outcome(
        solved=learned.solved,
        sequences=learned.sequences + experiment.grows_after - proof,
        checks=learned.checks,
        fresh=fresh,
    )
