"""Wrappers of any cell take effect in training, and those of training alone are off in evaluation."""

import functools
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import CellError, SettingsError
from carrousel.layers import (
    CellClip,
    MultiplicativeIntegration,
    Orthogonal,
    ProductNorm,
    Recurrent,
    RecurrentDropout,
    RecurrentGradientClip,
    SpectralBound,
    Stack,
    VariationalDropout,
    WeightDrop,
    WeightNorm,
    Zoneout,
)

KEY, TIME, BATCH, SIZE = jax.random.key(0), 6, 3, 4
XS = jax.random.normal(jax.random.key(1), (TIME, BATCH, SIZE))


def layer(*wrappers, cell="lstm"):
    return Recurrent(cell, inputs=SIZE, hidden=SIZE, key=KEY, wrappers=wrappers)


@eqx.filter_jit
def letter_gradient(wrapped, key):
    loss = lambda letters: jnp.sum(jnp.sin(replaced(wrapped, letters)(XS, key=key)[0]))  # noqa: E731
    return jax.grad(loss)(wrapped.letters)


def replaced(wrapped, letters):
    changed = jax.tree.unflatten(jax.tree.structure(wrapped), jax.tree.leaves((letters, wrapped.fixed)))
    assert jax.tree.structure(changed.letters) == jax.tree.structure(letters)
    return changed


@eqx.filter_jit
def run(wrapped, key=None):
    return wrapped(XS, key=key)


BARE = layer(cell="gru")
TRAINING_ONLY = [
    WeightDrop(0.5),
    VariationalDropout(state=0.5),
    VariationalDropout(input=0.5),
    RecurrentDropout(0.5),
    RecurrentDropout(0.5, masks="sequence"),
]


def by_hand(letters, state, change=lambda h, c, new: new, product=lambda name, v: v, steps=TIME):
    """An LSTM in numpy; `change` makes the new states of the old and the new ones, before the output is made."""
    h, c = (np.asarray(s) for s in state)
    letters = jax.tree.map(np.asarray, letters)
    out = []
    for x in np.asarray(XS)[:steps]:
        z = {
            k: product(f"W.{k}", x @ letters["W"][k].T) + product(f"U.{k}", h @ letters["U"][k].T) + letters["b"][k]
            for k in "ifgo"
        }
        i, f, o = (1 / (1 + np.exp(-z[k])) for k in "ifo")
        h, c = change(h, c, (o, f * c, i * np.tanh(z["g"])))
        out.append(h)
    return np.stack(out)


def states(wrapped):
    return [np.asarray(s) for s in wrapped.start_state(BATCH)]


@pytest.mark.parametrize("wrapper", TRAINING_ONLY, ids=repr)
def test_a_wrapper_of_training_acts_with_a_key_and_is_off_without(wrapper):
    wrapped, wanted = layer(wrapper, cell="gru"), run(BARE)
    jax.tree.map(np.testing.assert_array_equal, run(wrapped), wanted)
    one, same, other = (run(wrapped, jax.random.key(k))[0] for k in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - wanted[0]).max() > 0.01
    assert np.abs(one - other).max() > 0.01


def test_a_stack_gives_each_layer_a_key_of_its_own_in_training():
    stack = Stack([layer(WeightDrop(0.5), cell="elman"), layer(WeightDrop(0.5), cell="elman")])
    plain = Stack([layer(cell="elman"), layer(cell="elman")])
    np.testing.assert_array_equal(run(stack)[0], run(plain)[0])

    @jax.jit
    def one_by_one(key):
        first = stack.layers[0](XS, key=jax.random.fold_in(key, 3))[0]
        return stack.layers[1](first, key=jax.random.fold_in(key, 4))[0]

    np.testing.assert_allclose(run(stack, KEY)[0], one_by_one(KEY), atol=1e-6)
    assert np.abs(run(stack, KEY)[0] - run(plain)[0]).max() > 0.01


