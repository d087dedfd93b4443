"""Interleaved timing: every side runs in turn, round after round, so that a noisy machine is noisy to all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from carrousel.machine import cores

Run = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Seconds of the calls of one side."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The shortest call."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The call in the middle."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """The middle half of the calls, relative to the median."""
        if len(self.seconds) < 4:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return (high - low) / self.median

    def json(self) -> dict[str, float]:
        """Milliseconds, rounded."""
        return {
            "median_ms": round(1e3 * self.median, 4),
            "best_ms": round(1e3 * self.best, 4),
            "spread": round(self.spread, 3),
            "calls": len(self.seconds),
        }


def interleave(
    sides: Mapping[str, Run],
    *,
    rounds: int,
    calls: int = 1,
    warm: int = 2,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time every side in turn.

    Args:
        sides: functions of no arguments that return when their work is done.
        rounds: how often each side has its turn.
        calls: calls a turn.
        warm: calls before the first round that are not counted.
        clock: seconds; `processor_clock` for work on one core of a machine that others use too.
    """
    for run in sides.values():
        for _ in range(warm):
            run()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for n in range(rounds):
        order = list(sides.items())
        for name, run in order if n % 2 == 0 else reversed(order):
            for _ in range(calls):
                start = clock()
                run()
                seconds[name].append(clock() - start)
    return {name: Timing(tuple(s)) for name, s in seconds.items()}


processor_clock: Final = time.process_time
"""Seconds that the processor worked for this process: on one core, those on the wall of a machine that is its own."""


def clock_for(threads: int) -> Callable[[], float]:
    """The processor's clock for work on one core, else the wall's."""
    return processor_clock if threads == 1 and cores() == 1 else time.perf_counter


def unit(threads: int) -> str:
    """What `clock_for` counts."""
    return "processor time" if clock_for(threads) is processor_clock else "time"


def ratio(ours: Timing, peer: Timing) -> float:
    """Our time as a share of the peer's, by medians."""
    return ours.median / peer.median
