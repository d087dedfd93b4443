from pathlib import Path

import pytest

from carrousel.lab.constant_error_carrousel import BARE, CLAIM, TABLE_10, count_bare
from carrousel.lab.workbench import Workbench


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("carrousel")
    return CLAIM.run(Workbench(folder=folder, seeds=(1,), scale="reduced"))


def test_the_carrousel_claim_holds_in_every_part(report):
    assert {finding.verdict for finding in report.findings} == {"agrees"}
    assert report.figures["rule against automatic differentiation"][0] < 1e-15
    (cosines,) = report.figures["cosines"]
    assert cosines.pop("output units") == pytest.approx(1, abs=1e-9)
    assert all(0.3 < cosine < 0.999 for cosine in cosines.values())
    flows = report.figures["flows"]
    assert flows["1997, truncated"]["gamma"] == pytest.approx(1, abs=1e-7)
    assert flows["logistic RNN"]["gamma"] < 0.25
    assert flows["LSTM with a forget gate, bias 1"]["gamma"] < 0.95


def test_the_paper_s_weight_counts_are_ours_to_the_unit():
    assert [net.counted for net in TABLE_10] == [net.weights for net in TABLE_10]
    assert count_bare() == BARE
