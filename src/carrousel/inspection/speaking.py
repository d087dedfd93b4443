"""«LSTM speaking»: what each gate did at each step, as numbers and as sentences that state those numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from carrousel.errors import SettingsError
from carrousel.inspection.gates import OPEN, SHUT
from carrousel.inspection.keeping import kept_fraction, kept_state
from carrousel.inspection.ranges import gate_names
from carrousel.inspection.trace import OLD, LayerTrace, Trace

MOVERS: Final = 3
"""Units that a sentence names."""
DEGREES: Final = ((SHUT, "shut"), (0.4, "mostly shut"), (0.6, "half open"), (OPEN, "mostly open"), (1.1, "open"))
"""The word for a gate's mean, by what it is below: .1, .4, .6, .9."""
QUESTIONS: Final = {
    "i": "How important is my input?",
    "keeps": "How important is my past state?",
    "g": "What could be a relevant new memory?",
    "c": "Ok, let's compute my new state.",
    "o": "Is my new state useful for output?",
    "h": "What is my new output?",
}
"""The lecture notes' questions in their order, by the letters of an LSTM; `keeps` is the gate that keeps the state."""


class Said(NamedTuple):
    """One line of one layer at one step."""

    question: str
    name: str
    """The value that answers, as the equations name it."""
    answer: str
    numbers: dict[str, float]
    """What the answer states."""


@dataclass(frozen=True, kw_only=True)
class SpokenStep:
    """One step in words."""

    step: int
    token: str
    """What was read."""
    layers: tuple[tuple[Said, ...], ...]
    """The lines of each layer, from the bottom."""
    expected: tuple[tuple[str, float], ...]
    """The likeliest next tokens and their probabilities."""
    follows: tuple[str, float] | None
    """The token that follows in the text and the probability that it was given; None at the last step."""

    def as_json(self) -> dict[str, Any]:
        """The step as plain values."""
        return {
            "step": self.step,
            "token": self.token,
            "layers": [[said._asdict() for said in layer] for layer in self.layers],
            "expected": [{"token": token, "probability": p} for token, p in self.expected],
            "follows": None if self.follows is None else {"token": self.follows[0], "probability": self.follows[1]},
        }


def speak(trace: Trace, *, units: Sequence[int] | None = None) -> Iterator[SpokenStep]:
    """Every step of a text in words.

    For an LSTM these are the questions of the notes in their order; a gate that another cell has beside them, or in
    their place, is told after them by its name. A sentence states what was measured and no more.

    Args:
        trace: the text as the model read it.
        units: the units that are spoken of; all by default.

    Raises:
        SettingsError: a unit that a layer lacks.
    """
    speakers = [_Speaker(layer, units) for layer in trace.layers]
    for step, token in enumerate(trace.names):
        chances = np.exp(trace.top_log_probabilities[step]).tolist()
        words = [trace.tokenizer.token(i) for i in trace.top_ids[step].tolist()]
        last = step == trace.time - 1
        yield SpokenStep(
            step=step,
            token=token,
            layers=tuple(tuple(speaker.lines(step)) for speaker in speakers),
            expected=tuple(zip(words, chances, strict=True)),
            follows=None if last else (trace.names[step + 1], float(np.exp(trace.log_probabilities[step]))),
        )


