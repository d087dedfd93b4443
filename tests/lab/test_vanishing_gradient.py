from carrousel.lab.lags_learned import Tried, largest_lag
from carrousel.lab.vanishing_gradient import CLAIM
from carrousel.lab.workbench import Workbench


def test_an_lstm_reaches_further_than_a_plain_network_at_the_start_and_in_what_it_learns(tmp_path):
    report = CLAIM.run(Workbench(folder=tmp_path, seeds=(1,), scale="reduced"))
    assert not [finding.what for finding in report.findings if finding.verdict == "disagrees"]
    plain = report.figures["plain"]["tanh, uniform in ±1/√n"]["horizon"]["1%"]
    gated = report.figures["gated"]["LSTM, chrono start for 100"]["horizon"]["1%"]
    assert plain["steps"] < 10
    assert gated["steps"] > 50
    assert report.figures["lags"] == {"tanh RNN, uniform in ±1/√n": 0, "LSTM, chrono": 20}


def test_the_largest_lag_ends_at_the_first_that_most_seeds_fail():
    def tried(lag, *sequences):
        return Tried(network="one", lag=lag, sequences=sequences)

    of = [tried(10, 5, 7, None), tried(20, 5, 9, 7), tried(50, None, None, 1), tried(100, 1, 1, 1)]
    assert largest_lag(of) == 20
    assert largest_lag(of[2:]) == 0
    assert [one.median for one in of] == [6, 7, 1, 1]
    assert of[1].solved == 3
    assert tried(5, None).median is None
    assert tried(5, None, 3).learned is False
