"""Many updates in one compiled loop, so that a small network is not bound by Python.

The number of updates is an argument of the compiled loop, not a part of its shape: a short last chunk runs in the same
program, and how a run is cut into chunks leaves no trace in its weights. Parameters, optimiser state and carried state
are donated: they are changed in place.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Float, Int, Key, PyTree

from carrousel.layers import trained as learns

Objective = Callable[[Any, Any, Any, Key[Array, ""]], tuple[Float[Array, ""], tuple[Any, dict[str, Float[Array, ""]]]]]
"""`objective(network, batch, state, key) -> (loss, (state, counts))`: the loss is what the gradient is taken of; the
counts are sums over the batch (say `nll` and `tokens`) that are added up from update to update."""


class Carry(NamedTuple):
    """What one update hands to the next."""

    trained: PyTree
    """The network's trained arrays; None in the place of all else."""
    optimiser: PyTree
    """The state of the optimiser."""
    state: PyTree
    """The recurrent state carried from batch to batch; () where sequences are independent."""
    average: PyTree = ()
    """A mean of the trained arrays over updates; () where none is kept."""


class Log(NamedTuple):
    """What happened in each update of a chunk; entries from `done` on are not filled."""

    done: Int[Array, ""]
    """Updates that were made: fewer than asked for where a loss or a gradient was not finite."""
    loss: Float[Array, " capacity"]
    """The objective of each update; the entry at `done` is the one that stopped the chunk."""
    norm: Float[Array, " capacity"]
    """The norm of the whole gradient before clipping."""
    counts: dict[str, Float[Array, " capacity"]]
    """The objective's counts."""


class Rule(NamedTuple):
    """How a gradient changes the parameters."""

    transformation: optax.GradientTransformation
    """Turns the clipped gradient into a direction; the learning rate times it is subtracted."""
    clip: float
    """Largest norm of the whole gradient: a longer one is scaled to it. 0 never clips."""
    table: Callable[[Any], Array] | None = None
    """Picks the network's embedding where only its rows in `batch["rows"]` are to be differentiated and changed.

    The objective then sees a network whose table holds those rows alone, and a batch whose tokens count among them.
    """


class Outcome(NamedTuple):
    """What happened in one update."""

    finite: Array
    """Whether loss and gradient were; where they were not, the update changed nothing."""
    loss: Array
    norm: Array
    counts: dict[str, Array]


One = Callable[[Carry, PyTree, Any, Array, Key[Array, ""], Array | None], tuple[Carry, Outcome]]
"""`one(carry, constant, batch, rate, key, share)`: one update."""
Updates = Callable[..., tuple[Carry, Log]]


class Updating(NamedTuple):
    """A way to change parameters."""

    start: Callable[[PyTree], PyTree]
    """From the trained arrays to the optimiser's state before the first update."""
    updates: Updates
    """Many updates; see `compile_loop`."""


def compile_updates(network: PyTree, objective: Objective, rule: Rule) -> Updates:
    """Updates by a gradient, as `compile_loop` gives them.

    Args:
        network: gives the structure and the arrays that are not trained; its trained arrays are not read.
        objective: what the gradient is taken of.
        rule: how the gradient changes the parameters.
    """
    constant, fixed = eqx.partition(eqx.partition(network, learns(network))[1], eqx.is_array)

    def one(
        carry: Carry, constant: PyTree, batch: Any, rate: Array, key: Array, share: Array | None
    ) -> tuple[Carry, Outcome]:
        def whole(trained: PyTree) -> Any:
            return eqx.combine(trained, constant, fixed)

        view, rows = carry.trained, None
        if rule.table is not None:
            rows = batch["rows"]
            view = eqx.tree_at(rule.table, view, rule.table(view).at[rows].get(mode="clip"))
        differentiate = jax.value_and_grad(
            lambda trained: objective(whole(trained), batch, carry.state, key), has_aux=True
        )
        (loss, (state, counts)), gradient = differentiate(view)
        norm = jnp.sqrt(sum(jnp.vdot(g, g).real for g in jax.tree.leaves(gradient)))
        finite = jnp.isfinite(loss) & jnp.isfinite(norm)
        if rule.clip:
            scale = jnp.minimum(1.0, rule.clip / norm)
            gradient = jax.tree.map(lambda g: g * scale.astype(g.dtype), gradient)
        step, optimiser = rule.transformation.update(gradient, carry.optimiser, carry.trained)
        trained = _stepped(carry.trained, step, rate, finite, rule.table, rows)
        kept = jax.tree.map(lambda new, old: jnp.where(finite, new, old), (optimiser, state), carry[1:3])
        average = carry.average
        if share is not None:
            average = jax.tree.map(lambda new, mean: _drawn_near(mean, new, share, finite), trained, average)
        return Carry(trained, kept[0], kept[1], average), Outcome(finite, loss, norm, counts)

    return compile_loop(one, constant)


