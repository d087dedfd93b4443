"""Any cell over time, as a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Inexact, Int, Key

from carrousel.cells import find_cell
from carrousel.engine import (
    Cell,
    Plan,
    Recurred,
    Start,
    Storage,
    Wrapper,
    plan_cell,
    recur,
    start_letters,
    start_state,
    stepper,
)
from carrousel.errors import ShapeError

State = tuple[Array, ...]


class Recurrent(eqx.Module):
    """A recurrent cell over time: `ys, state = layer(xs, state)`."""

    letters: dict[str, dict[str, Array]]
    """What is learned, namespace -> letter -> array."""
    fixed: dict[str, dict[str, Array]]
    """Constants, and namespaces that are drawn once and never trained."""
    cell: Cell = eqx.field(static=True)
    """The cell, bare."""
    wrappers: tuple[Wrapper, ...] = eqx.field(static=True)
    """What changes the cell's step, the innermost first."""
    inputs: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    def __init__(
        self,
        cell: str | Cell | Callable[..., Any],
        *,
        inputs: int,
        hidden: int,
        key: Array,
        start: Start | None = None,
        wrappers: Sequence[Wrapper] = (),
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw the letters of a cell.

        Args:
            cell: a name of the catalogue, a Cell, or a function of your own in the language of cells.
            inputs: the size of x.
            hidden: the hidden size.
            key: a random key.
            start: how letters start; by default as the cell's row says.
            wrappers: what changes the cell's step, the innermost first.
            dtype: float32 or float64.

        Raises:
            CellError: there is no such cell, its equations are wrong, or a wrapper finds nothing to act on.
            ShapeError: a size is below 1.
        """
        if min(inputs, hidden) < 1:
            raise ShapeError(f"a layer has 1 input and 1 unit at least, got inputs={inputs} and hidden={hidden}")
        self.cell, self.wrappers = find_cell(cell), tuple(wrappers)
        self.inputs, self.hidden = inputs, hidden
        plan = plan_cell(self.cell.wrapped(self.wrappers), inputs=inputs, hidden=hidden, dtype=dtype)
        letters = start_letters(plan, start or Start(), key=key)
        self.letters = {s: a for s, a in letters.items() if s in plan.cell.learned}
        self.fixed = {s: a for s, a in letters.items() if s not in plan.cell.learned}

    @property
    def plan(self) -> Plan:
        """How the cell with its wrappers runs at these sizes, outside of training."""
        return plan_cell(self.cell.wrapped(self.wrappers), inputs=self.inputs, hidden=self.hidden, dtype=self.dtype)

    @property
    def dtype(self) -> Any:
        """The number format of the letters."""
        return next((a.dtype for a in jax.tree.leaves(self.letters)), jnp.dtype(jnp.float32))

    @property
    def outputs(self) -> int:
        """The size of the output."""
        return self.plan.outputs

    def start_state(self, batch: int) -> State:
        """The states before the first step, (batch, …) each."""
        return tuple(jnp.broadcast_to(s, (batch, *s.shape)) for s in start_state(self.plan))

    def __call__(
        self,
        xs: Inexact[Array, "time batch inputs"],
        state: State | None = None,
        *,
        inputs: Mapping[str, Array] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        mask: Bool[Array, "time batch"] | None = None,
        reverse: bool = False,
        precision: str = "float32",
        segment: int | None = None,
        scan: str = "auto",
        key: Key[Array, ""] | None = None,
    ) -> tuple[Float[Array, "time batch outputs"], State]:
        """Run over time.

        Args:
            xs: the inputs.
            state: the states that come in; those of `start_state` by default.
            inputs: the further inputs of the cell by name, (time, batch, …) each.
            lengths: the length of each sequence; outputs past it are zero and the state is the one at it.
            resets: true where the state starts afresh before the step; no gradient passes there.
            mask: false where a step is left out: the state stays and the output is zero.
            reverse: each sequence from its own end.
            precision: `float32` or `mixed`.
            segment: steps kept at a time for the gradient; 0 for all; by default chosen by the length.
            scan: `steps`, `parallel` for loops that are linear in the state, or `kernel` for one launch on a GPU
                (elsewhere interpreted, slowly); by default `auto`: as was measured to be faster, and on a GPU in a
                kernel where one fits.
            key: a random key in training, for what the wrappers draw; None outside of training.

        Returns:
            The outputs, and the last states.

        Raises:
            ShapeError: an array has another shape than the cell needs.
        """
        out = self.run(
            xs,
            state,
            inputs=inputs,
            lengths=lengths,
            resets=resets,
            mask=mask,
            reverse=reverse,
            precision=precision,
            segment=segment,
            scan=scan,
            key=key,
        )
        return out.outputs, out.state

    def run(self, xs: Inexact[Array, "time batch inputs"], state: State | None = None, **how: Any) -> Recurred:
        """The same with every named value at every step where `named=True` is given."""
        if xs.shape != (*xs.shape[:2], self.inputs):
            one = "; for one sequence, add the batch axis: xs[:, None]" if xs.shape[1:] == (self.inputs,) else ""
            raise ShapeError(f"xs must be (time, batch, inputs={self.inputs}), got {xs.shape}{one}")
        state = self.start_state(xs.shape[1]) if state is None else state
        cell = self.cell.wrapped(self.wrappers, training=how.get("key") is not None)
        return recur(cell, self.arrays, xs, state, hidden=self.hidden, **how)

    def stepper(
        self,
        precision: str = "float32",
        storage: Storage | None = None,
        streams: int = 1,
        words: Float[Array, "words inputs"] | None = None,
    ) -> Callable[..., tuple[Array, State]]:
        """One step as a function `(xs (batch, inputs), state, inputs) -> (ys, state)`, its matrices stacked already.

        Args:
            precision: `float32` or `mixed`.
            storage: what the matrices are kept as for few sequences; None leaves their numbers as they are.
            streams: how many sequences will be run side by side.
            words: where every x is one of few vectors, all of them: xs (batch,) are their numbers then.
        """
        return stepper(self.plan, self.arrays, precision, storage, streams, words)

    @property
    def arrays(self) -> dict[str, dict[str, Array]]:
        """All letters, learned and fixed."""
        return {**self.letters, **self.fixed}


def trained(network: Any) -> Any:
    """Which leaves of a network training changes: its float arrays, but the fixed letters of its cells."""

    def leaves(node: Any) -> Any:
        if not isinstance(node, Recurrent):
            return eqx.is_inexact_array(node)
        every = jax.tree.map(eqx.is_inexact_array, node)
        return eqx.tree_at(lambda n: n.fixed, every, jax.tree.map(lambda _: False, node.fixed))

    return jax.tree.map(leaves, network, is_leaf=lambda node: isinstance(node, Recurrent))
