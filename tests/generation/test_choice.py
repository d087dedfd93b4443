import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.generation import Choice, SamplingSettings, choose, draw

WORDS, ROWS = 11, 2000
UNIFORM = jnp.asarray((np.arange(ROWS) + 0.5) / ROWS, jnp.float32)
"""Evenly spread, so that what is drawn has the frequencies of its probabilities but for one row in ROWS."""

drawn = jax.jit(draw)
chosen = jax.jit(choose, static_argnames="filters")


def logits_with_ties():
    """Few different values, zero probability among them."""
    found = np.random.default_rng(1).integers(0, 5, (ROWS, WORDS)).astype(np.float32)
    return np.where(found == 0, -np.inf, found)


def kept_by_sorting(logits, top_k, top_p):
    """The words that stay, by the definition."""
    mass = np.exp(logits.astype(np.float64))
    least = np.sort(mass, axis=1)[:, ::-1][:, top_k - 1 : top_k]
    mass = np.where(mass >= least, mass, 0)
    down = np.sort(mass, axis=1)[:, ::-1]
    needed = (np.cumsum(down, axis=1) < top_p * down.sum(axis=1, keepdims=True) * (1 - 1e-6)).sum(axis=1)
    return mass >= np.maximum(np.take_along_axis(down, needed[:, None], axis=1), 1e-300)


def test_words_are_drawn_as_often_as_their_mass_says():
    mass = np.random.default_rng(0).random(WORDS).astype(np.float32)
    mass[[0, 4, 10]] = 0
    found = np.bincount(drawn(np.broadcast_to(mass, (ROWS, WORDS)), UNIFORM), minlength=WORDS)
    assert np.abs(found - ROWS * mass / mass.sum()).max() <= 1


@pytest.mark.parametrize("words", [1, 2, 5, 16, 97])
def test_a_word_without_mass_is_never_drawn_whatever_is_rounded(words):
    generator = np.random.default_rng(words)
    mass = generator.random((ROWS, words)) * 10.0 ** generator.integers(-30, 3, (ROWS, words))
    mass = np.where(generator.random((ROWS, words)) < 0.5, 0, mass).astype(np.float32)
    mass[:, generator.integers(words)] = 1e-30
    for uniform in (UNIFORM, jnp.zeros(ROWS), jnp.full(ROWS, 1 - 2.0**-23)):
        found = np.asarray(drawn(mass, uniform))
        assert (np.take_along_axis(mass, found[:, None], axis=1) > 0).all()


def test_temperature_divides_the_logits():
    logits = np.random.default_rng(2).standard_normal(WORDS).astype(np.float32)
    choice = SamplingSettings(temperature=0.5).arrays(WORDS)
    found = chosen(np.broadcast_to(logits, (ROWS, WORDS)), UNIFORM, choice, filters=False)
    wanted = np.exp(2 * logits) / np.exp(2 * logits).sum()
    assert np.abs(np.bincount(found, minlength=WORDS) - ROWS * wanted).max() <= 1


@pytest.mark.parametrize("filters", [False, True])
def test_a_temperature_of_zero_takes_the_first_of_the_likeliest(filters):
    logits = logits_with_ties()
    found = chosen(logits, UNIFORM, SamplingSettings(temperature=0).arrays(WORDS), filters=filters)
    assert np.array_equal(found, logits.argmax(axis=1))


@pytest.mark.parametrize(("top_k", "top_p"), [(3, None), (None, 0.7), (5, 0.9), (1, None), (100, None), (None, 1.0)])
def test_filters_leave_the_words_that_sorting_leaves(top_k, top_p):
    logits, many = logits_with_ties()[:50], 500
    kept = kept_by_sorting(logits, min(top_k or WORDS, WORDS), top_p or 1.0)
    choice = SamplingSettings(top_k=top_k, top_p=top_p).arrays(WORDS)
    uniform = jnp.repeat(jnp.linspace(0, 1 - 2.0**-23, many), 50)
    found = np.asarray(chosen(np.tile(logits, (many, 1)), uniform, choice, filters=True)).reshape(many, 50)
    seen = (found[:, :, None] == np.arange(WORDS)).any(axis=0)
    assert np.array_equal(seen, kept)


def test_each_stream_may_have_a_choice_of_its_own():
    logits = jnp.broadcast_to(jnp.arange(4.0), (3, 4))
    choice = Choice(jnp.array([0.0, 1.0, 1.0]), jnp.array([4, 4, 1]), jnp.array([1.0, 1.0, 1.0]))
    assert chosen(logits, jnp.zeros(3), choice, filters=True).tolist() == [3, 0, 3]


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"top_k": 0},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"seed": -1},
        {"seed": 2**32},
    ],
)
def test_a_setting_that_cannot_be_is_named(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        SamplingSettings(**settings)
