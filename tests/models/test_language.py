import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from carrousel.engine import Input, Matrices, Vector, tanh
from carrousel.errors import SettingsError
from carrousel.models import LanguageModel, LanguageModelSettings, named_arrays

KEY = jax.random.key(1)
VOCABULARY, TIME, BATCH = 11, 6, 3
SETTINGS = {"layers": 2, "hidden": 5, "start": "uniform"}
NEAR = 2e-6  # float32: sums of some tens of terms of order one, in another order


def model(**settings):
    return LanguageModel(VOCABULARY, key=KEY, **{**SETTINGS, **settings})


@pytest.fixture
def unchecked():
    """Without the type checks that only tests have."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="module")
def words():
    text = np.random.default_rng(0).integers(0, VOCABULARY, (TIME + 1, BATCH)).astype(np.int32)
    return jnp.asarray(text[:-1]), jnp.asarray(text[1:])


@pytest.fixture(scope="module")
def losses():
    return eqx.filter_jit(lambda network, *args, **how: network.losses(*args, **how))


@pytest.mark.parametrize(("hidden", "published"), [(200, 4_653_200), (650, 19_780_400), (1500, 66_034_000)])
def test_parameters_are_those_of_zaremba_2014_less_the_second_bias_that_torch_adds(hidden, published):
    shapes = eqx.filter_eval_shape(LanguageModel, 10_000, hidden=hidden, key=KEY)
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes)) == published - 2 * 4 * hidden


def test_tied_vectors_are_the_weights_of_the_softmax(words, losses):
    free, tied = model(), model(tied=True)
    count = [sum(a.size for a in named_arrays(m).values()) for m in (free, tied)]
    assert count[0] - count[1] == VOCABULARY * 5
    tokens, targets = words
    ys, _ = eqx.filter_jit(tied.run)(tokens)
    logits = np.asarray(ys) @ np.asarray(tied.embedding.weight).T + np.asarray(tied.head.bias)
    chances = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    found = losses(tied, tokens, targets)[0]
    assert np.allclose(found, -np.take_along_axis(chances, np.asarray(targets)[..., None], 2)[..., 0], atol=NEAR)


def test_the_loss_is_the_weighted_sum_of_the_losses(words, losses):
    network, weights = model(), jnp.asarray(np.random.default_rng(0).random((TIME, BATCH)), jnp.float32)
    each, state = losses(network, *words)
    total, same = eqx.filter_jit(lambda n, w: n.loss(*words, weights=w))(network, weights)
    assert np.allclose(total, (each * weights).sum(), rtol=NEAR)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(same), strict=True))


def test_two_halves_with_the_state_carried_equal_one_whole(words, losses):
    network, (tokens, targets) = model(), words
    whole, end = losses(network, tokens, targets)
    first, state = losses(network, tokens[:3], targets[:3])
    second, last = losses(network, tokens[3:], targets[3:], state)
    assert np.allclose(np.concatenate([first, second]), whole, atol=NEAR)
    assert all(np.allclose(a, b, atol=NEAR) for a, b in zip(jax.tree.leaves(end), jax.tree.leaves(last), strict=True))


def test_a_reset_forgets_everything_before_it(words, losses):
    network, (tokens, targets) = model(), words
    resets = jnp.zeros((TIME, BATCH), bool).at[3].set(True)
    after = losses(network, tokens, targets, None, resets=resets)[0][3:]
    assert np.allclose(after, losses(network, tokens[3:], targets[3:])[0], atol=NEAR)


@pytest.mark.parametrize("head", [{"tied": True}, {"head": "mixture", "tied": True}, {"head": "adaptive"}])
def test_steps_give_the_probabilities_that_the_losses_are_of(head, words, losses):
    network, (tokens, targets) = model(**head), words
    step, state = eqx.filter_jit(network.step), None
    wanted = losses(network, tokens, targets)[0]
    for now in range(TIME):
        chances, state = step(tokens[now], state)
        assert np.allclose(np.exp(chances).sum(axis=1), 1, atol=NEAR)
        assert np.allclose(-chances[jnp.arange(BATCH), targets[now]], wanted[now], atol=NEAR)


def test_the_state_after_words_of_any_length_is_the_one_at_the_length(words):
    network, (tokens, _) = model(layers=1), words
    step, after = eqx.filter_jit(network.step), [network.start_state(BATCH)]
    for now in range(TIME):
        after.append(step(tokens[now], after[-1])[1])
    _, state = eqx.filter_jit(network.run)(tokens, lengths=jnp.array([2, 0, 6]))
    for place, length in enumerate((2, 0, 6)):
        for found, wanted in zip(jax.tree.leaves(state), jax.tree.leaves(after[length]), strict=True):
            assert np.allclose(found[place], wanted[place], atol=NEAR)


def test_a_rate_of_its_own_takes_the_place_of_the_common_one(words):
    of = eqx.filter_jit(lambda network: network.loss(*words, key=KEY)[0])
    common = of(model(dropout=0.5))
    apart = of(model(dropout=0.1, input_dropout=0.5, layer_dropout=0.5, output_dropout=0.5))
    assert common == apart


def test_embedding_dropout_leaves_a_word_out_wherever_it_stands():
    table = model().embedding
    left = np.asarray(table.without_words(0.5, key=KEY).weight)
    gone = ~left.any(axis=1)
    assert 0 < gone.sum() < VOCABULARY
    assert np.allclose(left[~gone], np.asarray(table.weight)[~gone] / 0.5)


def test_the_last_layer_may_have_its_own_size_that_a_tied_embedding_has_too(words):
    network = model(last=3, embedding=3, tied=True)
    assert [layer.hidden for layer in network.layers] == [5, 3]
    assert eqx.filter_jit(network.loss)(*words)[0] > 0


def test_mixed_precision_is_near_and_not_equal(words, losses):
    plain, mixed = (losses(model(), *words, precision=p)[0] for p in ("float32", "mixed"))
    assert 0 < np.abs(plain - mixed).max() < 0.01


def test_a_uniform_start_draws_every_parameter_from_the_range():
    for name, array in named_arrays(model(start="uniform", scale=0.3)).items():
        assert np.abs(array).max() <= 0.3, name
        assert np.unique(array).size == array.size, name


def plain(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    return tanh(W.h @ x + U.h @ h)


CHANGES = {
    "model": "window",
    "window": 3,
    "direct": True,
    "cell": plain,
    "layers": 2,
    "hidden": 6,
    "embedding": 3,
    "tied": True,
    "last": 7,
    "head": "mixture",
    "experts": 3,
    "expert_dropout": 0.5,
    "cutoffs": (4,),
    "dropout": 0.5,
    "input_dropout": 0.5,
    "layer_dropout": 0.5,
    "output_dropout": 0.5,
    "embedding_dropout": 0.5,
    "weight_drop": 0.5,
    "state_dropout": 0.5,
    "recurrent_dropout": 0.5,
    "zoneout": 0.5,
    "zoneout_memory": 0.5,
    "cell_clip": 0.01,
    "product_norm": "layer",
    "masks": "sequence",
    "start": "uniform",
    "scale": 0.2,
    "recurrent": "glorot",
    "keep_bias": 3.0,
    "chrono": 50.0,
}
WINDOW = {"model": "window", "layers": 2}
BEFORE = {
    "model": {"layers": 2},
    "window": WINDOW,
    "direct": WINDOW,
    "experts": {"head": "mixture"},
    "expert_dropout": {"head": "mixture"},
    "cutoffs": {"head": "adaptive"},
    "layer_dropout": {"layers": 2},
    "masks": {"dropout": 0.5},
    "recurrent": {"start": "default"},
    "start": {"start": "default"},
}


def test_all_settings_but_those_of_the_gradient_and_the_refused_one_are_changed():
    assert set(LanguageModelSettings.__dataclass_fields__) - set(CHANGES) == {"bidirectional", "state_gradient_clip"}


def test_a_clip_of_the_states_gradient_changes_the_gradient_alone(words):
    @eqx.filter_jit
    def of(network):
        return eqx.filter_value_and_grad(lambda network: network.loss(*words)[0])(network)

    (value, free), (same, held) = (of(model(layers=1, state_gradient_clip=limit)) for limit in (None, 1e-5))
    assert value == same
    free, held = (np.asarray(g.stack.layers[0].letters["U"]["f"]) for g in (free, held))
    assert np.abs(held).max() < 0.7 * np.abs(free).max()  # what each step adds of its own is not held


@pytest.mark.parametrize("name", [f for f in LanguageModelSettings.__dataclass_fields__ if f in CHANGES])
def test_every_setting_changes_the_loss(name, words):
    fixed = {"layers": 1, **BEFORE.get(name, {})}
    of = eqx.filter_jit(lambda network: network.loss(*words, key=KEY)[0])
    before, after = of(model(**fixed)), of(model(**{**fixed, name: CHANGES[name]}))
    assert abs(before - after) > 1e-4


@pytest.mark.parametrize(
    ("settings", "words_of_it"),
    [
        ({"bidirectional": True}, "cannot be bidirectional: reading from the end, it sees the words it is to predict"),
        ({"layers": 0}, "layers is a whole number from 1"),
        ({"hidden": 2.5}, "hidden is a whole number from 1"),
        ({"embedding": 0}, "embedding is a whole number from 1"),
        ({"dropout": 1.0}, "at least 0 and below 1"),
        ({"dropout": "0.5"}, "dropout is a number"),
        ({"input_dropout": 1.5}, "input_dropout is a share, at least 0 and below 1"),
        ({"last": 0}, "last is a whole number from 1"),
        ({"tied": True, "last": 3}, "set embedding to 3"),
        ({"cell_clip": 0.0}, "cell clip is the largest size that is let through"),
        ({"product_norm": "batch"}, "a norm of products is one of layer, rms"),
        ({"masks": "word"}, "masks is one of step, sequence"),
        ({"start": "zero"}, "start is one of default, uniform"),
        ({"recurrent": "uniform"}, "recurrent is one of orthogonal, glorot"),
        ({"scale": -1.0, "start": "uniform"}, "scale is the half-width"),
        ({"chrono": 5.0, "keep_bias": 1.0}, "give one"),
        ({"tied": 1}, "tied is true or false"),
        ({"tied": True, "embedding": 3}, "set embedding to 5"),
        ({"head": "hierarchy"}, "head is one of softmax, mixture, adaptive"),
        ({"experts": 3}, "experts is a setting where head is mixture, and here head is softmax"),
        ({"head": "adaptive", "cutoffs": (4, 4)}, "cutoffs ascend between 0 and the 11 words"),
        ({"head": "adaptive", "cutoffs": (11,)}, "cutoffs ascend between 0 and the 11 words"),
        ({"head": "adaptive", "cutoffs": (0,)}, "each of cutoffs is a whole number from 1"),
        ({"head": "adaptive", "tied": True}, "so it cannot be tied"),
        ({"model": "bag"}, "model is one of recurrent, window"),
        ({"model": "window", "cell": "gru"}, "cell is a setting where model is recurrent, and here model is w"),
        ({"model": "window", "layers": 3}, "layers is a setting where model is recurrent"),
        ({"direct": True}, "direct is a setting where model is window, .* leave it away or set model to"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_words(settings, words_of_it, unchecked):
    with pytest.raises(SettingsError, match=words_of_it):
        model(**settings)


def test_a_vocabulary_of_one_word_leaves_nothing_to_predict():
    with pytest.raises(SettingsError, match="at least two words"):
        LanguageModel(1, key=KEY)


def test_a_cell_that_reads_more_than_words_is_refused():
    def clock(x: Vector, t: Input, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
        return tanh(W.h @ x + U.h @ h + t)

    with pytest.raises(SettingsError, match="clock reads t at every step"):
        LanguageModel(VOCABULARY, cell=clock, key=KEY)
