import math

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError, TextError
from carrousel.evaluation import (
    CacheSettings,
    Corpus,
    DynamicSettings,
    TogetherSettings,
    evaluate,
    evaluate_together,
)
from carrousel.evaluation.linear import fit_linear
from carrousel.evaluation.vocabularies import numbers_by, why_apart
from carrousel.ngram.words import word_tokenizer
from carrousel.text import learn_tokenizer, memory_text
from tests.ngram.making import LINES, made

TRAIN = memory_text("".join(f"{line}\n" for line in LINES), name="train")
TEST = memory_text("the proctor opened the books\nthe clock closed\nthe students started a zebra\n", name="test")
VALID = memory_text("a clock opened\nthe proctor closed their exams\nthe students started\n", name="valid")
NEAR = 1e-5  # relative; logarithms in float32
WORDS = ["the", "students", "opened", "their", "books", "exams", "proctor", "started", "clock", "a", "closed"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    made(folder)
    ngram, arpa = cr.load(folder / "model"), cr.load(folder / "model.arpa")
    how = {"layers": 1, "hidden": 4, "start": "uniform", "scale": 1.0, "key": jax.random.key(0)}
    network = cr.LanguageModel(ngram.tokenizer.size, **how)
    return {
        "network": cr.Model(network=network, tokenizer=ngram.tokenizer, facts={}),
        "ngram": ngram,
        "arpa": arpa,
        "bytes": cr.Model(network=cr.LanguageModel(256, **how), tokenizer=learn_tokenizer("byte", TRAIN), facts={}),
    }


def run(models, *names, valid=None, told=None, watch=None, **settings):
    """The outcomes by name."""
    found = evaluate_together(
        [(name, models[name]) for name in names],
        TEST,
        valid=valid,
        settings=TogetherSettings(**settings),
        **({} if told is None else {"tell": told.append}),
        **({} if watch is None else {"watch": watch}),
    )
    return {outcome.name: outcome for outcome in found}


def logs_of(model, text):
    """What a model says of each word of a text, read in one."""
    words = np.concatenate([model.tokenizer.encode(f"{line}\n") for line in text.lines()])
    each = np.zeros(len(words), np.float32)
    evaluate(model.network, Corpus(words=words, end=model.tokenizer.end, unknown=0), each=each)
    return each.astype(np.float64)


def weights_of(outcome):
    return {part["part"]: part["weight"] for part in outcome.how["parts"]}


def test_each_model_is_evaluated_alone_as_by_itself(models):
    found = run(models, "network", "ngram")
    for name in ("network", "ngram"):
        assert found[name].report.nats == pytest.approx(models[name].evaluate(TEST).nats, rel=NEAR)
        assert found[name].report.protocol == models[name].evaluate(TEST).protocol
    assert found["ngram"].report.unknown == 1


def test_weights_are_fitted_on_the_other_text_alone(models):
    found = run(models, "network", "ngram", valid=VALID)["linear mixture"]
    valid = np.stack([logs_of(models[name], VALID) for name in ("network", "ngram")], axis=1)
    weights = fit_linear(valid)
    assert list(weights_of(found).values()) == pytest.approx(weights, rel=NEAR)
    test = np.stack([logs_of(models[name], TEST) for name in ("network", "ngram")], axis=1)
    assert found.report.nats == pytest.approx(-np.log(np.exp(test) @ weights).sum(), rel=NEAR)
    assert found.how["fitted_on"] == "valid"
    assert "weights fitted on valid" in found.report.protocol


def test_without_another_text_models_count_alike_and_that_is_said(models):
    for mix in ("linear", "log"):
        found = run(models, "network", "ngram", mix=mix)[{"linear": "linear mixture", "log": "log-linear mixture"}[mix]]
        assert list(weights_of(found).values()) == [0.5, 0.5]
        assert found.how["fitted_on"] is None
        assert "nothing fitted: models count alike" in found.report.protocol


def test_a_model_mixed_with_itself_is_the_model(models):
    for mix in ("linear", "log"):
        alone, *_, both = run(models, "network", "network", mix=mix).values()
        assert both.report.nats == pytest.approx(alone.report.nats, rel=NEAR)


def test_a_log_linear_mixture_numbers_words_alike(models):
    first, second = (
        run(models, "network", other, mix="log", valid=VALID)["log-linear mixture"] for other in ("ngram", "arpa")
    )
    assert numbers_by(models["network"].tokenizer, models["arpa"].tokenizer) is not None
    assert second.report.nats == pytest.approx(first.report.nats, rel=1e-4)
    assert second.report.perplexity < 1.5 * run(models, "network")["network"].report.perplexity


def test_a_mixture_may_be_refused_by_hand_and_is_by_different_vocabularies(models):
    assert list(run(models, "network", "ngram", mix="none")) == ["network", "ngram"]
    told = []
    assert list(run(models, "network", "bytes", told=told)) == ["network", "bytes"]
    assert told == [
        "network and bytes are not mixed: one cuts text into tokens of kind word and the other of kind byte"
    ]
    with pytest.raises(
        SettingsError, match="network and bytes cannot be mixed: one cuts text into tokens of kind word"
    ):
        run(models, "network", "bytes", mix="linear")


def test_one_model_alone_cannot_be_mixed(models):
    for mix in ("linear", "log"):
        with pytest.raises(SettingsError, match="mix is of several models, and network is alone; give another"):
            run(models, "network", mix=mix)
    assert list(run(models, "ngram", mix="none")) == ["ngram"]


def test_the_protocol_says_what_each_kind_of_model_remembers(models):
    found = run(models, "network", "ngram")
    carried, told = "state carried through the whole text", "each word told from the 2 before it"
    said = {name: outcome.report.protocol for name, outcome in found.items()}
    assert {name: (carried in words, told in words) for name, words in said.items()} == {
        "network": (True, False),
        "ngram": (False, True),
        "linear mixture": (True, True),
    }


def test_vocabularies_are_told_apart_by_their_words_not_their_order(models):
    one, two, three = (word_tokenizer(words) for words in (WORDS, WORDS[::-1], WORDS[1:]))
    assert why_apart(one, two) is None
    assert [two.token(number) for number in numbers_by(one, two)] == [one.token(k) for k in range(one.size)]
    assert numbers_by(one, one) is None
    assert "'the' is known to one alone" in why_apart(one, three)
    pairs = [learn_tokenizer("bpe", TRAIN, size=size) for size in (260, 280)]
    assert "join pairs in different orders" in why_apart(*pairs)


def test_a_unigram_cache_serves_every_model_and_is_one_part_of_their_mixture(models):
    cache = CacheSettings(kind="unigram", size=8)
    found = run(models, "network", "ngram", valid=VALID, cache=cache)
    assert {"network with a cache", "ngram with a cache", "linear mixture", "linear mixture with caches"} < set(found)
    assert list(weights_of(found["linear mixture with caches"])) == ["network", "ngram", "unigram cache of 8 words"]
    assert sum(weights_of(found["linear mixture with caches"]).values()) == pytest.approx(1)
    (cached,) = (part for part in found["ngram with a cache"].how["parts"] if "kind" in part)
    assert (cached["kind"], cached["size"]) == ("unigram", 8)


def test_a_neural_cache_serves_networks_and_says_what_it_does_not(models):
    told = []
    found = run(models, "network", "ngram", cache=CacheSettings(kind="neural", theta=0.5, size=8), told=told)
    assert "models count alike, a cache as much as was set" in found["network with a cache"].report.protocol
    assert told == ["a neural cache does not act on ngram: it has no hidden states to compare"]
    assert "ngram with a cache" not in found
    parts = weights_of(found["linear mixture with caches"])
    assert parts == pytest.approx({"network": 0.45, "ngram": 0.45, "neural cache of network, 8 words, theta 0.5": 0.1})
    with pytest.raises(SettingsError, match="a neural cache cannot act on ngram: it has no hidden states"):
        run(models, "ngram", cache=CacheSettings(kind="neural"))


def test_every_number_of_a_cache_acts(models):
    def nats(**numbers):
        return run(models, "network", cache=CacheSettings(**numbers))["network with a cache"].report.nats

    plain = nats(kind="neural")
    assert all(abs(nats(kind="neural", **one) - plain) > 1e-3 for one in ({"size": 3}, {"theta": 2.0}, {"weight": 0.3}))
    for kind in ("unigram", "decaying"):
        assert abs(nats(kind=kind, size=3) - nats(kind=kind)) > 1e-3


def test_the_cache_that_is_fitted_is_the_best_of_the_grid_on_the_other_text(models, monkeypatch):
    sizes, thetas = (2, 6), (0.2, 3.0)
    monkeypatch.setattr("carrousel.evaluation.caches.SIZES", {"unigram": sizes, "neural": sizes})
    monkeypatch.setattr("carrousel.evaluation.caches.THETAS", thetas)
    held_out = {"network": models["network"]}

    def part(valid, **numbers):
        settings = TogetherSettings(cache=CacheSettings(kind="neural", **numbers))
        *_, pair = evaluate_together(list(held_out.items()), VALID, valid=valid, settings=settings)
        return pair

    # where the text to fit on is the text itself, the best of the grid is the one that scores best
    best = min(
        (part(VALID, size=size, theta=theta) for size in sizes for theta in thetas), key=lambda pair: pair.report.nats
    )
    assert part(VALID).how["parts"] == best.how["parts"]


def test_a_weight_that_is_given_is_that_of_all_caches_together(models):
    cache = CacheSettings(kind="unigram", size=8, weight=0.25)
    found = run(models, "network", "ngram", valid=VALID, cache=cache)
    for name in ("network with a cache", "linear mixture with caches"):
        assert weights_of(found[name])["unigram cache of 8 words"] == 0.25


def test_a_log_linear_mixture_takes_models_with_their_caches(models):
    cache = CacheSettings(kind="unigram", size=8, weight=0.25)
    plain = run(models, "network", "ngram", mix="log")["log-linear mixture"]
    found = run(models, "network", "ngram", mix="log", cache=cache)["log-linear mixture"]
    assert abs(found.report.nats - plain.report.nats) > 0.1
    assert list(weights_of(found)) == ["network with a cache", "ngram with a cache"]


def test_models_that_learn_are_told_from_those_that_do_not(models):
    told, dynamic = [], DynamicSettings(rate=0.5, segment=4)
    found = run(models, "network", "ngram", dynamic=dynamic, mix="log", told=told)
    assert list(found) == ["network", "network, dynamic", "ngram", "log-linear mixture"]
    assert told == ["dynamic evaluation does not act on ngram: it has no weights that a gradient changes"]
    assert found["network, dynamic"].how["dynamic"]["rate"] == 0.5
    assert "each word scored before it is learned from" in found["network, dynamic"].report.protocol
    assert list(weights_of(found["log-linear mixture"])) == ["network, dynamic", "ngram"]
    linear = run(models, "network", "ngram", dynamic=dynamic)
    assert linear["network, dynamic"].report.nats == pytest.approx(found["network, dynamic"].report.nats)
    with pytest.raises(SettingsError, match="dynamic evaluation cannot act on ngram"):
        run(models, "ngram", dynamic=dynamic)


def test_progress_is_told(models):
    seen = []

    def note(*told):
        seen.append(told)

    run(models, "ngram", watch=note)
    assert seen[-1] == ("ngram on test", 16, 16)
    run(models, "network", "ngram", valid=VALID, mix="log", cache=CacheSettings(kind="neural"), watch=note)
    titles = {title for title, _, _ in seen}
    assert {"caches to choose from", "exponents, round 1", "log-linear mixture", "ngram on valid"} <= titles
    assert all(done <= words for _, done, words in seen)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mix": "sum"}, "mix is one of linear, log, none"),
        ({"cache": CacheSettings(), "state": "reset"}, "leave state and streams away"),
        ({"dynamic": DynamicSettings(), "streams": 2}, "leave state and streams away"),
        ({"mix": "log", "streams": 2}, "a log-linear mixture is read in one stream"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings, words):
    with pytest.raises(SettingsError, match=words):
        TogetherSettings(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "bigram"}, "a cache is one of unigram, decaying, neural"),
        ({"size": 0}, "holds at least one word"),
        ({"weight": 1.0}, "the weight of a cache is from 0 and below 1"),
        ({"theta": 1.0}, "a unigram cache has none"),
        ({"kind": "neural", "theta": -1.0}, "theta is a number from 0"),
    ],
)
def test_caches_that_cannot_be_are_refused(settings, words):
    with pytest.raises(SettingsError, match=words):
        CacheSettings(**settings)


def test_another_text_that_nothing_is_fitted_on_is_refused(models):
    with pytest.raises(SettingsError, match="leave it away"):
        run(models, "network", valid=VALID)


def test_a_text_that_leaves_nothing_to_score_is_refused(models):
    empty = memory_text("", name="empty")
    with pytest.raises(TextError):
        list(evaluate_together([("ngram", models["ngram"])], empty))


def test_perplexities_are_of_the_mean(models):
    report = run(models, "network", "ngram")["linear mixture"].report
    assert report.perplexity == pytest.approx(math.exp(report.nats / report.tokens))
