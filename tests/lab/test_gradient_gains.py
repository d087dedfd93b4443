import numpy as np
import pytest

from carrousel.inspection import gain_bound
from carrousel.lab.gradient_gains import LAGS, MATRICES, PLAIN, plain_gain

REFERENCE = {
    ("linear", "orthogonal"): (1, 1, 1, 1),
    ("linear", "0.9 x orthogonal"): (0.9, 0.349, 0.0424, 0.0018),
    ("tanh", "orthogonal"): (0.86, 0.197, 0.0090, 1.1e-4),
    ("logistic", "orthogonal"): (0.23, 4.8e-7, 1.0e-19, 1.1e-38),
    ("tanh", "uniform in ±1/√n"): (0.46, 0.0017, 2.6e-8, 2e-15),
    ("tanh", "normal, deviation 1/√n"): (0.87, 0.19, 0.026, 0.0024),
    ("tanh", "normal, deviation 2/√n"): (1.09, 1.83, 54, 7.7e3),
    ("linear", "normal, deviation 2/√n"): (2.3, 746, 1.3e9, 3.8e18),
}
"""Sizes at lags 1, 10, 30 and 60 of another program (PyTorch), one draw and one random cotangent each."""


@pytest.fixture(scope="module")
def gains():
    return {case: plain_gain(*case, seeds=range(2)) for case in REFERENCE}


@pytest.mark.parametrize("case", REFERENCE, ids=" ".join)
def test_factors_a_step_are_those_of_another_program(gains, case):
    exact = case[0] == "linear" and "orthogonal" in case[1]
    for lag, size in zip(LAGS, REFERENCE[case], strict=True):
        factor, wanted = gains[case].size(lag) ** (1 / lag), size ** (1 / lag)
        assert factor == pytest.approx(wanted, rel=0.01 if exact else 0.25 if lag == 1 else 0.08), lag


def test_no_gradient_passes_the_bounds_of_its_matrix(gains):
    for gain in gains.values():
        for sizes, bound in zip(np.split(gain.curve.log_sizes, 2), gain.bounds, strict=True):
            assert (sizes <= bound.log_at_most(gain.curve.lags) + 1e-4).all()
    assert all(bound.vanishes for bound in gains["logistic", "orthogonal"].bounds)
    assert not any(bound.vanishes for bound in gains["tanh", "orthogonal"].bounds)


def test_bounds_of_a_matrix_are_its_singular_value_eigenvalue_and_weight():
    bound = gain_bound(np.array([[0.0, 3.0], [0.0, 1.0]]), slope=0.25)
    assert bound.norm == pytest.approx(0.25 * np.sqrt(10))
    assert bound.radius == pytest.approx(0.25)
    assert bound.tau == pytest.approx(0.25 * 2 * 3)
    assert set(PLAIN) == {"linear", "tanh", "logistic"}
    assert set(MATRICES) >= {matrix for _, matrix in REFERENCE}
