import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import ModelError, SettingsError
from carrousel.generation import SamplingSettings, prepare, read, sample
from tests.generation.small import VOCABULARY, model_of_chances, small_model

PROMPT = np.array([3, 1, 4], np.int32)


@pytest.fixture(scope="module")
def network():
    return small_model()


def text(network, words, samples=1, prompt=PROMPT, **settings):
    pieces = list(sample(network, prompt, words=words, settings=SamplingSettings(**settings), samples=samples))
    return np.concatenate(pieces) if pieces else np.zeros((0, samples), np.int32)


def test_the_same_seed_gives_the_same_text_and_another_another(network):
    assert np.array_equal(text(network, 30, seed=5), text(network, 30, seed=5))
    assert not np.array_equal(text(network, 30, seed=5), text(network, 30, seed=6))


def test_more_words_begin_with_the_fewer(network):
    long = text(network, 150)
    assert long.shape == (150, 1)
    for words in (0, 1, 64, 65, 128):
        assert np.array_equal(text(network, words), long[:words])


def test_each_sample_has_randomness_of_its_own_and_the_first_is_what_one_alone_would_be(network):
    several = text(network, 70, samples=3)
    assert np.array_equal(several[:, :1], text(network, 70))
    assert len(np.unique(several, axis=1).T) == 3


def test_a_temperature_of_zero_follows_the_likeliest_words(network):
    step, state = eqx.filter_jit(network.step), None
    for word in PROMPT:
        chances, state = step(jnp.array([word]), state)
    for found in text(network, 20, temperature=0)[:, 0]:
        assert found == int(chances[0].argmax())
        chances, state = step(jnp.array([found]), state)


def test_weights_that_are_kept_narrower_are_a_little_off(network):
    state = network.start_state(1)
    exact, _ = network.stepper()(jnp.array([3]), state)
    for storage, most in (("bfloat16", 0.05), ("int8", 0.1)):
        logits, _ = network.ready_stepper(storage)(jnp.array([3]), state)
        assert 0 < np.abs(logits - exact).max() < most


@pytest.mark.parametrize("storage", [None, "int8"])
def test_what_is_made_of_few_words_beforehand_is_what_each_gives(network, storage, monkeypatch):
    words, state = jnp.arange(network.vocabulary), network.start_state(network.vocabulary)
    few, _ = network.ready_stepper(storage)(words, state)
    monkeypatch.setattr("carrousel.models.language.FEW", 0)
    many, _ = network.ready_stepper(storage)(words, state)
    np.testing.assert_allclose(few, many, atol=1e-5)


def test_drawing_with_narrower_weights_follows_their_likeliest_words(network):
    step, state = eqx.filter_jit(network.ready_stepper("int8")), network.start_state(1)
    for word in PROMPT:
        logits, state = step(jnp.array([word]), state)
    found = text(network, 5, weights="int8", temperature=0)[:, 0]
    assert found[0] == int(logits[0].argmax())


def test_a_model_prepared_once_draws_the_same_and_only_what_it_was_prepared_for(network):
    settings = SamplingSettings(seed=3)
    ready = prepare(network, settings=settings)
    for _ in range(2):
        assert np.array_equal(text(ready, 20, seed=3), text(network, 20, seed=3))
    with pytest.raises(SettingsError, match="prepared for 1 samples with weights float32, not for 2 with int8"):
        text(ready, 20, samples=2, weights="int8")


def test_words_come_as_often_as_the_model_says():
    chances = np.array([0.05, 0.3, 0.1, 0.02, 0.4, 0.13, 0.0])
    drawn = text(model_of_chances(chances), 64, samples=3, seed=1)
    found = np.bincount(drawn.ravel(), minlength=VOCABULARY) / drawn.size
    assert found[6] == 0
    assert np.abs(found - chances).max() < 4 * np.sqrt(0.25 / drawn.size)


def test_a_prompt_of_any_length_leaves_the_state_of_its_last_word(network):
    prompts = [np.random.default_rng(n).integers(0, VOCABULARY, n).astype(np.int32) for n in (70, 3, 0)]
    states = read(network, prompts)
    step, state = eqx.filter_jit(network.step), network.start_state(1)
    after = [state]
    for word in prompts[0]:
        after.append(step(jnp.array([word]), after[-1])[1])
    short = network.start_state(1)
    for word in prompts[1]:
        short = step(jnp.array([word]), short)[1]
    for place, wanted in enumerate((after[-1], short, after[0])):
        for found, leaf in zip(jax.tree.leaves(states), jax.tree.leaves(wanted), strict=True):
            assert np.allclose(found[place], leaf[0], atol=1e-5)


def test_a_text_needs_a_word_to_begin_with(network):
    with pytest.raises(SettingsError, match="after at least one word"):
        text(network, 3, prompt=PROMPT[:0])


@pytest.mark.parametrize("counts", [{"words": -1}, {"words": 1, "samples": 0}])
def test_counts_that_cannot_be_are_refused(network, counts):
    with pytest.raises(SettingsError, match="tokens is a whole number from 0 and samples one from 1"):
        text(network, **counts)


def test_a_model_that_gives_no_word_a_probability_is_told():
    broken = model_of_chances(np.full(VOCABULARY, np.nan))
    with pytest.raises(ModelError, match="gives no word a probability"):
        text(broken, 3)