def test_dropped_weights_have_no_gradient_and_kept_ones_are_scaled_at_every_step():
    wrapped, key = layer(WeightDrop(0.5)), jax.random.key(5)
    gradient = letter_gradient(wrapped, key)
    dropped = {name: g == 0 for name, g in gradient["U"].items()}
    assert all(0 < d.sum() < d.size for d in dropped.values())
    assert not any((g == 0).any() for g in gradient["W"].values())
    by_hand = {name: jnp.where(d, 0, 2 * wrapped.letters["U"][name]) for name, d in dropped.items()}
    bare = replaced(layer(), {**wrapped.letters, "U": by_hand})
    np.testing.assert_allclose(run(wrapped, key)[0], run(bare)[0], atol=1e-6)


def test_variational_masks_are_one_a_sequence_and_leave_the_carried_state_whole():
    wrapped, key = layer(VariationalDropout(state=0.5), cell="elman"), jax.random.key(4)
    W, U, b = (wrapped.letters[s]["h"] for s in ("W", "U", "b"))
    slopes = jax.jit(jax.jacobian(lambda h: wrapped(XS, (h,), key=key)[0][0].sum(0)))(jnp.zeros((BATCH, SIZE)))
    mask = np.abs(slopes).sum(0) > 0
    assert 0 < mask.sum() < mask.size
    h = np.zeros((BATCH, SIZE))
    for x, y in zip(XS, run(wrapped, key)[0], strict=True):
        h = np.tanh(x @ W.T + 2 * (h * mask) @ U.T + b)
        np.testing.assert_allclose(y, h, atol=1e-5)


def test_the_gradient_of_many_wrappers_together_is_right_and_segments_change_nothing():
    many = [
        WeightNorm(),
        WeightDrop(0.3),
        VariationalDropout(state=0.3, input=0.2),
        ProductNorm(),
        RecurrentDropout(0.4),
        Zoneout(0.2),
    ]
    with jax.enable_x64():
        how = {"inputs": SIZE, "hidden": SIZE, "key": KEY, "wrappers": many, "dtype": jnp.float64}
        wrapped, xs = Recurrent("gru", **how), XS.astype(jnp.float64)
        resets = jnp.zeros((TIME, BATCH), bool).at[3, 1].set(True)
        lengths = jnp.array([TIME, 4, 2])

        @functools.partial(jax.jit, static_argnums=1)
        def loss(letters, segment):
            told = {"key": KEY, "lengths": lengths, "resets": resets, "segment": segment}
            return jnp.sum(jnp.sin(replaced(wrapped, letters)(xs, **told)[0]))

        value, gradient = jax.value_and_grad(loss)(wrapped.letters, 0)
        along = jax.tree.map(lambda a: jnp.cos(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), wrapped.letters)
        ahead, behind = (
            loss(jax.tree.map(lambda a, d, s=s: a + s * d, wrapped.letters, along), 0) for s in (1e-6, -1e-6)
        )
        slope = sum(jnp.vdot(g, d) for g, d in zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True))
        np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-6)
        np.testing.assert_allclose(loss(wrapped.letters, 4), value, rtol=1e-12)


def test_a_wrapper_without_anything_to_act_on_says_so():
    with pytest.raises(CellError, match="weight drop acts on matrices between states, and indrnn has none"):
        layer(WeightDrop(0.5), cell="indrnn")


def test_the_wrapper_of_the_documentation_acts():
    text = (Path(__file__).parents[2] / "docs" / "wrappers.md").read_text()
    scope = {"__name__": "docs"}
    exec(text.split("```python")[1].split("```")[0], scope)
    wrapped = layer(scope["Leak"](0.5))
    half = lambda h, c, new: (  # noqa: E731
        0.5 * h + 0.5 * new[0] * np.tanh(new[1] + new[2]),
        0.5 * c + 0.5 * (new[1] + new[2]),
    )
    np.testing.assert_allclose(run(wrapped)[0], by_hand(wrapped.letters, states(wrapped), half), atol=1e-5)


