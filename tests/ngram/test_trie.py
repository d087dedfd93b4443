import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrousel.ngram.sql import END, START
from carrousel.ngram.trie import ABSENT, Level, Trie

LOG = np.float32
WORDS = 5
TOKENS = st.sampled_from([word for word in range(WORDS) if word != START])


def trie_with(grams: dict[tuple[int, ...], tuple[float, float]], order: int, *, unseen: float = 0.0) -> Trie:
    """The trie of n-grams given with their logs and weights; every history must be there."""
    levels = []
    for k in range(1, order + 1):
        own = sorted(gram for gram in grams if len(gram) == k)
        above = sorted(gram for gram in grams if len(gram) == k + 1)
        starts = [sum(gram[:-1] < history for gram in above) for history in own]
        levels.append(
            Level(
                tokens=np.array([gram[-1] for gram in own], np.uint16),
                logs=np.array([grams[gram][0] for gram in own], LOG),
                weights=np.array([grams[gram][1] for gram in own], LOG) if k < order else None,
                starts=np.array([*starts, len(above)], np.uint32) if k < order else None,
            )
        )
    return Trie(levels=tuple(levels), unseen=unseen)


def plain_score(grams: dict, order: int, words: tuple[int, ...], unseen: float) -> float:
    """The definition of back-off, on a dictionary."""
    *before, last = words
    history = [START if word == END else word for word in before]
    for place in reversed(range(len(history))):
        if history[place] == START:
            history = history[place:]
            break
    gram = (*history[-(order - 1) :], last) if order > 1 else (last,)
    score = 0.0
    while gram not in grams or np.isnan(grams[gram][0]):
        score += grams[gram[:-1]][1] if gram[:-1] in grams else unseen
        gram = gram[1:]
    return score + grams[gram][0]


@st.composite
def models(draw):
    order = draw(st.integers(1, 4))
    grams = {(word,) for word in range(WORDS)}
    for k in range(2, order + 1):
        longer = [(*gram, word) for gram in sorted(grams) if len(gram) == k - 1 for word in range(WORDS)]
        longer = [gram for gram in longer if END not in gram[:-1] and START not in gram[1:]]
        if longer:
            grams |= draw(st.sets(st.sampled_from(longer), max_size=12))
    value = st.floats(-4, 0, width=32)
    logs = {
        gram: (
            draw(value) if len(gram) == 1 else draw(st.one_of(value, st.just(float("nan")))),
            0.0 if gram[-1] == END else draw(value),
        )
        for gram in sorted(grams)
    }
    return order, logs, draw(st.sampled_from([0.0, -0.5]))


@settings(max_examples=30, deadline=None)
@given(model=models(), words=st.lists(TOKENS, min_size=1, max_size=12))
def test_scores_are_those_of_the_definition(model, words):
    order, grams, unseen = model
    trie, text = trie_with(grams, order, unseen=unseen), np.array(words)
    expected = [plain_score(grams, order, tuple(words[: stop + 1]), unseen) for stop in range(len(words))]
    assert trie.running_scores(text) == pytest.approx(expected, abs=1e-5)
    width = min(order, len(words))
    rows = np.array(list(itertools.product(words[:3], repeat=width)))
    asked = [plain_score(grams, order, tuple(row), unseen) for row in rows.tolist()]
    assert trie.scores(rows) == pytest.approx(asked, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(model=models(), words=st.lists(TOKENS, max_size=6))
def test_the_distribution_is_the_score_of_every_token(model, words):
    order, grams, unseen = model
    trie = trie_with(grams, order, unseen=unseen)
    rows = np.array([[*words, token] for token in range(WORDS)])
    assert trie.distribution(np.array(words, np.int64)) == pytest.approx(trie.scores(rows), abs=1e-9)


def test_windows_of_a_running_text_score_as_rows_by_themselves():
    grams = {(word,): (-1.0 - word, -0.25) for word in range(WORDS)} | {(3, 4): (-0.5, 0.0), (START, 3): (-0.75, 0.0)}
    trie, text = trie_with(grams, 2), np.array([3, 4, 4, END, 3, 4, 3])
    windows = np.lib.stride_tricks.sliding_window_view(text, 2)
    alone = np.concatenate([trie.scores(row[None]) for row in windows])
    assert np.array_equal(trie.scores(windows), alone)
    assert np.array_equal(trie.running_scores(text)[1:], alone)


def test_what_is_not_there_is_not_found():
    grams = {(word,): (-1.0, 0.0) for word in range(WORDS)} | {
        (3, 0): (-1.0, 0.0),
        (3, 4): (-1.0, 0.0),
        (4, 2): (-1.0, 0.0),
    }
    trie = trie_with(grams, 2)
    every = np.array(list(itertools.product(range(WORDS), repeat=2)))
    found = trie.find(2, every[:, 0], every[:, 1])
    assert [tuple(gram) for gram, place in zip(every.tolist(), found, strict=True) if place != ABSENT] == [
        (3, 0),
        (3, 4),
        (4, 2),
    ]
    assert found[found != ABSENT].tolist() == [0, 1, 2]
