"""How many pairs a model got right, in all and by what is known of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carrousel.evaluation.minimal_pairs.judging import Verdict
from carrousel.evaluation.minimal_pairs.pair import Fact


@dataclass(frozen=True, kw_only=True)
class PairCount:
    """Counts of some pairs."""

    pairs: int
    """All of them."""
    known: int
    """Those whose words the model knows where the two sentences differ."""
    accuracy: float | None
    """The part that is right of those that are known, a tie counting half; None where there are none."""
    accuracy_of_unknown: float | None
    """That of the others: what the model makes of two sentences when it sees `<unk>` where they differ."""


def count(verdicts: Iterable[Verdict]) -> PairCount:
    """Count verdicts."""
    known: list[float] = []
    unknown: list[float] = []
    for verdict in verdicts:
        (known if verdict.known else unknown).append(verdict.right)
    return PairCount(
        pairs=len(known) + len(unknown), known=len(known), accuracy=_mean(known), accuracy_of_unknown=_mean(unknown)
    )


def count_by(verdicts: Sequence[Verdict], by: str) -> dict[Fact, PairCount]:
    """Count verdicts for each value of a fact: words in the order in which they come, numbers in their own."""
    groups: dict[Fact, list[Verdict]] = {}
    for verdict in verdicts:
        if by in verdict.pair.facts:
            groups.setdefault(verdict.pair.facts[by], []).append(verdict)
    numbers = all(isinstance(value, int) for value in groups)
    return {value: count(groups[value]) for value in (sorted(groups, key=int) if numbers else groups)}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
