"""Claims about long lags in small forms that can fail."""

from carrousel.lab import find_claim
from carrousel.lab.workbench import Workbench


def small(name, folder):
    return find_claim(name).run(Workbench(folder=folder, seeds=(1,), scale="reduced"))


def test_an_lstm_answers_the_prompt_of_the_notes_and_rnns_forget(tmp_path) -> None:
    report = small("slide", tmp_path)
    assert {finding.verdict for finding in report.findings} == {"agrees"}
    lstm, then, plain = report.figures["runs"]
    assert lstm["accuracy"] == 1
    assert max(then["accuracy"], plain["accuracy"]) < 0.7
    (_, prompt, a, b, _), (_, other, c, d, _) = report.figures["prompts"][:2]
    assert (prompt, other) == ("AXXXXXXXXX", "BXXXXXXXXX")
    assert a > 10 * b
    assert d > 10 * c


def test_an_lstm_adds_where_an_rnn_does_not(tmp_path) -> None:
    report = small("adding", tmp_path)
    lstm, plain = (row["squared error"] for row in report.figures["runs"])
    assert lstm < report.figures["chance"] / 8
    assert lstm < plain / 2


def test_a_forget_gate_keeps_an_endless_stream_apart(tmp_path) -> None:
    report = small("continual", tmp_path)
    with_gate, without = report.figures["runs"]
    assert with_gate["outer"] > 0.9
    assert without["outer"] < 0.7


def test_brackets_are_learned_and_copying_gets_under_way(tmp_path) -> None:
    report = small("copy-parity-brackets", tmp_path)
    copying, brackets = report.figures.values()
    assert brackets["accuracy"][0] > 0.5  # a guess is nearly never right in all places
    assert copying["accuracy"][0] > 0.5
    assert min(copying["longer"][0], brackets["longer"][0]) > 0.1


def test_digits_are_read_row_by_row(data, tmp_path) -> None:
    bench = Workbench(folder=tmp_path, seeds=(1,), scale="reduced", data=data)
    lstm, _ = find_claim("digits").run(bench).figures["runs"]
    assert lstm["accuracy"] > 0.5


def test_time_between_spikes_is_measured(tmp_path) -> None:
    (measured,) = small("timing", tmp_path).figures.values()
    assert measured["error"][0] < 0.3
