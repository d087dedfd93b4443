"""Two sentences that differ in what decides, one of them right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Fact = str | int


@dataclass(frozen=True, kw_only=True)
class MinimalPair:
    """A sentence that is right and one that is wrong, as people write them or in words with spaces between."""

    right: str
    wrong: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the pair is counted by: its paradigm, the number of its attractors, its distance."""
    whole: bool = True
    """Whether the sentences stand to their end; False where they stop at the word that decides."""


def thinned(pairs: Sequence[MinimalPair], *, each: int, by: str) -> list[MinimalPair]:
    """At most `each` pairs of each value of the fact `by`, at even distances in their order."""
    groups: dict[Fact, list[int]] = {}
    for place, pair in enumerate(pairs):
        groups.setdefault(pair.facts[by], []).append(place)
    kept = [
        places[index]
        for places in groups.values()
        for index in np.linspace(0, len(places) - 1, min(each, len(places))).round().astype(int)
    ]
    return [pairs[place] for place in sorted(kept)]
