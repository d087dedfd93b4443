import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError, TextError
from carrousel.evaluation import Corpus, evaluate
from carrousel.generation import Passage, score_words
from carrousel.models import LanguageModel
from tests.generation.small import END, UNKNOWN, VOCABULARY, model_of_chances, small_model

WORDS = np.random.default_rng(0).integers(2, VOCABULARY, 300).astype(np.uint16)
WORDS[[3, 4, 40, 90, 200, 299]] = END
WORDS[[7, 250]] = UNKNOWN
NEAR = 1e-6  # relative; float32 probabilities, summed in float64
CHANCES = np.array([0.05, 0.1, 0.2, 0.05, 0.3, 0.1, 0.2])


@pytest.fixture(scope="module")
def network():
    return small_model()


def corpus(words=WORDS, end=END, unknown=UNKNOWN, **counts):
    return Corpus(words=words, end=end, unknown=unknown, **counts)


def test_a_model_that_knows_nothing_has_the_size_of_its_vocabulary():
    report = evaluate(model_of_chances(np.full(VOCABULARY, 1 / VOCABULARY)), corpus())
    assert report.perplexity == pytest.approx(VOCABULARY, rel=NEAR)
    assert report.tokens == len(WORDS)


def test_figures_are_those_of_known_probabilities():
    report = evaluate(model_of_chances(CHANCES), corpus(characters=1000, bytes=1200))
    nats = -np.log(CHANCES[WORDS])
    known = nats[WORDS != UNKNOWN]
    assert report.nats == pytest.approx(nats.sum(), rel=NEAR)
    assert report.perplexity == pytest.approx(math.exp(nats.mean()), rel=NEAR)
    assert report.perplexity_without_unknown == pytest.approx(math.exp(known.mean()), rel=NEAR)
    assert report.bits_per_token == pytest.approx(nats.mean() / math.log(2), rel=NEAR)
    assert report.bits_per_character == pytest.approx(nats.sum() / math.log(2) / 1000, rel=NEAR)
    assert report.bits_per_byte == pytest.approx(nats.sum() / math.log(2) / 1200, rel=NEAR)
    assert (report.tokens, report.unknown) == (len(WORDS), 2)


def test_a_carried_state_runs_through_the_whole_text(network):
    words, targets = np.concatenate([[END], WORDS[:-1]]), WORDS
    columns = (jnp.asarray(column[:, None], jnp.int32) for column in (words, targets))
    nll, _ = eqx.filter_jit(network.losses)(*columns)
    report = evaluate(network, corpus())
    assert report.nats == pytest.approx(float(np.asarray(nll).sum(dtype=np.float64)), rel=NEAR)


def test_a_reset_state_scores_each_sentence_as_if_alone(network):
    ends = np.flatnonzero(WORDS == END) + 1
    alone = [evaluate(network, corpus(words)).nats for words in np.split(WORDS, ends) if len(words)]
    report = evaluate(network, corpus(), state="reset")
    assert report.nats == pytest.approx(sum(alone), rel=NEAR)
    assert abs(report.nats - evaluate(network, corpus()).nats) > 0.1


def test_streams_are_parts_that_each_start_afresh(network):
    spans = [(0, 100), (100, 200), (200, 300)]
    wanted = sum(
        -s.log_probabilities.sum() for s in score_words(network, Passage(words=WORDS, context=END), spans=spans)
    )
    assert evaluate(network, corpus(), streams=3).nats == pytest.approx(wanted, rel=NEAR)


def test_log_probabilities_of_each_token_are_given_on_request(network):
    each = np.zeros(len(WORDS), np.float32)
    report = evaluate(network, corpus(), state="reset", each=each)
    assert -each.sum(dtype=np.float64) == pytest.approx(report.nats, rel=NEAR)
    evaluate(network, corpus(end=None), each=each)
    assert np.isnan(each[0])
    assert np.isfinite(each[1:]).all()


def test_without_an_end_of_sentence_the_first_token_is_not_scored(network):
    report = evaluate(network, corpus(end=None))
    assert report.tokens == len(WORDS) - 1
    assert "every token scored but the first" in report.protocol


def test_texts_of_any_length_are_scored_by_one_program(monkeypatch):
    calls, losses = [], LanguageModel.losses

    def counted(self, *args, **how):
        calls.append(args[0].shape)
        return losses(self, *args, **how)

    monkeypatch.setattr(LanguageModel, "losses", counted)
    network = LanguageModel(VOCABULARY, layers=1, hidden=3, start="uniform", key=jax.random.key(0))
    for length in (1, 255, 256, 257, 300):
        evaluate(network, corpus(WORDS[:length]))
    assert len(calls) == 1


def test_the_protocol_says_what_was_done(network):
    said = {
        how: evaluate(network, corpus(**{"words": WORDS, **given}), **settings).protocol
        for how, given, settings in (
            ("carried", {}, {}),
            ("reset", {}, {"state": "reset"}),
            ("streams", {}, {"streams": 3}),
            ("closed", {"unknown": None}, {}),
            ("known", {"words": WORDS[:5]}, {}),
        )
    }
    assert "state carried through the whole text" in said["carried"]
    assert "ends of sentences too" in said["carried"]
    assert "an unknown word is predicted and read as <unk>" in said["carried"]
    assert "state reset after each end of a sentence" in said["reset"]
    assert "cut into 3 parts" in said["streams"]
    assert said["closed"].endswith("no unknown words")
    assert said["known"].endswith("no unknown words in this text")


def test_the_protocol_of_a_window_model_speaks_of_its_words_and_of_no_state():
    window = LanguageModel(VOCABULARY, model="window", window=2, hidden=3, key=jax.random.key(0))
    carried, alone = (evaluate(window, corpus(), state=state).protocol for state in ("carried", "reset"))
    assert carried.startswith("each word told from the 2 before it; every token scored")
    assert alone.startswith("each word told from the 2 before it, each sentence alone; every token scored")


def test_a_text_of_unknown_words_alone_has_no_figure_without_them(network):
    assert evaluate(network, corpus(np.zeros(4, np.uint16))).perplexity_without_unknown is None


def test_progress_is_told(network):
    seen = []
    evaluate(network, corpus(), watch=seen.append)
    assert seen == [256, 300]


@pytest.mark.parametrize(
    ("given", "settings", "error", "words"),
    [
        ({"words": WORDS[:0]}, {}, TextError, "0 tokens leaves none to score"),
        ({"words": WORDS[:1], "end": None}, {}, TextError, "1 tokens leaves none to score"),
        ({"words": np.array([1, 7])}, {}, TextError, "token 7 is not of this model, whose vocabulary has 7"),
        ({"words": np.array([1, -2])}, {}, TextError, "token -2 is not of this model"),
        ({"end": None}, {"state": "reset"}, SettingsError, "vocabulary has no end of a sentence"),
        ({}, {"state": "reset", "streams": 2}, SettingsError, "leave streams away"),
        ({}, {"streams": 0}, SettingsError, "streams is a whole number from 1"),
        ({}, {"streams": 1000}, SettingsError, r"streams is at most the \d+ tokens that are scored, not 1,000"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_reason(network, given, settings, error, words):
    with pytest.raises(error, match=words):
        evaluate(network, corpus(**given), **settings)
