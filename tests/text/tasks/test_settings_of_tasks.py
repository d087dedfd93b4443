"""What a setting of a task cannot be, each in one sentence."""

import pytest

from carrousel.errors import SettingsError
from carrousel.text.tasks import (
    Adding,
    Brackets,
    ContinualOrder,
    ContinualReber,
    CopyMemory,
    EmbeddedReber,
    LongDistractors,
    MarkedNumbers,
    MarkedPairs,
    Parity,
    PeriodicFunction,
    RandomPermutation,
    SampledSines,
    Sines,
    Slide,
    Spikes,
    TemporalOrder,
    TwoClasses,
    TwoSequences,
)
from carrousel.text.tasks.checks import check_one_of


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Slide(shortest=0), "shortest must be 1 or more, got 0"),
        (lambda: Slide(shortest=5, longest=4), "longest must be shortest=5 or more, got 4"),
        (lambda: TwoSequences(p=1), "cannot be 1"),
        (lambda: LongDistractors(q=0), "q must be 1 or more"),
        (lambda: TwoClasses(length=2), "elements must fit into the length of 2, got 3"),
        (lambda: MarkedPairs(length=21), "length must be 22 or more"),
        (lambda: Adding(high=0.0), "high must be above low=0.0"),
        (lambda: Adding(first=0.001), "first is a part of 100 steps"),
        (lambda: Adding(first=0.6), "may not overlap, got 0.6 and 0.5"),
        (lambda: TemporalOrder(length=19), "length must be 20 or more"),
        (lambda: ContinualOrder(sequences=0), "sequences must be 1 or more"),
        (lambda: EmbeddedReber(longest=8), "longest must be 9 or more"),
        (lambda: Spikes(further=()), "choices_of_further must be 1 or more"),
        (lambda: Spikes(further=(-1,)), "further must be 0 or more, got -1"),
        (lambda: ContinualReber(length=0), "length must be 1 or more, got 0"),
        (lambda: PeriodicFunction(period=1), "period must be 2 or more, got 1"),
        (lambda: MarkedNumbers(length=5), "length must be 20 or more"),
        (lambda: SampledSines(step=0), "step must be 0.01 or more, got 0"),
        (lambda: RandomPermutation(symbols=2), "symbols must be 3 or more"),
        (lambda: CopyMemory(symbols=1), "symbols must be 2 or more"),
        (lambda: Parity(shortest=4, longest=3), "longest must be shortest=4 or more"),
        (lambda: Brackets(length=5), "so it must be even, got 5"),
        (lambda: Sines(step=0), "step must be 0.01 or more, got 0"),
        (lambda: Sines(step=float("nan")), "step must be 0.01 or more, got nan"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(make, says) -> None:
    with pytest.raises(SettingsError, match=says):
        make()


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    check_one_of(("last", "all"), loss_on="all")
    with pytest.raises(SettingsError, match="loss_on must be one of last, all, got none"):
        check_one_of(("last", "all"), loss_on="none")