def compile_loop(one: One, constant: PyTree) -> Updates:
    """A function `updates(carry, batches, rates, count, first, key, shares) -> (carry, log)`.

    Args:
        one: one update.
        constant: arrays that are not trained.

    The function's arguments: `batches` is the objective's batch with a leading axis of `capacity` updates; `rates`
    (capacity,) the learning rates; `count` how many of them to make; `first` the number of the first update in the
    run, from which each update's key is derived; `key` the run's key; `shares` (capacity,), where the carry has an
    average, what part of it the weights after each update become: 1 puts them in its place. The arrays of `carry` are
    donated.

    An update whose loss or gradient is not finite changes nothing and ends the chunk.
    """

    def many(
        carry: Carry,
        constant: PyTree,
        batches: Any,
        rates: Array,
        count: Array,
        first: Array,
        key: Array,
        shares: Array | None,
    ) -> tuple[Carry, Log]:
        @partial(jax.jit, inline=True)  # traced once, for the shapes and for the loop
        def outcome(i: Array, carry: Carry) -> tuple[Carry, Outcome]:
            batch = jax.tree.map(lambda leaf: lax.dynamic_index_in_dim(leaf, i, keepdims=False), batches)
            share = None if shares is None else shares[i]
            return one(carry, constant, batch, rates[i], jax.random.fold_in(key, first + i), share)

        def body(loop: tuple[Carry, Log, Array]) -> tuple[Carry, Log, Array]:
            carry, log, _ = loop
            i = log.done
            carry, (finite, loss, norm, counts) = outcome(i, carry)
            counts = {name: log.counts[name].at[i].set(value) for name, value in counts.items()}
            log = Log(i + finite, log.loss.at[i].set(loss), log.norm.at[i].set(norm), counts)
            return carry, log, finite

        shapes = jax.eval_shape(lambda carry: outcome(jnp.int32(0), carry)[1], carry)
        empty = [jax.tree.map(lambda s: jnp.zeros(rates.shape, s.dtype), shape) for shape in shapes[1:]]
        log = Log(jnp.int32(0), *empty)
        going = lambda loop: (loop[1].done < count) & loop[2]  # noqa: E731 - a condition of one line
        carry, log, _ = lax.while_loop(going, body, (carry, log, jnp.bool_(True)))  # noqa: FBT003
        return carry, log

    compiled = jax.jit(many, donate_argnums=0)

    def updates(
        carry: Carry,
        batches: Any,
        rates: Float[np.ndarray, " capacity"],
        count: int,
        first: int,
        key: Key[Array, ""],
        shares: Float[np.ndarray, " capacity"] | None = None,
    ) -> tuple[Carry, Log]:
        carry, log = compiled(carry, constant, batches, rates, jnp.int32(count), jnp.uint32(first), key, shares)
        return carry, log

    return updates


def _drawn_near(mean: Array, new: Array, share: Array, finite: Array) -> Array:
    """The mean moved by a share of the way to the new value, and on it where the share is 1."""
    moved = new + (1 - share).astype(new.dtype) * (mean - new)
    return jnp.where(finite, moved, mean)


def _stepped(
    trained: PyTree, step: PyTree, rate: Array, finite: Array, table: Callable[[Any], Array] | None, rows: Array | None
) -> PyTree:
    """The parameters after one step; where the table's rows are given, the others are neither read nor written."""

    def changed(old: Array, step: Array) -> Array:
        return jnp.where(finite, old - rate.astype(old.dtype) * step, old)

    if table is None:
        return jax.tree.map(changed, trained, step)
    others = (eqx.tree_at(table, tree, None) for tree in (trained, step))
    delta = jnp.where(finite, -rate.astype(table(step).dtype) * table(step), 0.0)
    added = table(trained).at[rows].add(delta, mode="drop", unique_indices=True, indices_are_sorted=True)
    return eqx.tree_at(table, jax.tree.map(changed, *others), added, is_leaf=lambda leaf: leaf is None)
