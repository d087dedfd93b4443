"""The Penn Treebank: what lmplz (KenLM's estimator) gives on it, run once with `<unk>` renamed to an ordinary word."""

from math import exp
from pathlib import Path

import pytest

from carrousel.ngram.opening import open_ngram
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.text import open_text

COUNTS = [10_002, 264_990, 586_558, 717_733, 737_952]
DISCOUNTS = [
    (0.25656, 0.82888, 1.26492),
    (0.727802, 1.09876, 1.4713),
    (0.868879, 1.25462, 1.44822),
    (0.942828, 1.38314, 1.43173),
    (0.959671, 1.3879, 1.24171),
]
"""As lmplz prints them, to six digits: half a unit of the last is 5e-6 from one on and 5e-7 below."""
SMALLER = {"3": ({"order": 3}, 148.281), "pruned": ({"order": 5, "prune": (0, 0, 1)}, 147.400)}


def renamed(data: Path, part: str, folder: Path) -> Path:
    path = folder / f"{part}.txt"
    path.write_text((data / "ptb" / f"ptb.{part}.txt").read_text().replace("<unk>", "UNKWORD"))
    return path


def perplexity(folder: Path, text: Path) -> tuple[float, int]:
    model = open_ngram(folder)
    logs = model.log_probabilities(model.encode(text.read_text()))
    return exp(-logs.mean()), len(logs)


@pytest.mark.slow
def test_order_five_is_that_of_lmplz(data, tmp_path):
    text = open_text(renamed(data, "train", tmp_path))
    made = train_ngram(text, NgramSettings(), UnitSettings(), out=tmp_path / "model")
    assert made["counts"] == COUNTS
    assert all(len(ours) == len(theirs) == 3 for ours, theirs in zip(made["discounts"], DISCOUNTS, strict=True))
    assert [tuple(float(f"{value:.6g}") for value in row) for row in made["discounts"]] == DISCOUNTS
    figure, tokens = perplexity(tmp_path / "model", renamed(data, "test", tmp_path))
    assert tokens == 82_430
    assert figure == pytest.approx(141.186, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALLER)
def test_smaller_models_are_those_of_lmplz(data, tmp_path, name):
    settings, expected = SMALLER[name]
    text = open_text(renamed(data, "train", tmp_path))
    train_ngram(text, NgramSettings(**settings), UnitSettings(), out=tmp_path / "model")
    assert perplexity(tmp_path / "model", renamed(data, "test", tmp_path))[0] == pytest.approx(expected, abs=0.001)


@pytest.mark.slow
def test_the_unknown_word_written_in_the_text_is_the_unknown_word(data, tmp_path):
    text = open_text(data / "ptb" / "ptb.train.txt")
    train_ngram(text, NgramSettings(order=3), UnitSettings(), out=tmp_path / "model")
    assert perplexity(tmp_path / "model", data / "ptb" / "ptb.test.txt")[0] == pytest.approx(148.281, abs=0.02)
