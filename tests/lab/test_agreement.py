"""The claims on agreement in their reduced forms: what they measure can still come out otherwise."""

import json
import shutil

import pytest

from carrousel.lab import find_claim
from carrousel.lab.runs import Order, run_claim


def run(folder, name, *, data=None, resume=False):
    claim = find_claim(name)
    order = Order(claim=claim, folder=folder, seeds=(1,), scale="reduced", data=data, command="", resume=resume)
    return run_claim(order, now=lambda: 0.0).report


@pytest.fixture(scope="module")
def agreement(tmp_path_factory):
    """The folder and the report of the claim on agreement."""
    folder = tmp_path_factory.mktemp("agreement")
    return folder, run(folder, "agreement")


def test_an_lstm_learns_the_grammar_that_its_sentences_are_made_of(agreement):
    _, report = agreement
    grams, lstm = (report.figures["results"][name][0] for name in ("5-gram", "LSTM"))
    assert report.figures["least_perplexity"] < lstm["perplexity"] < grams["perplexity"]
    assert lstm["verb"]["attractors"]["0"] > 0.75
    assert grams["verb"]["distance"]["1"] > 0.75
    assert grams["verb"]["far"] < 0.65
    assert {finding.verdict for finding in report.findings} <= {"agrees", "in part", "disagrees"}


def test_the_cell_state_tells_the_number_of_a_subject_that_the_last_word_does_not(agreement, tmp_path):
    shutil.copytree(agreement[0] / "runs" / "lstm-1", tmp_path / "runs" / "lstm-1")
    begun = {"claim": "cell-state", "seeds": [1], "scale": "reduced", "seconds": 0.0}
    (tmp_path / "run.json").write_text(json.dumps(begun))
    (found,) = run(tmp_path, "cell-state", resume=True).figures["seeds"]
    probe = found["probes"]["number"]["c"]
    assert probe["accuracy"] > max(probe["untrained"], probe["by_word"], probe["majority"]) + 0.05
    assert set(found["gates"]["trained"]["f"]) == {"full stop", "end of line", "before a verb", "other words"}


def test_published_scores_stand_beside_ours_on_the_same_pairs(data, tmp_path):
    report = run(tmp_path, "agreement-english", data=data)
    ours, published = report.figures["results"]["5-gram"], report.figures["published"]
    assert ours["linzen"]["attractors"]["0"][0] > 0.6 > ours["linzen"]["attractors"]["4"][0]
    assert published["colorlessgreen"]["n-gram LSTM"] < published["colorlessgreen"]["LSTM"]
    assert sum(published["people"][name] for name in published["blimp"]) / 67 == pytest.approx(0.886, abs=0.001)
