"""Every kind of model is opened by one call and used by the same methods."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import ArpaError, ModelError
from tests.ngram.making import LINES, made

NEAR = 1e-6  # relative; log10 with seven digits in the ARPA file
TEXT = "".join(f"{line}\n" for line in LINES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ngram")
    made(folder)
    return folder


@pytest.fixture(scope="module")
def models(folder):
    return {name: cr.load(folder / name) for name in ("model", "model.arpa")}


def test_a_folder_and_its_arpa_file_are_one_model(models):
    first, second = (model.evaluate(TEXT) for model in models.values())
    assert first.perplexity == pytest.approx(second.perplexity, rel=NEAR)
    assert first.tokens == len(TEXT.replace("\n", " e ").split())
    assert "histories of n-grams end where a line ends" in first.protocol


def test_a_state_that_is_carried_changes_nothing_where_histories_end_with_lines(models):
    model = models["model"]
    assert model.perplexity(TEXT) == pytest.approx(model.perplexity(TEXT, state="reset"), rel=NEAR)


def test_scores_are_those_of_the_n_gram_model_itself(models):
    model = models["model"]
    assert model.score(LINES) == pytest.approx(model.network.model.score(LINES), rel=NEAR)
    assert -sum(model.score(LINES)) == pytest.approx(model.evaluate(TEXT).nats, rel=NEAR)


def test_text_is_drawn_as_from_a_network(models):
    model = models["model"]
    drawn = model.generate("the", tokens=6, seed=3)
    assert drawn == model.samples("the", count=2, tokens=6, seed=3)[0]
    assert "".join(model.stream("the", tokens=6, seed=3)) == drawn
    greedy = model.generate("the students opened", tokens=1, temperature=0)
    best, _ = model.network.model.completions("the students opened", count=1)[0]
    assert greedy.strip() == best


def test_a_word_that_cannot_be_makes_the_perplexity_infinite_and_is_counted(tmp_path):
    made(tmp_path, smoothing="maximum-likelihood")
    model = cr.load(tmp_path / "model")
    report = model.evaluate("the clock opened their books\n")
    assert (report.perplexity, report.impossible) == (math.inf, 1)
    assert math.isfinite(model.perplexity(TEXT))


def test_scores_that_do_not_add_up_are_told(tmp_path):
    made(tmp_path, smoothing="stupid-backoff")
    assert "do not add up to one" in cr.load(tmp_path / "model").evaluate(TEXT).protocol


def test_what_is_no_model_is_told_with_the_reason(models, folder, tmp_path):
    (tmp_path / "text").write_text("words\n")
    with pytest.raises(ModelError, match="a model is a folder or an ARPA file"):
        cr.load(tmp_path / "text")
    (tmp_path / "short.arpa").write_text((folder / "model.arpa").read_text()[:300])
    with pytest.raises(ArpaError, match="line"):
        cr.load(tmp_path / "short.arpa")
    with pytest.raises(ModelError, match="copy it, or turn an ARPA file into one"):
        models["model"].save(tmp_path / "copy")


def test_probabilities_of_next_words_add_up(models):
    network = models["model"].network
    logits, _ = network.stepper()(jnp.array([1]), network.start_state(1))
    assert np.exp(np.asarray(logits, np.float64)).sum() == pytest.approx(1, rel=1e-5)
