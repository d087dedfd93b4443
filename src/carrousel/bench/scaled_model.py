"""A language model at any size: its compiled gradient, what that holds, and an update in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from carrousel.layers import trained
from carrousel.models import LanguageModel, LanguageModelSettings
from carrousel.models.sizing import weightless
from carrousel.training.memory import Predicted, predict_memory
from carrousel.training.objectives import language_model_objective
from carrousel.training.optimisers import OPTIMISERS
from carrousel.training.settings import TrainingSettings
from carrousel.training.updates import Carry, Rule, compile_updates


@dataclass(frozen=True, kw_only=True)
class Size:
    """A language model and its batch."""

    cell: str = "lstm"
    vocabulary: int = 1_000
    hidden: int = 128
    layers: int = 1
    time: int = 35
    batch: int = 20

    @property
    def settings(self) -> TrainingSettings:
        """Adam, whose gradient is of all parameters."""
        return TrainingSettings(batch=self.batch, unroll=self.time, optimiser="adam")

    @property
    def model(self) -> LanguageModelSettings:
        """The settings of the model."""
        return LanguageModelSettings(cell=self.cell, hidden=self.hidden, layers=self.layers)

    def network(self) -> LanguageModel:
        """The model, drawn."""
        return LanguageModel.from_settings(self.model, vocabulary=self.vocabulary, key=jax.random.key(0))

    def tokens(self) -> np.ndarray:
        """Words at random, one more a sequence than is read: (time + 1, batch)."""
        return np.random.default_rng(0).integers(self.vocabulary, size=(self.time + 1, self.batch)).astype(np.int32)


def predicted(size: Size) -> Predicted:
    """What the formula gives."""
    return predict_memory(weightless(size.model, vocabulary=size.vocabulary), size.settings)


def predicted_gradient(size: Size) -> int:
    """Bytes of the gradient as a function of its own: what is trained, the result, and what exists between."""
    found = predicted(size)
    return found.parameters + found.gradient + found.activations


def held_bytes(compiled: Any) -> int:
    """Arguments, results and temporaries of a compiled function by XLA's own account, of one device."""
    account = compiled.memory_analysis()
    total: int = account.argument_size_in_bytes + account.output_size_in_bytes + account.temp_size_in_bytes
    return total


def compile_gradient(size: Size, devices: int = 1) -> tuple[Callable[[], object], Any]:
    """The gradient of the loss by all parameters: (a call that runs it to its end, the compiled function).

    With several devices each has all parameters and its share of the batch, and gradients are added up.
    """
    network, tokens = size.network(), size.tokens()
    learned, rest = eqx.partition(network, trained(network))

    def loss(learned: Any, inputs: Any, targets: Any, state: Any) -> Any:
        return eqx.combine(learned, rest).loss(inputs, targets, state)

    def gradient(*arguments: Any) -> Any:
        (value, state), changes = jax.value_and_grad(loss, has_aux=True)(*arguments)
        return jax.lax.psum((value, changes), "batch"), state

    split, whole = PartitionSpec(None, "batch"), PartitionSpec()
    shared = jax.shard_map(
        gradient,
        mesh=Mesh(np.array(jax.devices()[:devices]), ("batch",)),
        in_specs=(whole, split, split, PartitionSpec("batch")),
        out_specs=(whole, PartitionSpec("batch")),
        check_vma=False,
    )
    run = jax.jit(shared if devices > 1 else jax.value_and_grad(loss, has_aux=True))
    arguments = (learned, jnp.asarray(tokens[:-1]), jnp.asarray(tokens[1:]), network.start_state(size.batch))
    compiled = run.lower(*arguments).compile()
    return lambda: jax.block_until_ready(compiled(*arguments)), compiled


def train(size: Size, updates: int = 2) -> float:
    """Updates by Adam as training makes them; the last loss."""
    settings, network, tokens = size.settings, size.network(), size.tokens()
    rule = Rule(OPTIMISERS[settings.optimiser](settings), settings.clip)
    run = compile_updates(network, language_model_objective(settings), rule)
    learned = eqx.filter(network, trained(network))
    carry = Carry(learned, rule.transformation.init(learned), network.start_state(size.batch))
    del network, learned
    batches = {"inputs": tokens[None, :-1], "targets": tokens[None, 1:]}
    for place in range(updates):
        carry, log = run(carry, batches, np.full(1, 1e-3, np.float32), 1, place, jax.random.key(1))
    return float(log.loss[0])


if __name__ == "__main__":
    what, given, *count = sys.argv[1:]
    asked = Size(**json.loads(given))
    if what == "memory":
        print(held_bytes(compile_gradient(asked, *map(int, count))[1]))
    else:
        train(asked)
