"""Two models on one text, and one model as its training went on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carrousel.inspection.comparison import Summary, compare
from carrousel.inspection.findings.finding import Finding
from carrousel.inspection.findings.measured import loss_curves
from carrousel.inspection.trace import Trace


def side_by_side(first: Trace, second: Trace, *, names: tuple[str, str]) -> Finding:
    """Where two models expect different things, and how far their values lie apart.

    Args:
        first: a trace.
        second: that of another model on the same tokens.
        names: of the models.

    Raises:
        TextError: the traces are of different tokens.
    """
    found = compare(first, second)
    steps = max(1, first.time - 1)
    gained = np.nan_to_num(found.log_probabilities)
    place = "nowhere" if found.first_disagreement is None else f"at step {found.first_disagreement}"
    rows: list[list[object]] = [
        [f"nats a token, {name}", nats / steps] for name, nats in zip(names, found.nats, strict=True)
    ]
    rows += [
        ["steps at which they expect different tokens most", found.disagreements],
        ["the first of them", place],
        *(
            [f"{_called(first, int(step))}: nats that {names[1]} gives more", float(gained[step])]
            for step in (int(gained.argmax()), int(gained.argmin()))
        ),
    ]
    rows += [
        [f"layer {number} {value}: root mean square of the difference", size]
        for number, layer in enumerate(found.values, 1)
        for value, size in layer.items()
    ]
    return Finding(
        kind="difference",
        title=f"{names[0]} and {names[1]}, step by step",
        about="Values are compared where both models have one of that name in one shape.",
        columns=["what", "measured"],
        rows=rows,
        details={"models": list(names), **found.as_json()},
    )


def over_checkpoints(stages: Sequence[Summary]) -> Finding:
    """How gates and gradient flow changed over a run.

    Args:
        stages: the run's checkpoints, the oldest first.
    """
    first = stages[0]
    gates = [(number, name) for number, layer in enumerate(first.gates) for name in layer]
    curves = list(loss_curves(first.flow))
    return Finding(
        kind="checkpoints",
        title="Over the checkpoints of the run",
        about="Gates are means over all units and steps; factors are those of the gradient of the loss by a state, a "
        "step back.",
        columns=[
            "checkpoint",
            "nats a token",
            *(f"layer {number + 1} {name}" for number, name in gates),
            *(f"factor of {name}" for name in curves),
        ],
        rows=[
            [
                stage.name,
                stage.nats,
                *(float(stage.gates[number][name].mean.mean()) for number, name in gates),
                *(curve.gamma for curve in loss_curves(stage.flow).values()),
            ]
            for stage in stages
        ],
        details={"checkpoints": [stage.as_json() for stage in stages]},
    )


def _called(trace: Trace, step: int) -> str:
    return f"step {step}, {trace.names[step]!r} to {trace.names[step + 1]!r}"
