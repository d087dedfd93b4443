"""Probes of a ready-made set: what can be read off states, which units tell it, what is lost without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from carrousel.inspection.findings.finding import Finding
from carrousel.inspection.hypotheses import (
    NOTES,
    ProbeSet,
    ablate,
    fill_blank,
    find_set,
    probe_states,
    rank_units,
)
from carrousel.model import Model

BLANKS: Final = "notes"
"""The set of the lecture notes' sentences with a blank."""
SHOWN: Final = 12
"""Units that a table shows; the JSON has them all."""
LINES: Final = 400
"""Lines that probes learn from and are tested on."""
PAIRS: Final = 40
"""Minimal pairs that are decided without each unit."""


def probed(
    model: Model,
    name: str,
    *,
    lines: int = LINES,
    pairs: int = PAIRS,
    seed: int = 0,
    watch: Callable[[int, int], None] | None = None,
) -> Iterator[Finding]:
    """What a set tells of a model.

    Args:
        model: a recurrent language model.
        name: a set of `carrousel.inspection.hypotheses`, or `notes` for the blanks of the lecture notes.
        lines: lines to draw, of which probes learn and are tested.
        pairs: minimal pairs that are decided without each unit.
        seed: of the lines and pairs that are drawn.
        watch: called with the number of units that were held still so far, and of all.

    Raises:
        SettingsError: no set has this name.
        TextError: the vocabulary knows too little of the set.
    """
    if name == BLANKS:
        yield _blanks(model)
        return
    chosen = find_set(name)
    yield _probes(model, chosen, lines, seed)
    yield _units(model, chosen, lines, seed)
    if chosen.pairs is not None:
        yield _ablation(model, chosen, pairs, seed, watch)


def _probes(model: Model, chosen: ProbeSet, lines: int, seed: int) -> Finding:
    found = probe_states(model, chosen, lines=lines, seed=seed)
    return Finding(
        kind="probe",
        title=f"Probes for {chosen.name}",
        about=f"The label: {chosen.about}. Shares of right answers of a logistic probe on lines that it has not seen; "
        "beside it the most frequent label, the best guess by the word alone, the same probe on labels drawn at random "
        "for every word, and on a network that was never trained.",
        columns=["state", "right", "most frequent", "by the word", "random labels", "untrained", "selectivity"],
        rows=[
            [f"layer {p.layer} {p.state}", p.accuracy, p.majority, p.by_word, p.control, p.untrained, p.selectivity]
            for p in found
        ],
        details={"set": chosen.name, "probes": [p.as_json() for p in found]},
    )


def _units(model: Model, chosen: ProbeSet, lines: int, seed: int) -> Finding:
    found = rank_units(model, chosen, lines=lines, seed=seed)
    return Finding(
        kind="units",
        title=f"Single units that tell {chosen.name}",
        about=f"The {SHOWN} units of {len(found):,} whose value correlates most with the label, and the chance that "
        "the unit alone puts a pair of steps in the right order.",
        columns=["unit", "correlation", "area"],
        rows=[[f"layer {u.layer} {u.state} {u.unit}", u.correlation, u.area] for u in found[:SHOWN]],
        details={"set": chosen.name, "units": [u.as_json() for u in found]},
    )


def _ablation(
    model: Model, chosen: ProbeSet, pairs: int, seed: int, watch: Callable[[int, int], None] | None
) -> Finding:
    found = ablate(model, chosen.draw_pairs(pairs, seed=seed), watch=watch)
    skipped = f", {found.skipped} left out for unknown words" if found.skipped else ""
    return Finding(
        kind="ablation",
        title=f"Minimal pairs of {chosen.name} without single units",
        about=f"{found.pairs} pairs{skipped}: the network as it is decides {found.accuracy:.0%} rightly, with a mean "
        f"margin of {found.margin:.3f} nats. Below, the {SHOWN} units whose loss lowers the margin most, each held at "
        "its mean.",
        columns=["unit held still", "right", "margin in nats", "margin lost"],
        rows=[
            [f"layer {u.layer} {u.state} {u.unit}", u.accuracy, u.margin, found.margin - u.margin]
            for u in found.units[:SHOWN]
        ],
        details={"set": chosen.name, **found.as_json()},
    )


def _blanks(model: Model) -> Finding:
    filled = {name: fill_blank(model, blank.sentence, blank.candidates) for name, blank in NOTES.items()}
    return Finding(
        kind="blanks",
        title="The blanks of the lecture notes",
        about="Candidates ranked by the words before the blank alone and, beside it, by the whole sentence; what the "
        "notes expect stands last.",
        columns=["sentence", "by the words before", "by the whole sentence", "unknown to the model", "expected"],
        rows=[
            [
                found.sentence,
                ", ".join(found.by_left),
                ", ".join(found.by_whole),
                ", ".join(found.unknown) or "none",
                NOTES[name].expected,
            ]
            for name, found in filled.items()
        ],
        details={
            "set": BLANKS,
            "blanks": [
                {"name": name, "expected": NOTES[name].expected, "source": NOTES[name].source, **found.as_json()}
                for name, found in filled.items()
            ],
        },
    )
