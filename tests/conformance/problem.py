"""One small problem for every cell, and what is compared."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.engine import Cell, Start, plan_cell, recur, reference, start_letters, start_state
from carrousel.engine.letters import given

TIME, BATCH, INPUTS, HIDDEN = 5, 3, 4, 6

TOLERANCE = {
    "float64": 1e-11,  # sums of some hundred terms, each right to 1e-16
    "second order": 1e-9,  # the same, differentiated twice
    "finite differences": 1e-7,  # 1e-16 of values of order 10, over steps of 1e-6, and a square of the step
    "float32": 2e-5,  # the same, each right to 6e-8
    "mixed": 6e-2,  # bfloat16 operands are right to 4e-3
}


class Problem(NamedTuple):
    """Letters, sequences and states of a cell, drawn at random."""

    cell: Cell
    letters: dict[str, dict[str, Any]]
    xs: Any
    state: tuple[Any, ...]
    inputs: dict[str, Any]

    def run(self, letters: Any = None, xs: Any = None, state: Any = None, **how: Any) -> Any:
        """The engine's outputs, last states and named values."""
        return recur(
            self.cell,
            self.letters if letters is None else letters,
            self.xs if xs is None else xs,
            self.state if state is None else state,
            hidden=HIDDEN,
            **{"inputs": self.inputs, **how},
        )

    @property
    def start(self) -> tuple[Any, ...]:
        """The states before a first step."""
        plan = plan_cell(self.cell, inputs=self.xs.shape[-1], hidden=HIDDEN, dtype=self.xs.dtype)
        return tuple(jnp.broadcast_to(s, (BATCH, *s.shape)) for s in start_state(plan))

    def reference(self) -> Any:
        """The function's own outputs and last states, in numpy."""
        return reference(self.cell, self.letters, self.xs, self.state, self.inputs)


def sizes_of(cell: Cell) -> int:
    """The inputs' size: what the cell demands, else INPUTS."""
    return cell.shape("x", (INPUTS,), inputs=INPUTS, hidden=HIDDEN)[0]


def problem(cell: Cell, dtype: Any = jnp.float64, seed: int = 0) -> Problem:
    """Draw a problem; letters are spread so that no gate is idle."""
    inputs = sizes_of(cell)
    plan = plan_cell(cell, inputs=inputs, hidden=HIDDEN, dtype=dtype)
    key = jax.random.key(seed)
    random = np.random.default_rng(seed)
    letters = start_letters(plan, Start(), key=key)
    letters = {
        space: {
            k: a + (0.3 * random.normal(size=a.shape).astype(a.dtype) if space in cell.learned else 0)
            for k, a in of.items()
        }
        for space, of in letters.items()
    }
    xs = jnp.asarray(random.normal(size=(TIME, BATCH, inputs)), dtype)
    state = tuple(
        jnp.asarray(
            np.broadcast_to(s, (BATCH, *s.shape)) + (0.3 * random.random((BATCH, *s.shape)) if s.ndim else 0), dtype
        )
        for s in start_state(plan)
    )
    further = {
        name: jnp.asarray(np.cumsum(random.random((TIME, BATCH, *shape)), axis=0), dtype)
        for name, shape in cell.input_shapes(inputs=inputs, hidden=HIDDEN).items()
    }
    return Problem(cell, letters, xs, state, further)


def plain(p: Problem, letters: Any, xs: Any, state: Any) -> Any:
    """The cell's function in a plain scan that JAX differentiates by itself: (outputs, last states)."""
    spaces = p.cell.signature.spaces
    count = len(p.cell.signature.states)
    further = tuple(p.inputs[name] for name in p.cell.signature.inputs)

    def step(state: Any, now: Any) -> Any:
        named = {s: given(letters[s] if s in p.cell.learned else p.letters[s], kind, s) for s, kind in spaces.items()}
        out = p.cell.function(*now, *state, **named, **p.cell.options)
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        return tuple(results[-count:]), results[0]

    def one(state: Any, *now: Any) -> Any:
        return jax.lax.scan(step, state, now)[::-1]

    return jax.vmap(one, (0,) + (1,) * (1 + len(further)), (1, 0))(state, xs, *further)


def total(outputs: Any, state: Any) -> Any:
    """A scalar that every output and every last state enters."""
    return jnp.sum(jnp.sin(outputs)) + sum((jnp.sum(jnp.cos(s)) for s in state), start=jnp.zeros(()))


def difference(a: Any, b: Any) -> float:
    """The largest difference of two trees, relative to 1 + the size of the second."""
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return max(
        (
            float(
                np.max(np.abs(np.asarray(u) - np.asarray(v)) / (1 + np.max(np.abs(np.asarray(v)))))
                if np.size(u)
                else 0.0
            )
            for u, v in pairs
        ),
        default=0.0,
    )
