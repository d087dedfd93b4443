"""The notes' story from n-grams to the LSTM, in its reduced form."""

from carrousel.lab import find_claim
from carrousel.lab.runs import Order, run_claim


def test_more_context_helps_and_an_lstm_is_better_than_n_grams(tmp_path):
    claim = find_claim("ngram-to-lstm")
    order = Order(claim=claim, folder=tmp_path, seeds=(1,), scale="reduced", data=None, command="")
    report = run_claim(order, now=lambda: 0.0).report
    grams = [result["perplexity"] for result in report.figures["n-grams"].values()]
    (lstm,) = report.figures["networks"]["LSTM"]
    assert grams[0] > grams[1] > lstm["perplexity"]
    assert lstm["sample"].split()
    assert report.verdict == "agrees"
