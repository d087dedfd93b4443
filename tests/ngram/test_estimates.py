import itertools
from collections import Counter, defaultdict
from contextlib import closing
from math import exp, log

import numpy as np
import pytest

from carrousel.errors import NgramError
from carrousel.ngram.counting import count_ngrams
from carrousel.ngram.database import Database
from carrousel.ngram.estimating import ESTIMATES, estimate
from carrousel.ngram.settings import SMOOTHINGS, NgramSettings
from carrousel.ngram.sql import grams, history, listed
from carrousel.ngram.stages import silent
from tests.ngram.making import LINES, MEMORY, corpus_of, histories, made, probability

LINES_COUNTS = Counter(word for line in LINES for word in line.split())
PROPER = [name for name in SMOOTHINGS if name != "stupid-backoff"]
"""The estimates whose probabilities add up to one."""


def any_histories(model) -> list[np.ndarray]:
    return [np.array([token]) for token in range(model.size)] + histories(model, length=2) + histories(model, length=3)


def seen_histories(model, *, length: int) -> list[np.ndarray]:
    text = np.concatenate([model.encode(f"{line}\n") for line in LINES])
    return list(np.lib.stride_tricks.sliding_window_view(text, length))


@pytest.mark.parametrize("smoothing", PROPER)
@pytest.mark.parametrize(
    "left_out", [{}, {"prune": (0, 0, 1)}, {"prune_entropy": 0.02}], ids=["all", "counts", "entropy"]
)
def test_probabilities_add_up_to_one_behind_every_history(tmp_path, smoothing, left_out):
    model = made(tmp_path, smoothing=smoothing, **left_out)
    for before in [*any_histories(model), *seen_histories(model, length=2)]:
        assert np.exp(model.next_log_probabilities(before)).sum() == pytest.approx(1, abs=3e-6)


def test_the_table_holds_the_estimates_that_settings_know():
    assert tuple(ESTIMATES) == SMOOTHINGS


def test_maximum_likelihood_divides_counts(tmp_path):
    lines = ["as the proctor started the clock the students opened their books"] * 400
    lines += ["as the proctor started the clock the students opened their exams"] * 100
    lines += ["as the proctor started the clock the students opened their minds"] * 500
    model = made(tmp_path, lines, order=4, smoothing="maximum-likelihood")
    assert probability(model, "students opened their books") == pytest.approx(0.4)
    assert probability(model, "students opened their exams") == pytest.approx(0.1)


def test_maximum_likelihood_gives_the_unseen_zero_and_an_infinite_perplexity(tmp_path):
    model = made(tmp_path, smoothing="maximum-likelihood")
    logs = model.log_probabilities(model.encode("the students closed the exams\n"))
    assert exp(-logs.mean()) == float("inf")


def test_maximum_likelihood_asks_the_shorter_history_where_the_whole_one_was_never_seen(tmp_path):
    model = made(tmp_path, smoothing="maximum-likelihood")
    assert probability(model, "exams opened their") == probability(model, "opened their") == pytest.approx(2 / 3)


def test_training_perplexity_of_maximum_likelihood_never_rises_with_the_order(tmp_path):
    tokens = "".join(f"{line}\n" for line in LINES)
    perplexities = []
    for order in range(1, 6):
        model = made(tmp_path / str(order), order=order, smoothing="maximum-likelihood")
        perplexities.append(exp(-model.log_probabilities(model.encode(tokens)).mean()))
    counts = Counter(token for line in LINES for token in [*line.split(), "|"])
    total = counts.total()
    assert perplexities[0] == pytest.approx(exp(-sum(n / total * log(n / total) for n in counts.values())))
    assert perplexities == sorted(perplexities, reverse=True)


def test_one_sentence_over_and_over_has_no_surprise_left(tmp_path):
    model = made(tmp_path, ["one two one three"] * 5, order=3, smoothing="maximum-likelihood")
    assert exp(-model.log_probabilities(model.encode("one two one three\n")).mean()) == 1


def test_add_k_adds_k_to_every_count(tmp_path):
    model = made(tmp_path, order=3, smoothing="add-k", added=0.5)
    assert probability(model, "students opened their") == pytest.approx((2 + 0.5) / (3 + 0.5 * model.size))
    assert probability(model, "students opened exams") == pytest.approx(0.5 / (3 + 0.5 * model.size))
    assert probability(model, "exams students the") == pytest.approx(1 / model.size)
    assert probability(model, "| the") == pytest.approx((6 + 0.5) / (9 + 0.5 * model.size))


def test_add_k_of_much_makes_all_alike(tmp_path):
    model = made(tmp_path, order=2, smoothing="add-k", added=1e9)
    assert np.exp(model.next_log_probabilities(model.encode("the"))) == pytest.approx(1 / model.size, rel=1e-6)


def test_stupid_backoff_pays_for_each_step_back(tmp_path):
    model = made(tmp_path, smoothing="stupid-backoff", penalty=0.4)
    tokens = sum(len(line.split()) + 1 for line in LINES)
    assert probability(model, "students opened their") == pytest.approx(2 / 3)
    assert probability(model, "students started the") == pytest.approx(0.4 * 1 / 2)
    assert probability(model, "exams exams clock") == pytest.approx(0.4**2 * 3 / tokens)
    assert probability(model, "clock | a") == probability(model, "| a") == pytest.approx(2 / len(LINES))
    assert not model.adds_up
    assert made(tmp_path).adds_up


