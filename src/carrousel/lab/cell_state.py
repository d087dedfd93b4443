"""What the cell state holds, the subject's number and gender, and what the gates do where the notes look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from statistics import mean, stdev
from typing import Any, Final

import numpy as np

from carrousel.inspection.flow import untrained
from carrousel.inspection.hypotheses import ablate, find_set, probe_states
from carrousel.inspection.tracing import trace_words
from carrousel.lab.agreement import network_of, sentences
from carrousel.lab.claim import Claim
from carrousel.lab.report import Finding, Part, Report, Table, Verdict
from carrousel.lab.workbench import Workbench
from carrousel.model import Model
from carrousel.text import Text
from carrousel.text.agreement import WORDS
from carrousel.training.corpora import Texts

PROPERTIES: Final = ("number", "gender")
GATES: Final = ("f", "i", "o")
VERBS: Final = frozenset(
    word for kind in ("rests", "acts") for form in ("one", "many") for word in WORDS[f"{kind}-{form}"].split()
)
CLEAR: Final = 0.05
"""What a probe has to be above its controls, or a unit's loss below the whole network, for a verdict."""

Result = Mapping[str, Any]


def run(bench: Workbench) -> Report:
    """Train LSTMs, read properties off their states, and look at the gates."""
    train, valid = sentences(bench)
    found = [
        bench.kept(f"lstm-{seed}", partial(_looked, bench, seed, train, valid))
        for seed in bench.each(bench.seeds, "LSTM, seed")
    ]
    return Report(findings=_findings(found), parts=_parts(found), figures={"seeds": found})


def _looked(bench: Workbench, seed: int, train: Text, valid: Text) -> dict[str, Any]:
    """All that is measured of one network."""
    model = network_of(bench, "lstm", seed, Texts(train=train, valid=valid))
    lines = list(islice(valid.lines(), bench.pick(400, 60)))
    probes: dict[str, Any] = {}
    ablations: dict[str, Any] = {}
    for name in bench.pick(PROPERTIES, PROPERTIES[:1]):
        chosen = find_set(name)
        probes[name] = {
            probe.state: probe.as_json() for probe in probe_states(model, chosen, lines=bench.pick(600, 200), seed=seed)
        }
        if bench.scale == "full":
            without = ablate(model, chosen.draw_pairs(80, seed=seed), states={"c"})
            least = min(without.units, key=lambda unit: unit.accuracy)
            ablations[name] = {"whole": without.accuracy, "unit": least.unit, "without": least.accuracy}
    gates = {"trained": _gates(model, lines), "untrained": _gates(untrained(model, seed=seed), lines)}
    told = ", ".join(f"{name} {each['c']['accuracy']:.1%}" for name, each in probes.items())
    bench.note(f"lstm-{seed}, right of c's probes: {told}")
    return {"probes": probes, "ablations": ablations, "gates": gates}


def _gates(model: Model, lines: Sequence[str]) -> dict[str, dict[str, float]]:
    """The mean of each gate at full stops, at ends of lines, before verbs and at all other words."""
    ids = model.tokenizer.encode("".join(f"{line}\n" for line in lines))
    words = [model.tokenizer.token(int(index)) for index in ids]
    layer = trace_words(model, ids, keep=set(GATES)).layers[0]
    place = np.array([_place(word, after) for word, after in zip(words, [*words[1:], ""], strict=True)])
    return {
        gate: {kind: float(layer.values[gate][place == kind].mean()) for kind in np.unique(place).tolist()}
        for gate in GATES
    }


def _place(word: str, after: str) -> str:
    if word == ".":
        return "full stop"
    if word == "<eos>":
        return "end of line"
    return "before a verb" if after in VERBS else "other words"


def _findings(found: Sequence[Result]) -> list[Finding]:
    return [
        *(_probe(found, name) for name in found[0]["probes"]),
        *(_ablation(found, name) for name in found[0]["ablations"]),
        _gate(
            found,
            "f",
            ("full stop", "end of line"),
            "forget gate where a sentence ends",
            "the subject is forgotten at the full stop: the gate closes there",
            lower=True,
        ),
        _gate(
            found,
            "o",
            ("before a verb",),
            "output gate at the word before a verb",
            "what the verb needs is put out when it is needed: the gate opens there",
            lower=False,
        ),
    ]


