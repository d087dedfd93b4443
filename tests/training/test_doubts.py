"""A run whose steps are too long says so once, and what to try."""

import math

import pytest

from carrousel.training.doubts import Doubting, shorter_steps
from carrousel.training.observers import Observer, Silence
from carrousel.training.settings import TrainingSettings


class Notes(Silence):
    def __init__(self):
        self.notes, self.epochs = [], []

    def epoch(self, line):
        self.epochs.append(line["epoch"])

    def note(self, text):
        self.notes.append(text)


def told(*losses, **settings):
    """What is said of epochs with these losses in training, of 50 tokens."""
    observer = Notes()
    doubting = Doubting(observer, tokens=50, settings=TrainingSettings(**settings))
    assert isinstance(doubting, Observer)
    for epoch, loss in enumerate(losses, 1):
        doubting.epoch({"epoch": epoch, "train_loss": loss})
    assert observer.epochs == list(range(1, len(losses) + 1))
    return observer.notes


def test_an_epoch_worse_than_a_guess_is_told_once_with_what_to_try():
    (sentence,) = told(1.01 * math.log(50), 5.0, 6.0, 7.0)
    assert sentence.startswith("epoch 2 was worse in training than a guess among the 50 tokens, whose perplexity is 50")
    assert sentence.endswith("try a smaller --learning-rate than 1, or --optimiser adam --learning-rate 0.002")


@pytest.mark.parametrize("losses", [(3.0, 2.0), (math.log(50), 3.5)])
def test_a_run_that_learns_or_has_not_begun_to_is_not_doubted(losses):
    assert told(*losses) == []


def test_who_takes_adam_already_is_not_told_to():
    assert shorter_steps(TrainingSettings(optimiser="adam", learning_rate=0.5)) == "a smaller --learning-rate than 0.5"
