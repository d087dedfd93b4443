"""The model with a window of fixed size: the paper's equation, what it sees, and that it serves as any other does."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import ModelError
from carrousel.evaluation import Corpus, evaluate
from carrousel.generation import SamplingSettings, sample
from carrousel.models import LanguageModel, named_arrays, restore_language_model, save_language_model
from carrousel.storage import load_folder

KEY = jax.random.key(3)
VOCABULARY, TIME, BATCH, WORDS, SIZE, HIDDEN = 11, 7, 3, 3, 4, 6
NEAR = 2e-6  # float32: sums of some tens of terms of order one, in another order
TEXT = np.random.default_rng(0).integers(0, VOCABULARY, (TIME + 1, BATCH)).astype(np.int32)
TOKENS, TARGETS = jnp.asarray(TEXT[:-1]), jnp.asarray(TEXT[1:])


def model(vocabulary=VOCABULARY, *, words=WORDS, embedding=SIZE, hidden=HIDDEN, **settings):
    settings = {"start": "uniform", "scale": 0.5, **settings}
    return LanguageModel(
        vocabulary, key=KEY, model="window", window=words, embedding=embedding, hidden=hidden, **settings
    )


@pytest.fixture(scope="module")
def losses():
    return eqx.filter_jit(lambda network, *args, **how: network.losses(*args, **how))


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "direct"])
def network(request):
    return model(direct=request.param)


def by_hand(network, tokens):
    """The logits after each word, from the equation of Bengio et al. 2003; before the text vectors are zero."""
    a = {name: np.asarray(array, np.float64) for name, array in named_arrays(network).items()}
    pad = np.zeros((WORDS - 1, tokens.shape[1], SIZE))
    vectors = np.concatenate([pad, a["embedding.weight"][tokens]])
    H, d = a["stack.weight"].reshape(-1, HIDDEN), a["stack.bias"]
    U, W, b = a["head.weight"][:HIDDEN], a["head.weight"][HIDDEN:], a["head.bias"]
    for now in range(len(tokens)):
        x = np.concatenate(list(vectors[now : now + WORDS]), axis=-1)
        yield b + (x @ W if network.settings.direct else 0) + np.tanh(d + x @ H) @ U


def test_the_losses_are_those_of_the_paper_s_equation(network, losses):
    logits = np.stack(list(by_hand(network, np.asarray(TOKENS))))
    chances = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    wanted = -np.take_along_axis(chances, np.asarray(TARGETS)[..., None], 2)[..., 0]
    assert np.allclose(losses(network, TOKENS, TARGETS)[0], wanted, atol=NEAR)


@pytest.mark.parametrize("words", [1, 4])
def test_parameters_grow_with_the_window_by_one_matrix_a_word(words):
    made = eqx.filter_eval_shape(lambda: model(1000, words=words, embedding=30, hidden=50))
    count = sum(leaf.size for leaf in jax.tree.leaves(made))
    assert count == 1000 * 30 + 50 * words * 30 + 50 + 1000 * 50 + 1000


def test_what_lies_outside_of_the_window_has_no_influence_at_all(network):
    def last(xs):
        return network.stack(lambda words: xs[words], jnp.arange(TIME)[:, None])[0][-1].sum()

    gradient = jax.grad(last)(jnp.ones((TIME, SIZE)))
    assert [bool(row.any()) for row in gradient] == [False] * (TIME - WORDS) + [True] * WORDS


def test_the_order_of_words_matters_unless_all_places_have_the_same_weights(losses):
    several = model()
    weight = several.stack.weight
    bag = eqx.tree_at(lambda n: n.stack.weight, several, jnp.broadcast_to(weight[:1], weight.shape))
    words, turned, target = jnp.array([[1], [2], [3]]), jnp.array([[2], [3], [1]]), jnp.array([[0], [0], [4]])

    def of(network, order):
        return float(losses(network, order, target)[0][-1, 0])

    assert abs(of(several, words) - of(several, turned)) > 1e-3
    assert of(bag, words) == pytest.approx(of(bag, turned), abs=NEAR)


def test_two_halves_with_the_state_carried_equal_one_whole(network, losses):
    whole, end = losses(network, TOKENS, TARGETS)
    first, state = losses(network, TOKENS[:1], TARGETS[:1])
    second, last = losses(network, TOKENS[1:], TARGETS[1:], state)
    assert np.allclose(np.concatenate([first, second]), whole, atol=NEAR)
    assert np.array_equal(end[0], last[0])
    assert np.array_equal(end[0], TOKENS[-(WORDS - 1) :].T)


@pytest.mark.parametrize("at", [0, 4, TIME - 1])
def test_a_reset_forgets_everything_before_it(at, network, losses):
    resets = jnp.zeros((TIME, BATCH), bool).at[at].set(True)
    before = (jnp.ones((BATCH, WORDS - 1), jnp.int32),)
    found, state = losses(network, TOKENS, TARGETS, before, resets=resets)
    wanted, last = losses(network, TOKENS[at:], TARGETS[at:])
    assert np.allclose(found[at:], wanted, atol=NEAR)
    assert np.array_equal(state[0], last[0])


def test_steps_give_the_probabilities_that_the_losses_are_of(network, losses):
    step, state, wanted = eqx.filter_jit(network.step), None, losses(network, TOKENS, TARGETS)[0]
    for now in range(TIME):
        chances, state = step(TOKENS[now], state)
        assert np.allclose(-chances[jnp.arange(BATCH), TARGETS[now]], wanted[now], atol=NEAR)


def test_the_state_after_words_of_any_length_is_the_one_at_the_length(network):
    step, after = eqx.filter_jit(network.step), [network.start_state(BATCH)]
    for now in range(TIME):
        after.append(step(TOKENS[now], after[-1])[1])
    ys, state = eqx.filter_jit(network.run)(TOKENS, lengths=jnp.array([1, 0, TIME]))
    for place, length in enumerate((1, 0, TIME)):
        assert np.array_equal(state[0][place], after[length][0][place])
        assert not ys[length:, place].any()


def test_a_window_of_one_word_has_no_state_and_serves(losses):
    network = model(words=1)
    assert network.start_state(2)[0].shape == (2, 0)
    whole = losses(network, TOKENS, TARGETS)[0]
    assert np.allclose(losses(network, TOKENS[2:], TARGETS[2:])[0], whole[2:], atol=NEAR)


def test_mixed_precision_is_near_and_not_equal(network, losses):
    plain, mixed = (losses(network, TOKENS, TARGETS, precision=p)[0] for p in ("float32", "mixed"))
    assert 0 < np.abs(plain - mixed).max() < 0.01


def test_the_evaluator_and_the_sampler_take_it_as_any_other(network):
    corpus = Corpus(words=TEXT.T.reshape(-1), end=1, unknown=0)
    assert evaluate(network, corpus).tokens == TEXT.size
    assert evaluate(network, corpus, state="reset").perplexity > 1
    drawn = list(sample(network, np.array([1, 2], np.int32), words=5, settings=SamplingSettings(seed=1), samples=2))
    assert np.concatenate(drawn).shape == (5, 2)


def test_it_comes_back_from_its_folder_as_it_was(network, tmp_path, losses):
    save_language_model(tmp_path / "m", network, tokenizer=b"words")
    loaded = restore_language_model(tmp_path / "m", load_folder(tmp_path / "m")).network
    assert loaded.settings == network.settings
    assert np.array_equal(losses(loaded, TOKENS, TARGETS)[0], losses(network, TOKENS, TARGETS)[0])


def test_it_has_no_recurrent_layers_and_says_so(network):
    with pytest.raises(ModelError, match="reads a window of 3 words and has no recurrent layers"):
        network.layers  # noqa: B018
