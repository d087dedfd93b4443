"""One update of Hessian-free optimisation (Martens 2010; Martens & Sutskever 2011), compiled as a whole.

The loss is pictured as f + g'd + ½ d'(G + (λ + decay) I + μλ S)d: G its Gauss-Newton matrix, S that of the hidden
units. Conjugate gradients find a low point of it, backtracking an earlier iterate where the loss itself is lower, a
line search how far to go there; and the ratio of what the loss fell to what the picture said moves λ.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jax import Array, lax
from jax.flatten_util import ravel_pytree
from jaxtyping import Bool, Float, Int, PyTree

from carrousel.layers import trained as learns
from carrousel.training.hessian_free.conjugate import Path, conjugate_gradients
from carrousel.training.hessian_free.curvature import Batch, Problem, picture
from carrousel.training.hessian_free.settings import HessianFree

SHRINKS: Final = 60
"""How often a step is made shorter before none is made."""


class State(NamedTuple):
    """What one update hands to the next."""

    damping: Float[Array, ""]
    direction: Float[Array, " size"]
    """Where the last conjugate gradients ended; zero where no step was made."""


class Told(NamedTuple):
    """What happened in an update."""

    loss: Float[Array, ""]
    """The loss before it."""
    after: Float[Array, ""]
    """The loss after it, on the same batch."""
    norm: Float[Array, ""]
    """The gradient's norm."""
    ratio: Float[Array, ""]
    """By how much the loss fell, as a multiple of what was foretold."""
    damping: Float[Array, ""]
    """The damping that it was made with."""
    iterations: Int[Array, ""]
    """The iterations of conjugate gradients."""
    chosen: Int[Array, ""]
    """The iteration whose iterate was taken."""
    length: Float[Array, ""]
    """What of the step was made; 0 where no length lowered the loss."""
    finite: Bool[Array, ""]
    """Whether loss and gradient were finite; where they were not, nothing was changed."""


Step = Callable[..., tuple[PyTree, State, Told]]


def start_state(network: Any, settings: HessianFree) -> State:
    """The state before the first update of a network."""
    flat, _ = ravel_pytree(eqx.filter(network, learns(network)))
    return State(jnp.asarray(settings.damping, flat.dtype), jnp.zeros_like(flat))


def hessian_free_step(network: Any, problem: Problem, settings: HessianFree) -> Step:
    """A function `step(trained, state, batch, curvature_batch=None) -> (trained, state, told)`, for `jax.jit`.

    Args:
        network: gives the structure and the arrays that are not trained; its trained arrays are not read.
        problem: what is to be made small.
        settings: how.

    The function's arguments: `trained` the trained arrays; `batch` what the gradient and the line search see;
    `curvature_batch` what the curvature, backtracking and the reduction ratio see, where it is another one (often a
    part of the batch, since it is looked at hundreds of times).
    """
    rest = eqx.partition(network, learns(network))[1]

    def step(
        trained: PyTree, state: State, batch: Batch, curvature_batch: Batch | None = None
    ) -> tuple[PyTree, State, Told]:
        at, unravel = ravel_pytree(trained)

        def whole(vector: Array) -> Any:
            return eqx.combine(unravel(vector), rest)

        def loss(vector: Array, batch: Batch) -> Array:
            outputs, _ = problem.forward(whole(vector), batch)
            return problem.total(problem.loss.link(outputs), batch) + 0.5 * settings.decay * vector @ vector

        decayed = 0.5 * settings.decay * at @ at
        seen = picture(problem, whole, at, batch)
        few = batch if curvature_batch is None else curvature_batch
        bent = seen if few is batch else picture(problem, whole, at, few)
        gradient = seen.gradient + settings.decay * at
        before, before_bent = seen.loss + decayed, bent.loss + decayed
        finite = jnp.isfinite(before) & jnp.isfinite(gradient).all()
        flat, held = state.damping + settings.decay, state.damping * settings.structural

        path = conjugate_gradients(
            lambda v: bent.product(v, held) + flat * v,
            -gradient,
            settings.warm * state.direction,
            iterations=settings.iterations,
            tolerance=settings.tolerance if settings.stopping == "progress" else None,
        )
        place, reached = _backtrack(path, lambda d: loss(at + d, few), active=settings.backtrack)
        chosen, foretold = path.kept[place], path.values[place]
        ratio = jnp.where(foretold < 0, (reached - before_bent) / foretold, -jnp.inf)
        length, after = _line_search(lambda d: loss(at + d, batch), before, gradient, chosen, settings)
        moved = finite & (length > 0)
        told = Told(
            before, after, jnp.linalg.norm(gradient), ratio, state.damping, path.iterations, path.numbers[place],
            length, finite,
        )  # fmt: skip
        new = State(
            jnp.where(finite, state.damping * damping_change(ratio).astype(flat.dtype), state.damping),
            jnp.where(moved, path.kept[path.last], jnp.where(finite, 0, state.direction)),
        )
        return unravel(jnp.where(moved, at + length * chosen, at)), new, told

    return step


def damping_change(ratio: Float[Array, ""]) -> Float[Array, ""]:
    """What the damping is multiplied by: 2/3 where the picture was true, 3/2 where it was not (Levenberg-Marquardt)."""
    return jnp.where(ratio > 0.75, 2 / 3, jnp.where(ratio >= 0.25, 1.0, 3 / 2))


def _backtrack(path: Path, loss: Callable[[Array], Array], *, active: bool) -> tuple[Array, Array]:
    """The place of the iterate to take, and the loss there: from the last one back while the loss gets no higher."""

    def back(now: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        look, place, found, _ = now
        here = loss(path.kept[look])
        better = ~(here > found) | ~jnp.isfinite(found)
        place, found = jnp.where(better, look, place), jnp.where(better, here, found)
        return look - 1, place, found, better & (look > 0) & active

    begin = path.last, path.last, jnp.asarray(jnp.inf, path.values.dtype), jnp.bool_(True)  # noqa: FBT003 - it goes on
    _, place, found, _ = lax.while_loop(lambda now: now[3], back, begin)
    return place, found


def _line_search(
    loss: Callable[[Array], Array], before: Array, gradient: Array, direction: Array, settings: HessianFree
) -> tuple[Array, Array]:
    """What of a step is made, and the loss there: the first of the powers of `shrink` that lowers it enough, else 0."""
    promised = settings.sufficient * jnp.minimum(gradient @ direction, 0)

    def attempt(now: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        length, _, _, tries = now
        found = loss(length * direction)
        falls = (found < before) & (found <= before + length * promised)
        return jnp.where(falls, length, length * settings.shrink), found, falls, tries + 1

    begin = jnp.ones_like(before), before, jnp.bool_(False), jnp.int32(0)  # noqa: FBT003 - nothing was tried
    length, found, falls, _ = lax.while_loop(lambda now: ~now[2] & (now[3] <= SHRINKS), attempt, begin)
    return jnp.where(falls, length, 0), jnp.where(falls, found, before)
