import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.engine import Start
from carrousel.errors import SettingsError
from carrousel.layers import Recurrent, Stack, dropped

KEY = jax.random.key(3)
TIME, BATCH, SIZE = 6, 4, 32


class Through(eqx.Module):
    """A layer whose outputs are its inputs."""

    outputs: int = SIZE

    def start_state(self, batch):
        return jnp.zeros(batch)

    def __call__(self, xs, state=None, *, lengths=None, resets=None, key=None, precision="float32"):
        return xs, state


def ones():
    return jnp.ones((TIME, BATCH, SIZE))


def test_what_is_kept_is_scaled_so_that_the_mean_stays():
    out = np.asarray(dropped(jnp.ones((50, 40, 50)), 0.65, key=KEY))
    assert set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.35)}
    assert abs(out.mean() - 1) < 5 * np.sqrt(0.65 / 0.35 / out.size)


def test_a_rate_of_zero_changes_nothing():
    assert np.array_equal(dropped(ones(), 0.0, key=KEY), ones())


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_that_is_no_fraction_is_refused(rate):
    with pytest.raises(SettingsError, match="at least 0 and below 1"):
        Stack([Through()], dropout=rate)


def test_each_connection_has_its_own_rate_and_mask():
    for rates, values in (
        ((0.5, 0, 0), {0, 2}),
        ((0, 0.75, 0), {0, 4}),
        ((0, 0, 0.5), {0, 2}),
        ((0.5, 0, 0.75), {0, 8}),
    ):
        ys, _ = Stack([Through(), Through()], dropout=rates)(ones(), key=KEY)
        assert set(np.unique(ys)) == values
    ys, _ = Stack([Through(), Through()], dropout=0.5)(ones(), key=KEY)
    assert 0.08 < (np.asarray(ys) > 0).mean() < 0.18  # three masks of a half, each drawn by itself


def test_masks_of_a_sequence_are_the_same_at_every_step_and_others_are_not():
    by = {m: np.asarray(Stack([Through()], dropout=0.5, masks=m)(ones(), key=KEY)[0]) for m in ("step", "sequence")}
    assert (by["sequence"] == by["sequence"][0]).all()
    assert (by["step"] != by["step"][0]).any()
    assert (by["sequence"][:, 0] != by["sequence"][:, 1]).any()


def test_without_a_key_nothing_is_left_out():
    ys, _ = Stack([Through()], dropout=0.5)(ones())
    assert np.array_equal(ys, ones())


def test_dropout_touches_what_a_layer_reads_and_never_the_state_that_it_carries():
    layer = Recurrent("lstm", inputs=SIZE, hidden=SIZE, key=KEY, start=Start(scale=0.5))
    xs = jax.random.normal(KEY, (TIME, BATCH, SIZE))
    run = eqx.filter_jit(lambda layer, xs, **how: layer(xs, **how))
    _, plain = run(layer, xs)
    ys, (state,) = run(Stack([layer], dropout=(0, 0.5)), xs, key=KEY)
    assert (np.asarray(ys) == 0).any()
    assert all(np.array_equal(a, b) for a, b in zip(state, plain, strict=True))
    masked = dropped(xs, 0.5, key=jax.random.fold_in(KEY, 0))
    ys, (state,) = run(Stack([layer], dropout=(0.5, 0)), xs, key=KEY)
    wanted, wanted_state = run(layer, masked)
    assert np.array_equal(ys, wanted)
    assert all(np.array_equal(a, b) for a, b in zip(state, wanted_state, strict=True))


def test_a_stack_says_what_it_cannot_be():
    with pytest.raises(SettingsError, match="2 layers have 3 connections, got 2"):
        Stack([Through(), Through()], dropout=(0.1, 0.1))
    with pytest.raises(SettingsError, match="at least one layer"):
        Stack([])
