import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.engine import Start
from carrousel.errors import SettingsError
from carrousel.inspection import state_flow, trace_layer
from carrousel.inspection.curves import Curve
from carrousel.inspection.windows import choose_windows
from carrousel.layers import Recurrent


def carrousel(*, hidden=4):
    """An LSTM that keeps all and lets nothing in."""
    layer = Recurrent("lstm", inputs=2, hidden=hidden, key=jax.random.key(0))
    letters = {s: {k: jnp.zeros_like(a) for k, a in of.items()} for s, of in layer.letters.items()}
    letters["b"]["f"], letters["b"]["i"] = jnp.full(hidden, 80.0), jnp.full(hidden, -80.0)
    object.__setattr__(layer, "letters", letters)
    return layer


def test_a_carrousel_keeps_its_gradient_at_one_over_a_thousand_steps():
    xs = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    layer = carrousel()
    flow = state_flow(layer, trace_layer(layer, xs), lags=1000)
    assert flow["c"].exact
    assert np.abs(flow["c"].total.mean).max() < 1e-8  # the logarithm of 4 units, in float32
    assert np.abs(flow["c"].direct.mean).max() == 0
    assert flow["c"].total.slope == pytest.approx(0, abs=1e-12)
    assert flow["c"].total.horizon(0.01) == (1000, False)
    assert flow["c"].words == "exact; 1 end point (all), each followed back 1000 steps"
    assert flow["h"].direct is None


def test_orthogonal_matrices_keep_and_logistic_ones_lose_a_gradient():
    zeros = np.zeros((40, 2), np.float32)
    flows = {}
    for name in ("elman", "elman-logistic"):
        layer = Recurrent(name, inputs=2, hidden=6, start=Start(recurrent="orthogonal"), key=jax.random.key(1))
        flows[name] = state_flow(layer, trace_layer(layer, zeros), lags=30)["h"].total
    assert np.abs(flows["elman"].mean).max() < 1e-5  # at h = 0 the slope of tanh is 1
    assert flows["elman-logistic"].gamma < 0.25 + 1e-6  # the largest slope of the logistic function
    assert flows["elman-logistic"].horizon(0.01) == (3, True)


def test_a_gradient_too_small_for_a_float_is_followed_all_the_same():
    layer = Recurrent("elman-logistic", inputs=2, hidden=3, key=jax.random.key(1))
    flow = state_flow(layer, trace_layer(layer, np.zeros((120, 2), np.float32)), lags=100)["h"].total
    assert flow.mean[-1] < -140  # e^-140 is far below what float32 holds
    assert np.isfinite(flow.mean).all()
    assert flow.mean[100] / flow.mean[50] == pytest.approx(2, rel=0.05)


def test_windows_are_a_sample_of_at_most_32_and_say_so():
    windows = choose_windows(10_000)
    assert (len(windows.ends), windows.lags) == (32, 100)
    assert windows.words == "32 end points (evenly spaced among 9,901), each followed back 100 steps"
    assert windows.ends[[0, -1]].tolist() == [99, 9999]
    assert windows.steps[:, 0].tolist() == list(range(99, -1, -1))
    short = choose_windows(10)
    assert (short.lags, len(short.ends)) == (5, 6)
    with pytest.raises(SettingsError, match="lags is a number of steps from 1 to the 10"):
        choose_windows(10, lags=11)
    with pytest.raises(SettingsError, match="ends is a number of end points"):
        choose_windows(10, ends=0)


def test_figures_of_a_curve_are_those_of_its_exponential():
    lags = np.arange(50)
    curve = Curve(lags=lags, log_sizes=np.stack([-0.1 * lags, -0.1 * lags]))
    assert curve.gamma == pytest.approx(np.exp(-0.1))
    assert curve.half_life == pytest.approx(10 * np.log(2))
    assert [curve.horizon(share) for share in (1 / np.e, 0.1, 0.01)] == [(10, True), (23, True), (46, True)]
    assert curve.as_json()["horizon"]["10%"] == {"steps": 23, "reached": True}
    flat = Curve(lags=lags, log_sizes=np.zeros((1, 50)))
    assert flat.half_life == np.inf
    assert flat.as_json()["half-life"] is None
    nothing = Curve(lags=lags, log_sizes=np.full((1, 50), -np.inf))
    assert nothing.horizon(0.1) == (0, True)
    assert nothing.as_json()["gamma"] is None


def test_states_that_were_not_kept_are_asked_for():
    layer = carrousel()
    trace = trace_layer(layer, np.zeros((4, 2), np.float32), keep=["f"])
    with pytest.raises(SettingsError, match="did not keep h₋₁"):
        state_flow(layer, trace)
    with pytest.raises(SettingsError, match="directions is a number"):
        state_flow(layer, trace, directions=0)
