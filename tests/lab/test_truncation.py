import numpy as np
import pytest

from carrousel.lab.truncation import KINDS, compare_gradients, draw_net


@pytest.fixture(scope="module")
def compared():
    return compare_gradients(draw_net(np.random.default_rng(1)))


def test_the_paper_s_rule_is_the_gradient_of_the_cell_that_stops_what_comes_back(compared):
    assert compared.rule_apart < 1e-15
    assert max(np.abs(of).max() for of in compared.rule.values()) > 0.01


def test_the_paper_s_rule_is_the_gradient_of_the_network_that_hears_given_numbers(compared):
    assert compared.given_apart < 1e-9


def test_truncation_leaves_the_output_units_alone_and_turns_the_gates_most(compared):
    cosines = compared.cosines()
    assert cosines["output units"] == pytest.approx(1, abs=1e-9)
    assert cosines["input gates"] < cosines["cells"] < 0.999
    assert min(cosines.values()) > 0.5
    assert set(cosines) == set(KINDS.values())
