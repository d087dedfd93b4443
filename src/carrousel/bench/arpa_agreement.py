"""Two ARPA files compared line by line: the same n-grams, and how far their numbers are apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Lines = dict[bytes, tuple[float, float]]
"""log10 of the probability and of the back-off weight, by n-gram."""
NEVER = -99.0
"""What stands, up to here, for log10 of zero."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How two models agree."""

    counts: list[int]
    """N-grams by order in the first."""
    alone: int
    """N-grams that only one of them holds."""
    farthest: float
    """The greatest difference of two probabilities or weights, in log10."""


def compare_arpa(first: Path, second: Path) -> Agreement:
    """Compare all n-grams of two files, an order at a time; `<s>`, which is never predicted, by its weight alone."""
    counts, alone, farthest = [], 0, 0.0
    for ours, theirs in zip(_orders(first), _orders(second), strict=True):
        counts.append(len(ours))
        alone += len(ours.keys() ^ theirs.keys())
        for gram in ours.keys() & theirs.keys():
            skipped = 1 if gram == b"<s>" else 0
            for a, b in list(zip(ours[gram], theirs[gram], strict=True))[skipped:]:
                if a > NEVER or b > NEVER:
                    farthest = max(farthest, abs(a - b))
    return Agreement(counts=counts, alone=alone, farthest=farthest)


def _orders(path: Path) -> Iterator[Lines]:
    found: Lines = {}
    with path.open("rb") as file:
        started = False
        for line in file:
            if line.endswith(b"-grams:\n") or line.startswith(b"\\end"):
                if started:
                    yield found
                found, started = {}, True
            elif started and line.strip():
                log, gram, *weight = line.rstrip(b"\n").split(b"\t")
                found[gram] = float(log), float(weight[0]) if weight else 0.0
