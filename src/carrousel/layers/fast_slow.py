"""Fast-slow stacks: several fast cells a step share a state, and one slow cell acts between them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from carrousel.cells import find_cell
from carrousel.engine import Blocks, Cell
from carrousel.engine.kinds import Namespace
from carrousel.errors import CellError


def fast_slow(fast: str | Cell | Callable[..., Any], slow: str | Cell | Callable[..., Any], *, count: int = 4) -> Cell:
    """A cell that takes `count` fast steps and a slow one for each input (Mujika, Meier & Steger 2017).

    The first fast cell reads x, the slow cell what that gives, the second fast cell what the slow one gives; the others
    read nothing. They pass one state on, each with letters of its own: `fast_W.1.i`, `fast_W.2.i`, …, `slow_W.i`.

    Args:
        fast: the cell that is fast, by name, as a Cell, or as equations.
        slow: the cell that is slow.
        count: how many fast cells there are.

    Raises:
        CellError: fewer than two fast cells, or a cell with further inputs, blocks, or fixed letters.
    """
    first, second = find_cell(fast), find_cell(slow)
    if count < 2:
        raise CellError(f"a fast-slow stack has at least two fast cells, got {count}")
    for cell in (first, second):
        if cell.signature.inputs or cell.fixed or Blocks in cell.signature.spaces.values():
            raise CellError(
                f"{cell.name} has further inputs, blocks or fixed letters, and a fast-slow stack takes none"
            )
    step = _stacked(first, second, count)
    return Cell(
        step,
        name=f"fast-slow-{first.name}-{second.name}-{count}",
        source="Mujika, Meier & Steger 2017",
        sizes={**_row(first.sizes, "fast", count, first), **_row(second.sizes, "slow", 0, second)},
        start={**_row(first.start, "fast", count, first), **_row(second.start, "slow", 0, second)},
        family="multi-rate",
        note="the slow cell has as many units as the fast ones",
    )


def _stacked(fast: Cell, slow: Cell, count: int) -> Callable[..., Any]:
    """The function of a whole step, with a signature of its own."""
    split = len(fast.signature.states)

    def step(x: Any, *states: Any, **spaces: Any) -> tuple[Any, ...]:
        of_fast, of_slow = states[:split], states[split:]
        y, of_fast = _one(fast, x, of_fast, spaces, "fast", "1.")
        y, of_slow = _one(slow, y, of_slow, spaces, "slow", "")
        for number in range(2, count + 1):
            y, of_fast = _one(fast, y if number == 2 else jnp.zeros(0, y.dtype), of_fast, spaces, "fast", f"{number}.")
        return y, *of_fast, *of_slow

    kinds = inspect.Parameter
    parameters = [kinds("x", kinds.POSITIONAL_OR_KEYWORD, annotation=_annotation(fast, "x"))]
    keywords = []
    for cell, prefix in ((fast, "fast"), (slow, "slow")):
        parameters += [
            kinds(f"{prefix}_{s}", kinds.POSITIONAL_OR_KEYWORD, annotation=_annotation(cell, s))
            for s in cell.signature.states
        ]
        keywords += [
            kinds(f"{prefix}_{s}", kinds.KEYWORD_ONLY, annotation=kind) for s, kind in cell.signature.spaces.items()
        ]
    step.__signature__ = inspect.Signature([*parameters, *keywords])  # type: ignore[attr-defined]
    return step


def _annotation(cell: Cell, name: str) -> Any:
    return inspect.signature(cell.function, eval_str=True).parameters[name].annotation


def _one(
    cell: Cell, x: Any, states: Sequence[Any], spaces: Mapping[str, Any], prefix: str, place: str
) -> tuple[Any, tuple[Any, ...]]:
    """One cell's step within the stack: its output and its new states."""
    own = {space: _Part(spaces[f"{prefix}_{space}"], place) for space in cell.signature.spaces}
    out = cell.function(x, *states, **own, **cell.options)
    results = tuple(out) if isinstance(out, tuple | list) else (out,)
    return results[0], results[-len(states) :]


class _Part(Namespace):
    """The letters of one cell among those of a stack."""

    def __init__(self, whole: Any, place: str) -> None:
        self._whole, self._place = whole, place

    def __getitem__(self, letter: Any) -> Any:
        return self._whole[f"{self._place}{letter}"]

    def __getattr__(self, letter: str) -> Any:
        return self[letter]


def _row(row: Mapping[str, Any], prefix: str, count: int, cell: Cell) -> dict[str, Any]:
    """What a cell's row says, of the letters and states of the stack."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        space, _, letter = name.partition(".")
        if space == "x" or (isinstance(value, str | tuple) and any(o in str(value) for o in cell.options)):
            raise CellError(f"{cell.name} has sizes beside the hidden one, and a fast-slow stack takes none")
        places = [f"{number}." for number in range(1, count + 1)] if letter and count else [""]
        out |= {f"{prefix}_{space}.{place}{letter}" if letter else f"{prefix}_{space}": value for place in places}
    return out
