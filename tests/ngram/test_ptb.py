"""The Penn Treebank: what lmplz (KenLM's estimator) gives on it, run once with `<unk>` renamed to an ordinary word."""

from math import exp, log
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


@pytest.fixture(scope="module")
def order_five(data, tmp_path_factory):
    """The folder with the model, its ARPA file and the test text, and what was made: once, for it takes seconds."""
    folder = tmp_path_factory.mktemp("ptb")
    text = open_text(renamed(data, "train", folder))
    renamed(data, "test", folder)
    out, arpa = folder / "model", folder / "model.arpa"
    return folder, train_ngram(text, NgramSettings(), UnitSettings(), out=out, arpa=arpa)


@pytest.mark.slow
def test_order_five_is_that_of_lmplz(order_five):
    folder, made = order_five
    assert made["counts"] == COUNTS
    assert all(len(ours) == len(theirs) == 3 for ours, theirs in zip(made["discounts"], DISCOUNTS, strict=True))
    assert [tuple(float(f"{value:.6g}") for value in row) for row in made["discounts"]] == DISCOUNTS
    figure, tokens = perplexity(folder / "model", folder / "test.txt")
    assert tokens == 82_430
    assert figure == pytest.approx(141.186, abs=0.001)


@pytest.mark.slow
@pytest.mark.oracle
def test_kenlm_gives_the_same_total_from_our_file(order_five):
    kenlm = pytest.importorskip("kenlm", reason="kenlm is not installed: pip install kenlm, which needs a C++ compiler")
    folder, _ = order_five
    model = open_ngram(folder / "model")
    lines = (folder / "test.txt").read_text().splitlines()
    ours = model.log_probabilities(model.encode("".join(f"{line}\n" for line in lines))) / log(10)
    theirs = kenlm.LanguageModel(str(folder / "model.arpa"))
    scores = [score for line in lines for score, _, _ in theirs.full_scores(line)]
    assert ours == pytest.approx(scores, abs=1e-6, rel=0)
    assert ours.sum() == pytest.approx(sum(scores), abs=1e-3)  # KenLM adds weights in single precision


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
