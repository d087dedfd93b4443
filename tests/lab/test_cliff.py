import numpy as np
import pytest

from carrousel.lab.cliff import descend, error_at

WALL = {"w": 5.0, "b": -1.75, "rate": 0.5, "updates": 200}


def test_slopes_of_the_error_are_those_of_finite_differences():
    w, b = np.array([1.0, 4.5, 6.0]), np.array([0.5, -2.2, -3.0])
    place = error_at(w, b)
    for slope, moved in ((place.by_w, (1e-6, 0)), (place.by_b, (0, 1e-6))):
        ahead, behind = (error_at(w + sign * moved[0], b + sign * moved[1]).error for sign in (1, -1))
        assert slope == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-9)


def test_a_step_at_the_cliff_leads_far_away_and_a_clipped_one_does_not():
    plain, clipped = descend(**WALL), descend(**WALL, clip=0.1)
    assert plain.longest > 10
    assert plain.errors[-1] > 0.08
    assert clipped.longest <= 0.5 * 0.1 + 1e-12
    assert clipped.errors[-1] < 0.01
    assert clipped.norms.max() > 1  # the wall was met, and climbed down


def test_a_clip_that_is_never_reached_changes_nothing():
    assert np.array_equal(descend(**WALL, clip=1e9).weights, descend(**WALL).weights)
