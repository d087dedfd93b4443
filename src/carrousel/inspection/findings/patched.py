"""State patching between two sentences, step by step and state by state."""

from __future__ import annotations

import numpy as np

from carrousel.inspection.findings.finding import Finding, Grid
from carrousel.inspection.hypotheses import patch
from carrousel.model import Model


def patched(model: Model, base: str, source: str, *, answers: tuple[str, str] | None = None) -> Finding:
    """How far the answer to one sentence moves to that of another whose states are put in.

    Args:
        model: a recurrent language model.
        base: the sentence that is read.
        source: the sentence whose states are put in; it has as many tokens.
        answers: the next words that are compared; by default the likeliest after each.

    Raises:
        TextError: the sentences have different numbers of tokens, or one answer.
    """
    found = patch(model, base, source, answers=answers)
    moved = {f"layer {n} {state}": found.moved(scores) for (n, state), scores in found.scores.items()}
    moved["all states"] = found.moved(found.whole)
    pairs = list(zip(found.base, found.source, strict=True))[:-1]
    steps = [a if a == b else f"{a} / {b}" for a, b in pairs]
    own, other = found.answers
    return Finding(
        kind="patch",
        title=f"States of «{source}» put into «{base}»",
        about=f"The score is ln p({other}) - ln p({own}) of the next word: {found.base_score:.3f} for the sentence "
        f"that is read, {found.source_score:.3f} for the other. The numbers are the part of this way that the score "
        "moves where one state is put in after one step: 0 nothing, 1 all of it.",
        columns=["after the step", *moved],
        rows=[[f"{k} {step}", *(float(values[k]) for values in moved.values())] for k, step in enumerate(steps)],
        grid=Grid(
            rows=list(moved),
            columns=[f"{k} {step}" for k, step in enumerate(steps)],
            values=np.stack([*moved.values()]),
        ),
        details=found.as_json(),
    )