class _Speaker:
    """Speaks for one layer."""

    def __init__(self, layer: LayerTrace, units: Sequence[int] | None) -> None:
        self.layer, self.units = layer, None if units is None else np.asarray(units)
        self.gates = [name for name in gate_names(layer.plan) if name in layer.values]
        kept, state = kept_fraction(layer), kept_state(layer.plan)
        self.kept = None if kept is None or state is None else (state, kept)
        named = {name for name in (*QUESTIONS, "keeps") if name in layer.values}
        if layer.cell.keeps in self.gates:
            named.add(layer.cell.keeps)
        self.others = [name for name in self.gates if name not in named]

    def lines(self, step: int) -> Iterator[Said]:
        values = self.layer.values
        for name, question in QUESTIONS.items():
            if name == "keeps":
                if self.kept is not None:
                    yield self.keeping(question, *self.kept, step)
            elif name not in values or not np.issubdtype(values[name].dtype, np.floating):
                continue
            elif name in self.gates:
                yield self.gate(question, name, step)
            elif name + OLD in values:
                yield self.state(question, name, step)
            else:
                yield self.candidate(question, name, step)
        for name in self.others:
            yield self.gate(f"And {name}?", name, step)

    def chosen(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A value as (time, units), and the numbers of its units."""
        return self.of(self.layer.units(name))

    def of(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.units is None:
            return values, np.arange(values.shape[1])
        if self.units.size and not 0 <= self.units.min() <= self.units.max() < values.shape[1]:
            raise SettingsError(f"units are numbers from 0 to {values.shape[1] - 1}, not {self.units.tolist()}")
        return values[:, self.units], self.units

    def gate(self, question: str, name: str, step: int) -> Said:
        values, units = self.chosen(name)
        numbers, words = _openness(values, step)
        most = units[np.argsort(-values[step], kind="stable")[:MOVERS]].tolist()
        return Said(question, name, f"{name} is {words}; most open: {_listed(most)}", numbers)

    def keeping(self, question: str, state: str, kept: np.ndarray, step: int) -> Said:
        values, units = self.of(kept)
        numbers, words = _openness(values, step)
        least = units[np.argsort(values[step], kind="stable")[:MOVERS]].tolist()
        keeps = str(self.layer.cell.keeps)
        name = keeps if keeps in self.layer.values else f"({keeps})"
        return Said(
            question, name, f"{name}, the part of {state} that is kept, is {words}; least: {_listed(least)}", numbers
        )

    def candidate(self, question: str, name: str, step: int) -> Said:
        values, units = self.chosen(name)
        now = values[step]
        numbers = {"size": _size(now), "mean": float(now.mean())}
        top = np.argsort(-np.abs(now), kind="stable")[:MOVERS]
        said = ", ".join(f"{units[u]} at {now[u]:+.2f}" for u in top)
        return Said(
            question,
            name,
            f"{name} has the size {numbers['size']:.2f} (root mean square); largest: unit {said}",
            numbers,
        )

    def state(self, question: str, name: str, step: int) -> Said:
        (values, units), (olds, _) = self.chosen(name), self.chosen(name + OLD)
        now, old = values[step], olds[step]
        numbers = {"size": _size(now), "change": _size(now - old), "size before": _size(old)}
        top = np.argsort(-np.abs(now - old), kind="stable")[:MOVERS]
        said = ", ".join(f"{units[u]} from {old[u]:+.2f} to {now[u]:+.2f}" for u in top)
        return Said(
            question,
            name,
            f"{name} changed by {numbers['change']:.2f} to the size {numbers['size']:.2f} (root mean squares); "
            f"moved most: unit {said}",
            numbers,
        )


def degree(mean: float) -> str:
    """The word for a gate's mean."""
    return next(word for limit, word in DEGREES if mean < limit)


def _openness(values: np.ndarray, step: int) -> tuple[dict[str, float], str]:
    now = values[step]
    numbers = {
        "mean": float(now.mean()),
        "units open": int((now > OPEN).sum()),
        "units shut": int((now < SHUT).sum()),
        "units": len(now),
    }
    words = (
        f"{degree(numbers['mean'])}: {numbers['mean']:.2f} on average, {numbers['units open']} of {len(now)} units "
        f"open, {numbers['units shut']} shut"
    )
    if step:
        numbers["change"] = numbers["mean"] - float(values[step - 1].mean())
        words += f", {numbers['change']:+.2f} from the step before"
    return numbers, words


def _size(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _listed(units: list[int]) -> str:
    return f"unit{'s' if len(units) > 1 else ''} {', '.join(map(str, units))}"