def _probe(found: Sequence[Result], name: str) -> Finding:
    each = [result["probes"][name]["c"] for result in found]
    accuracy = mean(probe["accuracy"] for probe in each)
    controls = {key: mean(probe[key] for probe in each) for key in ("untrained", "by_word", "majority")}
    return Finding(
        what=f"{name} of the subject, read off c by a linear probe, up to the verb",
        ours=f"{_spread([probe['accuracy'] for probe in each])}; an untrained network {controls['untrained']:.1%}, the "
        f"word alone {controls['by_word']:.1%}, the most frequent answer {controls['majority']:.1%}",
        published="the cell state holds it",
        verdict=_held(accuracy, max(controls.values())),
        because=f"agrees: more than {CLEAR:.0%} above all three controls, on lines that the probe has not seen; in "
        "part: it is there, and a control shows it as well, so that training need not have put it there",
    )


def _held(accuracy: float, control: float) -> Verdict:
    if accuracy > control + CLEAR:
        return "agrees"
    return "in part" if accuracy > 0.9 else "disagrees"


def _ablation(found: Sequence[Result], name: str) -> Finding:
    whole = mean(result["ablations"][name]["whole"] for result in found)
    without = mean(result["ablations"][name]["without"] for result in found)
    return Finding(
        what=f"pairs of {name} that are right with one unit of c held at its mean, the one that matters most",
        ours=f"{without:.1%}, of the whole network {whole:.1%}",
        published="",
        verdict="no figure",
        because="the notes speak of the cell state, not of single units",
    )


def _gate(found: Sequence[Result], gate: str, places: Sequence[str], what: str, says: str, *, lower: bool) -> Finding:
    """Whether a gate is lower, or higher, at some places than at other words."""
    here = {
        which: [mean(r["gates"][which][gate][p] for p in places) for r in found] for which in ("trained", "untrained")
    }
    there = {which: [r["gates"][which][gate]["other words"] for r in found] for which in ("trained", "untrained")}
    changes = [(a - b) * (-1 if lower else 1) for a, b in zip(here["trained"], there["trained"], strict=True)]
    before = mean(here["untrained"]) - mean(there["untrained"])
    return Finding(
        what=f"mean of the {what}, and at other words",
        ours=f"{mean(here['trained']):.3f}, {mean(there['trained']):.3f} (untrained, a difference of {before:+.3f})",
        published=says,
        verdict=_direction(changes),
        because="the verdict is on the direction in every seed, and on a difference of at least 0.02",
    )


def _direction(changes: Sequence[float]) -> Verdict:
    if min(changes) > 0 and mean(changes) >= 0.02:
        return "agrees"
    return "in part" if mean(changes) > 0 else "disagrees"


def _parts(found: Sequence[Result]) -> list[Part]:
    names = ("accuracy", "majority", "by_word", "control", "untrained")
    probes = [
        [name, state, *(mean(result["probes"][name][state][key] for result in found) for key in names)]
        for name in found[0]["probes"]
        for state in ("c", "h")
    ]
    places = ("other words", "before a verb", "full stop", "end of line")
    gates = [
        [f"{gate}, {which}", *(mean(result["gates"][which][gate][place] for result in found) for place in places)]
        for gate in GATES
        for which in ("trained", "untrained")
    ]
    return [
        Table(
            caption="Linear probes on lines that they have not seen (the mean over the seeds)",
            columns=["property", "state", "right", "most frequent", "by the word", "random labels", "untrained"],
            rows=probes,
        ),
        Table(
            caption="Means of gates over all units, held-out sentences, the state carried",
            columns=["gate", *places],
            rows=gates,
        ),
    ]


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.1%}" + (f" ± {stdev(values):.1%}" if len(values) > 1 else "")


CLAIM = Claim(
    name="cell-state",
    title="The cell state holds the subject's number and gender, and the gates act when they change",
    source="Lecture notes, the example of the cell state, and the parts on the forget, input and output gate",
    says="The cell state holds the number and the gender of the present subject. The forget gate drops them when a "
    "sentence ends, and the output gate puts out what the verb needs when it is needed.",
    protocol="LSTMs trained on the sentences of builtin:agreement. A linear probe reads a property off c at every word "
    "between subject and verb, beside four controls; pairs are decided with one unit held still; and the means of the "
    "gates over all units are laid side by side for full stops, ends of lines, words before verbs, and others.",
    run=run,
    minutes=5,
)
