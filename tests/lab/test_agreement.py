"""The claims on agreement in their reduced forms: what they measure can still come out otherwise."""

import pytest

from carrousel.lab import find_claim
from carrousel.lab.runs import Order, run_claim


def figures(folder, name, data=None):
    claim = find_claim(name)
    order = Order(claim=claim, folder=folder, seeds=(1,), scale="reduced", data=data, command="")
    return run_claim(order, now=lambda: 0.0).report


def test_an_lstm_learns_the_grammar_that_its_sentences_are_made_of(tmp_path):
    report = figures(tmp_path, "agreement")
    grams, lstm = (report.figures["results"][name][0] for name in ("5-gram", "LSTM"))
    assert report.figures["least_perplexity"] < lstm["perplexity"] < grams["perplexity"]
    assert lstm["verb"]["attractors"]["0"] > 0.75
    assert grams["verb"]["distance"]["1"] > 0.75
    assert grams["verb"]["far"] < 0.65
    assert {finding.verdict for finding in report.findings} <= {"agrees", "in part", "disagrees"}


def test_published_scores_stand_beside_ours_on_the_same_pairs(data, tmp_path):
    report = figures(tmp_path, "agreement-english", data=data)
    ours, published = report.figures["results"]["5-gram"], report.figures["published"]
    assert ours["linzen"]["attractors"]["0"][0] > 0.6 > ours["linzen"]["attractors"]["4"][0]
    assert published["colorlessgreen"]["n-gram LSTM"] < published["colorlessgreen"]["LSTM"]
    assert sum(published["people"][name] for name in published["blimp"]) / 67 == pytest.approx(0.886, abs=0.001)
