import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.generation import Passage, divisor, score_lines, score_words
from tests.generation.small import END, VOCABULARY, small_model

WORDS = np.random.default_rng(0).integers(2, VOCABULARY, 23).astype(np.uint16)
WORDS[[4, 5, 13]] = END
NEAR = 1e-5  # float32, in another order


@pytest.fixture(scope="module")
def network():
    return small_model()


def by_step(network, words, context):
    """The log-probability of each word, one step after the other."""
    step, state, before, found = eqx.filter_jit(network.step), None, context, []
    for word in words:
        chances, state = step(jnp.array([before], jnp.int32), state)
        found.append(float(chances[0, int(word)]))
        before = int(word)
    return np.array(found)


def scored(network, **how):
    found = np.full(len(WORDS), np.nan)
    for places, log_probabilities in score_words(network, how.pop("passage", Passage(words=WORDS, context=END)), **how):
        assert np.isnan(found[places]).all()
        found[places] = log_probabilities
    return found


def test_a_passage_is_scored_as_one_stream_in_windows(network):
    wanted = by_step(network, WORDS, END)
    assert np.allclose(scored(network, window=6), wanted, atol=NEAR)


def test_the_words_of_one_span_come_in_their_order(network):
    places = np.concatenate([window.places for window in score_words(network, Passage(words=WORDS), window=6)])
    assert np.array_equal(places, np.arange(len(WORDS)))


def test_each_span_is_read_from_the_start_state_after_the_word_before_it(network):
    spans = [(0, 9), (9, 10), (10, 10), (12, 23)]
    found = scored(network, spans=spans, window=6)
    wanted = [by_step(network, WORDS[a:b], int(WORDS[a - 1]) if a else END) for a, b in spans]
    for (a, b), log_probabilities in zip(spans, wanted, strict=True):
        assert np.allclose(found[a:b], log_probabilities, atol=NEAR)
    assert np.isnan(found[10:12]).all()


def test_the_state_starts_afresh_after_a_boundary(network):
    found = scored(network, passage=Passage(words=WORDS, context=END, boundary=END), window=6)
    pieces = np.split(WORDS, [5, 6, 14])
    assert np.allclose(found, np.concatenate([by_step(network, piece, END) for piece in pieces]), atol=NEAR)


def test_lines_are_scored_each_on_its_own_in_their_order(network):
    draw = np.random.default_rng(3)
    lines = [draw.integers(0, VOCABULARY, n).astype(np.int32) for n in (5, 0, 40, 1, 7, 0)]
    found = list(score_lines(network, lines, context=END))
    assert len(found) == len(lines)
    for line, one in zip(lines, found, strict=True):
        wanted = by_step(network, line, END)
        assert np.array_equal(one.words, line)
        assert np.allclose(one.log_probabilities, wanted, atol=NEAR)
        assert abs(one.log_probability - wanted.sum()) < 10 * NEAR


def test_more_lines_than_are_held_at_a_time_come_out_in_order(network, monkeypatch):
    monkeypatch.setattr("carrousel.generation.lines.BLOCK", 3)
    lines = [np.full(2, n % VOCABULARY, np.int32) for n in range(8)]
    found = list(score_lines(network, iter(lines), context=END))
    assert [one.words[0] for one in found] == [line[0] for line in lines]
    assert abs(found[7].log_probability - found[0].log_probability) < NEAR


def test_without_a_context_the_first_word_of_a_line_is_not_scored(network):
    (one,) = score_lines(network, [WORDS[:4].astype(np.int32)], context=None)
    assert np.array_equal(one.words, WORDS[1:4])
    assert np.allclose(one.log_probabilities, by_step(network, WORDS[1:4], int(WORDS[0])), atol=NEAR)


def test_bases_of_logarithms_are_e_2_and_10():
    assert [divisor(base) for base in ("e", "2", "10")] == [1.0, np.log(2), np.log(10)]
    with pytest.raises(SettingsError, match="one of e, 2, 10"):
        divisor("3")