def kneser_ney(model, line: list[str], order: int) -> list[float]:
    """The definition, on dictionaries, with the model's discounts."""
    counts = [defaultdict(Counter) for _ in range(order)]
    for text in LINES:
        words = ["<s>", *text.split(), "|"]
        for stop in range(2, len(words) + 1):
            for k in range(1, min(order, stop) + 1):
                gram = words[stop - k : stop]
                counts[k - 1][tuple(gram[:-1])][gram[-1]] += 1
    kinds = [defaultdict(Counter) for _ in range(order)]
    for k in range(order):
        for start, following in counts[k].items():
            longer = [after for gram, after in counts[min(k + 1, order - 1)].items() if gram[1:] == start]
            for word, count in following.items():
                plain = k == order - 1 or start[:1] == ("<s>",)
                kinds[k][start][word] = count if plain else sum(word in after for after in longer)

    def share(before: tuple[str, ...], word: str) -> float:
        if len(before) >= order:
            return share(before[1:], word)
        below = share(before[1:], word) if before else 1 / model.size
        following = kinds[len(before)].get(before)
        if not following:
            return below
        discounts = model.config["discounts"][len(before)]
        total = following.total()
        taken = sum(discounts[min(count, 3) - 1] for count in following.values())
        count = following[word]
        own = count - discounts[min(count, 3) - 1] if count else 0
        return own / total + taken / total * below

    words = ["<s>", *line]
    return [share(tuple(words[max(stop - order + 1, 0) : stop]), words[stop]) for stop in range(1, len(words))]


@pytest.mark.parametrize("smoothing", ["kneser-ney", "modified-kneser-ney"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_kneser_ney_is_its_definition(tmp_path, smoothing, order):
    model = made(tmp_path, smoothing=smoothing, order=order)
    line = "the proctor opened their clock exams books"
    expected = kneser_ney(model, [*line.split(), "|"], order)
    assert np.exp(model.log_probabilities(model.encode(f"{line}\n"))) == pytest.approx(expected, rel=1e-6)


def test_an_error_names_the_flag_where_discounts_are_undefined(tmp_path):
    with pytest.raises(NgramError, match="--discount-fallback"):
        made(tmp_path, discount_fallback=False)
    assert not (tmp_path / "model" / "manifest.json").exists()


def test_unigrams_not_interpolated_leave_what_is_taken_to_words_never_seen(tmp_path):
    lines = ["a b c d e a b c a b c a"]
    everywhere, unseen = (
        made(tmp_path / str(flag), lines, order=1, interpolate_unigrams=flag) for flag in (True, False)
    )
    freed = sum(everywhere.config["discounts"][0][i] * n for i, n in enumerate((3, 0, 3))) / 13
    assert probability(unseen, "unheard") == pytest.approx(freed)
    assert probability(everywhere, "unheard") == pytest.approx(freed / everywhere.size)


def test_katz_keeps_large_counts_and_spreads_what_it_frees(tmp_path):
    model = made(tmp_path, order=2, smoothing="katz")
    factors = model.config["factors"][1]
    following = Counter(b for line in LINES for a, b in itertools.pairwise([*line.split(), "|"]) if a == "the")
    total = following.total()
    expected = {word: count * factors[count - 1] / total for word, count in following.items()}
    for word, share in expected.items():
        assert np.exp(model.ask(np.array([[*model.encode("the"), *model.encode("\n" if word == "|" else word)]])))[
            0
        ] == pytest.approx(share)
    ratio = probability(model, "the a") / probability(model, "the their")
    assert ratio == pytest.approx(probability(model, "a") / probability(model, "their"))


def test_words_seen_too_rarely_are_counted_as_unknown(tmp_path):
    model = made(tmp_path, min_count=3, smoothing="maximum-likelihood")
    rare = [word for line in LINES for word in line.split() if LINES_COUNTS[word] < 3]
    tokens = sum(len(line.split()) + 1 for line in LINES)
    assert probability(model, "unheard") == pytest.approx(len(rare) / tokens)


@pytest.mark.parametrize("smoothing", PROPER)
def test_the_tables_of_an_estimate_add_up_to_one_to_the_last_digits(tmp_path, smoothing):
    corpus, _ = corpus_of(LINES)
    vocabulary = corpus.vocabulary()
    settings = NgramSettings(order=3, smoothing=smoothing, discount_fallback=True, prune=(0, 1))
    with closing(Database(tmp_path, memory=MEMORY, threads=1)) as database:
        tokens = np.flatnonzero(vocabulary.predicted).astype(np.int32)
        database.append("token", {"w0": tokens})
        windows = corpus.windows(3, vocabulary)
        count_ngrams(database, windows, settings, report=silent)
        estimate(database, settings, size=len(tokens), report=silent)
        probabilities, weights = {}, {}
        for k in range(1, 4):
            for row in database.run(f"SELECT {listed(grams(k))}, p FROM p{k}").fetchall():
                probabilities[row[:-1]] = row[-1]
            if k > 1:
                for row in database.run(f"SELECT {listed(history(k))}, g FROM h{k}").fetchall():
                    weights[row[:-1]] = row[-1]

    def ask(gram: tuple[int, ...]) -> float:
        return probabilities[gram] if gram in probabilities else weights.get(gram[:-1], 1.0) * ask(gram[1:])

    for before in [(), *weights]:
        assert sum(ask((*before, int(token))) for token in tokens) == pytest.approx(1, abs=1e-12)
