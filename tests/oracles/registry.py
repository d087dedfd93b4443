"""What holds each cell from outside its own file: another library, a closed form or number, or another cell."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from carrousel.cells import find_cell
from carrousel.engine import Cell, plan_cell, reference

Kind = Literal["library", "numbers", "identity"]


class Check(NamedTuple):
    """One outside check of one cell."""

    cell: str
    kind: Kind
    against: str
    run: Callable[[], None]


CHECKS: list[Check] = []


def check(cell: str, kind: Kind, against: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter a check into the table; it raises AssertionError if the cell is wrong."""

    def enter(run: Callable[[], None]) -> Callable[[], None]:
        CHECKS.append(Check(cell, kind, against, run))
        return run

    return enter


def draw(name: str, inputs: int = 4, hidden: int = 6, seed: int = 0, **options: Any) -> dict[str, np.ndarray]:
    """Letters of a cell drawn at random, by their whole names (`"W.i"`); constants are those of its row."""
    cell = find_cell(name).with_options(**options)
    random = np.random.default_rng(seed)
    plan = plan_cell(cell, inputs=inputs, hidden=hidden, dtype="float64")
    letters = {}
    for (space, letter), shape in plan.letters.items():
        value = cell.start.get(f"{space}.{letter}", cell.start.get(space))
        constant = not cell.signature.spaces[space].learned
        letters[f"{space}.{letter}"] = (
            np.broadcast_to(value(shape) if callable(value) else value, shape) * 1.0
            if constant
            else random.normal(size=shape) * 0.5
        )
    return letters


def sequence(size: int = 4, steps: int = 5, seed: int = 1) -> np.ndarray:
    """Inputs drawn at random: (steps, size)."""
    return np.random.default_rng(seed).normal(size=(steps, size))


def begin(cell: Cell, inputs: int, hidden: int) -> tuple[np.ndarray, ...]:
    """The states that a cell begins with."""
    shapes = cell.state_shapes(inputs=inputs, hidden=hidden)
    return tuple(np.full(shape, cell.start.get(name, 0.0)) for name, shape in shapes.items())


def play(
    name: str,
    letters: dict[str, Any],
    xs: np.ndarray,
    state: tuple[Any, ...] | None = None,
    inputs: dict[str, Any] | None = None,
    *,
    hidden: int = 6,
    **options: Any,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Run a cell over one sequence in numpy: outputs (steps, outputs) and last states."""
    cell = find_cell(name).with_options(**options)
    nested: dict[str, dict[str, Any]] = {space: {} for space in cell.signature.spaces}
    for whole, value in letters.items():
        space, _, letter = whole.partition(".")
        if space in nested and letter:
            nested[space][letter] = np.asarray(value, float)
    xs = np.asarray(xs, float)
    state = begin(cell, xs.shape[1], hidden) if state is None else state
    further = {k: np.asarray(v, float)[:, None] for k, v in (inputs or {}).items()}
    ys, last = reference(cell, nested, xs[:, None], tuple(np.asarray(s, float)[None] for s in state), further)
    return ys[:, 0], [s[0] for s in last]


def steps_agree(
    name: str,
    letters: dict[str, Any],
    xs: np.ndarray,
    other: Callable[[np.ndarray, list[np.ndarray]], np.ndarray],
    inputs: dict[str, Any] | None = None,
    **how: Any,
) -> None:
    """Every output of a cell equals what `other` makes of the input and the states before it."""
    state: Any = None
    options = {k: v for k, v in how.items() if k != "hidden"}
    for t, x in enumerate(xs):
        before = (
            begin(find_cell(name).with_options(**options), len(x), how.get("hidden", 6)) if state is None else state
        )
        now = {k: np.asarray(v)[t : t + 1] for k, v in (inputs or {}).items()}
        ys, state = play(name, letters, x[None], tuple(before), now, **how)
        close(ys[0], other(x, list(before)))


def close(a: Any, b: Any, tolerance: float = 1e-11) -> None:
    """Two arrays agree to a tolerance relative to 1 + their size."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, (a.shape, b.shape)
    wrong = np.max(np.abs(a - b) / (1 + np.abs(b)))
    assert wrong < tolerance, wrong


def logistic(v: Any) -> Any:
    """The logistic function in numpy."""
    return 1 / (1 + np.exp(-np.asarray(v, float)))


OPEN, SHUT = 60.0, -60.0
"""Gate biases whose logistic is 1, and 9e-27."""