@pytest.mark.parametrize("make", [WeightDrop, lambda rate: VariationalDropout(state=rate)])
def test_a_rate_is_below_one(make):
    with pytest.raises(SettingsError, match="cannot be 1"):
        make(1)


def test_zoneout_keeps_old_units_in_training_and_their_mean_outside():
    wrapped = layer(Zoneout(0.3, memory=0.6))
    mean = lambda h, c, new: (  # noqa: E731
        0.3 * h + 0.7 * new[0] * np.tanh(new[1] + new[2]),
        0.6 * c + 0.4 * (new[1] + new[2]),
    )
    np.testing.assert_allclose(run(wrapped)[0], by_hand(wrapped.letters, states(wrapped), mean), atol=1e-5)
    ys = np.asarray(run(wrapped, KEY)[0])
    kept = (ys[1:] == ys[:-1]).mean()
    assert 0.15 < kept < 0.5
    assert not (np.diff(run(layer())[0], axis=0) == 0).any()


def test_recurrent_dropout_loses_no_memory():
    wrapped, bare = layer(RecurrentDropout(0.5)), layer()
    old = tuple(jax.random.normal(jax.random.key(k), (BATCH, SIZE)) for k in (7, 8))

    @eqx.filter_jit
    def first_cell(layer, c, key):
        return layer(XS[:1], (old[0], c), key=key)[1][1]

    with_memory, without = (first_cell(wrapped, c, KEY) - first_cell(bare, c, None) for c in (old[1], 0 * old[1]))
    np.testing.assert_allclose(with_memory, without, atol=1e-6)
    update = first_cell(bare, 0 * old[1], None)
    dropped, doubled = (np.isclose(first_cell(wrapped, 0 * old[1], KEY), s * update) for s in (0, 2))
    assert dropped.any()
    assert doubled.any()
    assert (dropped | doubled).all()


def test_a_clipped_cell_is_held_before_its_output_is_made():
    wrapped = layer(CellClip(0.1))
    clip = lambda v: np.clip(v, -0.1, 0.1)  # noqa: E731
    held = lambda h, c, new: (clip(new[0] * np.tanh(clip(new[1] + new[2]))), clip(new[1] + new[2]))  # noqa: E731
    np.testing.assert_allclose(run(wrapped)[0], by_hand(wrapped.letters, states(wrapped), held), atol=1e-6)


def test_a_recurrent_gradient_is_clipped_and_values_are_not():
    bare, wrapped = layer(), layer(RecurrentGradientClip(1e-3))
    np.testing.assert_array_equal(run(wrapped)[0], run(bare)[0])

    @eqx.filter_jit
    def by_state(layer):
        return jax.grad(lambda state: layer(XS, state)[0].sum())(layer.start_state(BATCH))

    assert max(np.abs(g).max() for g in by_state(bare)) > 2e-3
    assert max(np.abs(g).max() for g in by_state(wrapped)) == np.float32(1e-3)


@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_products_are_normalised_and_scaled_by_learned_gains(kind):
    wrapped = layer(ProductNorm(kind))
    gains = {name: 1.0 + 0.1 * np.arange(SIZE, dtype=np.float32) for name in wrapped.letters["wrapper"]}
    assert sorted(gains) == sorted(f"gain.{s}.{k}" for s in "WU" for k in "ifgo")

    def normalised(name, v):
        v = v - v.mean(-1, keepdims=True) if kind == "layer" else v
        return gains[f"gain.{name}"] * v / np.sqrt((v * v).mean(-1, keepdims=True) + 1e-5)

    plain = lambda h, c, new: (new[0] * np.tanh(new[1] + new[2]), new[1] + new[2])  # noqa: E731
    wrapped = eqx.tree_at(lambda l: l.letters["wrapper"], wrapped, gains)
    wanted = by_hand(wrapped.letters, states(wrapped), plain, normalised)
    np.testing.assert_allclose(run(wrapped)[0], wanted, atol=2e-5)


