import numpy as np
import pytest

from carrousel.errors import NgramError, SettingsError, ShapeError
from carrousel.ngram.sampling import choice
from tests.ngram.making import LINES, made


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return made(tmp_path_factory.mktemp("model"))


def test_rows_running_text_and_distributions_agree(model):
    tokens = model.encode("the students opened the exams\na unheard clock\n")
    padded = np.concatenate([[model.tokenizer.end] * 2, tokens])
    running = model.log_probabilities(tokens)
    assert np.array_equal(model.ask(np.lib.stride_tricks.sliding_window_view(padded, 3)), running)
    for place, token in enumerate(tokens):
        assert model.next_log_probabilities(tokens[:place])[token] == pytest.approx(running[place], abs=1e-9)


def test_a_text_in_two_pieces_scores_as_in_one(model):
    tokens = model.encode("the students opened the exams\na clock\n")
    first, second = tokens[:3], tokens[3:]
    pieces = [model.log_probabilities(first), model.log_probabilities(second, history=first)]
    assert np.array_equal(np.concatenate(pieces), model.log_probabilities(tokens))


def test_lines_do_not_know_of_each_other(model):
    both = model.log_probabilities(model.encode("the students\ntheir exams\n"))
    alone = model.log_probabilities(model.encode("their exams\n"))
    assert np.array_equal(both[3:], alone)
    assert model.score(["the students", "their exams"]) == pytest.approx([both[:3].sum(), both[3:].sum()])


def test_completions_are_the_most_probable_first(model):
    found = model.completions("the students", count=model.size)
    shares = [share for _, share in found]
    assert found[0][0] == "opened"
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-6)


def test_what_is_generated_depends_on_the_seed_alone(model):
    texts = ["".join(model.generate("the", tokens=30, seed=seed)) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert len(model.encode("the" + texts[0])) == 31


def test_tokens_are_drawn_by_their_probability():
    logs, random = np.log(np.array([0.5, 0.2, 0.2, 0.1])), np.random.default_rng(5)
    plain = np.bincount([choice(logs, temperature=1, top_k=None, random=random) for _ in range(4000)], minlength=4)
    assert plain / 4000 == pytest.approx([0.5, 0.2, 0.2, 0.1], abs=0.03)
    sharp = np.bincount([choice(logs, temperature=0.5, top_k=3, random=random) for _ in range(4000)], minlength=4)
    assert sharp / 4000 == pytest.approx([25 / 33, 4 / 33, 4 / 33, 0], abs=0.03)


def test_no_temperature_and_one_candidate_take_the_most_probable_token(model):
    coldest = "".join(model.generate("the students", tokens=4, temperature=0))
    narrowest = "".join(model.generate("the students", tokens=4, top_k=1, seed=3))
    assert coldest == narrowest == " opened their exams\n"


@pytest.mark.parametrize(
    ("wish", "words"),
    [({"temperature": -1.0}, "temperature"), ({"top_k": 0}, "top_k"), ({"tokens": -1}, "tokens to draw")],
)
def test_wishes_that_cannot_be_are_refused(model, wish, words):
    with pytest.raises(SettingsError, match=words):
        list(model.generate("the", **wish))


def test_rows_of_nothing_are_refused(model):
    with pytest.raises(ShapeError, match="at least one token"):
        model.ask(np.zeros((3, 0), np.int64))


@pytest.mark.parametrize("tokenizer", ["char", "byte"])
def test_characters_and_bytes_are_tokens_as_words_are(tmp_path, tokenizer):
    lines = ("über den Öfen", "über den Wolken", "den Öfen")
    model = made(tmp_path, lines, tokenizer=tokenizer, order=4)
    assert np.exp(model.next_log_probabilities(model.encode("über d"))).sum() == pytest.approx(1, abs=1e-5)
    assert "".join(model.generate("über ", tokens=100, temperature=0)).startswith("den\nüber den\n")
    names = (tmp_path / "model.arpa").read_text().split("\\2-grams")[0]
    assert "\t<0x20>\t" in names


def test_a_space_in_a_byte_model_is_written_as_its_value(tmp_path):
    model = made(tmp_path, ("a b",), tokenizer="byte", order=2)
    assert "<0x20>" in model.vocabulary.names
    assert model.size == 256


def test_a_model_that_gives_nothing_a_chance_says_so(tmp_path):
    model = made(tmp_path, ("a a", "b"), order=2, smoothing="maximum-likelihood", min_count=2)
    logs = model.next_log_probabilities(model.encode("a"))
    assert np.isneginf(logs).any()
    with pytest.raises(NgramError, match="gives no token a probability"):
        choice(np.full(3, -np.inf), temperature=1.0, top_k=None, random=np.random.default_rng(0))


def test_one_token_is_enough_for_a_model_of_order_one(tmp_path):
    model = made(tmp_path, LINES, order=1)
    tokens = model.encode("the clock\n")
    assert np.array_equal(model.log_probabilities(tokens), model.ask(tokens[:, None]))
