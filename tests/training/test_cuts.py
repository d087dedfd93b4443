"""Windows of random lengths: every token once an epoch, in another order each, known from the update alone."""

import numpy as np
import pytest

from carrousel.training.cuts import random_cuts
from carrousel.training.feeds import Windows
from carrousel.training.settings import TrainingSettings

STREAMS = np.arange(2 * 2001).reshape(2, 2001).astype(np.uint16)
STEPS = STREAMS.shape[1] - 1


def windows(*, unroll=20, seed=1):
    cuts = random_cuts(STEPS, TrainingSettings(unroll=unroll, seed=seed, lengths="random"))
    return Windows(streams=STREAMS, unroll=unroll, capacity=8, cuts=cuts)


def epoch(feed, number):
    """All batches of an epoch without their padding."""
    found = []
    for first in range(0, feed.per_epoch, 7):
        count = min(7, feed.per_epoch - first)
        taken = feed.take(number * feed.per_epoch + first, count)
        for k, steps in enumerate(taken["length"][:count]):
            assert not taken["inputs"][k, steps:].any()
            found.append((taken["inputs"][k, :steps], taken["targets"][k, :steps]))
    return found


def test_an_epoch_reads_every_column_once_in_order():
    for number in (0, 3):
        inputs, targets = (np.concatenate(parts) for parts in zip(*epoch(windows(), number), strict=True))
        assert np.array_equal(inputs, STREAMS[:, :-1].T)
        assert np.array_equal(targets, STREAMS[:, 1:].T)


def test_borders_move_from_epoch_to_epoch_and_seeds_differ():
    feed, other = windows(), windows(seed=2)
    lengths = [[len(inputs) for inputs, _ in epoch(*which)] for which in ((feed, 0), (feed, 1), (other, 0))]
    assert lengths[0] != lengths[1]
    assert sorted(lengths[0]) == sorted(lengths[1]) != sorted(lengths[2])


def test_the_same_update_has_the_same_window_whenever_it_is_asked_for():
    alone, among = windows().take(13, 1), windows().take(10, 5)
    assert alone["length"][0] == among["length"][3]
    assert np.array_equal(alone["inputs"][0], among["inputs"][3])


@pytest.mark.parametrize("unroll", [40, 70])
def test_lengths_are_about_unroll_and_one_in_twenty_about_half(unroll):
    cuts = random_cuts(400_000, TrainingSettings(unroll=unroll))
    assert cuts.steps == 400_000
    assert cuts.lengths.max() == cuts.longest == unroll + 10
    assert cuts.lengths[:-1].min() >= 5
    assert cuts.lengths.mean() == pytest.approx(0.975 * unroll - 0.5, rel=0.02)
    assert (cuts.lengths < 0.75 * unroll).mean() == pytest.approx(0.05 + 0.02 * (unroll == 40), abs=0.02)