def test_gains_are_trained():
    gradient = letter_gradient(layer(ProductNorm(), cell="elman"), None)
    assert all(np.any(g) for g in gradient["wrapper"].values())


def test_weight_norm_starts_as_the_bare_cell_and_trains_lengths_apart_from_directions():
    bare, wrapped = layer(), layer(WeightNorm())
    np.testing.assert_allclose(run(wrapped)[0], run(bare)[0], atol=1e-6)
    longer = eqx.tree_at(lambda l: l.letters["U"]["i"], wrapped, 3 * wrapped.letters["U"]["i"])
    np.testing.assert_allclose(run(longer)[0], run(bare)[0], atol=1e-6)
    gradient = letter_gradient(wrapped, None)
    np.testing.assert_allclose((gradient["U"]["i"] * wrapped.letters["U"]["i"]).sum(-1), 0, atol=1e-5)
    assert np.abs(gradient["wrapper"]["length.U.i"]).max() > 1e-3


def effective(wrapped):
    """The recurrent matrix of an Elman layer, seen through its gradient by the state."""
    slope = jax.jacobian(lambda h: wrapped.stepper()(jnp.zeros((1, SIZE)), (h,))[0])(jnp.zeros((1, SIZE)))
    return np.asarray(slope[0, :, 0])


def test_an_orthogonal_matrix_stays_so_whatever_its_letter_is():
    wrapped = layer(Orthogonal(), cell="elman")
    for letter in (wrapped.letters["U"]["h"], jax.random.normal(KEY, (SIZE, SIZE))):
        moved = eqx.tree_at(lambda l: l.letters["U"]["h"], wrapped, letter)
        U = effective(moved)
        np.testing.assert_allclose(U @ U.T, np.eye(SIZE), atol=1e-5)
    angles = np.angle(np.linalg.eigvals(effective(wrapped)))
    np.testing.assert_allclose(np.sort(np.abs(angles))[::2], np.sort(np.abs(angles))[1::2], atol=1e-4)


@pytest.mark.parametrize(("scale", "norm"), [(0.5, 0.5), (3.0, 0.9)])
def test_a_spectral_norm_is_bounded_from_above_only(scale, norm):
    wrapped = layer(SpectralBound(0.9), cell="elman")
    letter = jax.random.normal(KEY, (SIZE, SIZE))
    letter = scale * letter / jnp.linalg.norm(letter, 2)
    size = np.linalg.norm(effective(eqx.tree_at(lambda l: l.letters["U"]["h"], wrapped, letter)), 2)
    assert norm * 0.995 < size < norm * (1 + 1e-5)


def test_multiplicative_integration_of_an_elman_net_is_the_cell_of_the_paper():
    wrapped, paper = layer(MultiplicativeIntegration(), cell="elman"), layer(cell="mi-rnn")
    U = wrapped.letters["U"]["h"]
    letters = {**paper.letters, "W": wrapped.letters["W"], "U": {"h": U}}
    wanted = eqx.tree_at(lambda l: l.letters, paper, letters)
    np.testing.assert_allclose(run(wrapped)[0], run(wanted)[0], atol=1e-6)
    changed = {"both.U.h": jnp.full(SIZE, 0.3), "state.U.h": jnp.full(SIZE, 0.6), "input.U.h": jnp.full(SIZE, -0.4)}
    letters["a"] = {"pq": jnp.full(SIZE, 0.3), "q": jnp.full(SIZE, 0.6), "p": jnp.full(SIZE, -0.4)}
    wrapped = eqx.tree_at(lambda l: l.letters["wrapper"], wrapped, changed)
    wanted = eqx.tree_at(lambda l: l.letters, paper, letters)
    np.testing.assert_allclose(run(wrapped)[0], run(wanted)[0], atol=1e-6)
