import numpy as np
import pytest

from carrousel.lab.hessian_free.claim import CLAIM
from carrousel.lab.hessian_free.contests import memory_contest, slide_contest, sparse_network
from carrousel.lab.hessian_free.running import OURS, Try
from carrousel.lab.hessian_free.telling import judge
from carrousel.lab.workbench import Workbench


def test_hessian_free_learns_a_lag_that_as_many_updates_of_descent_do_not(tmp_path):
    report = CLAIM.run(Workbench(folder=tmp_path, seeds=(1,), scale="reduced"))
    ours, theirs = report.figures["slide-12"]
    assert ours["name"] == OURS
    assert ours["solved"]
    assert ours["updates"] < 60
    assert not theirs["solved"]
    assert [found.verdict for found in report.findings] == ["agrees"] * 3


def made(name, *, solved, updates, seconds, compiling=1):
    how = {"solved": solved, "updates": updates, "seconds": seconds, "compiling": compiling}
    return Try(name=name, seed=1, products=0, losses=[], **how)


@pytest.mark.parametrize(
    ("theirs", "verdicts"),
    [
        ({"solved": False, "updates": 9000, "seconds": 20}, ("agrees", "agrees", "agrees")),
        ({"solved": True, "updates": 9000, "seconds": 2}, ("disagrees", "disagrees", "agrees")),
        ({"solved": True, "updates": 900, "seconds": 5.5}, ("disagrees", "agrees", "in part")),
        ({"solved": True, "updates": 20, "seconds": 9.5}, ("agrees", "agrees", "disagrees")),
    ],
)
def test_descent_that_is_faster_or_as_good_is_told(theirs, verdicts):
    tries = [made(OURS, solved=True, updates=30, seconds=5, compiling=4), made("Adam", **theirs)]
    assert tuple(found.verdict for found in judge(slide_contest(3), tries, least=2000)) == verdicts


def test_the_contests_hold_all_sequences_that_there_are():
    assert sorted(slide_contest(3).sequences.inputs[0].tolist()) == [0, 1]
    bits = memory_contest(4).sequences
    assert len(np.unique(bits.inputs[:5], axis=1).T) == 32
    np.testing.assert_array_equal(bits.inputs[:5], bits.targets[-5:])


def test_the_start_is_sparse():
    network = sparse_network(slide_contest(3).task, hidden=30, seed=1)
    recurrent = np.asarray(network.layers[0].letters["U"]["h"])
    assert (np.count_nonzero(recurrent, axis=1) == 15).all()
