from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrousel.errors import NgramError, SettingsError
from carrousel.ngram import corpus as corpora
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.counting import count_ngrams
from carrousel.ngram.database import Database
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sql import counted
from carrousel.ngram.stages import silent
from tests.ngram.making import MEMORY

NAMES = ["<unk>", "<eos>", "a", "b", "c"]
CORPORA = st.lists(st.integers(0, len(NAMES) - 1), min_size=1, max_size=40)


def corpus(tokens: list[int]) -> Corpus:
    return Corpus(tokens=np.array(tokens, np.uint16), names=NAMES, unknown=0, end=1)


def sentences(tokens: list[int]) -> list[list[str]]:
    text = [[]]
    for token in tokens:
        text[-1].append("</s>" if token == 1 else NAMES[token])
        if token == 1:
            text.append([])
    if text[-1]:
        return [*text[:-1], [*text[-1], "</s>"]]
    return text[:-1]


def plain_counts(lines: list[list[str]], order: int) -> Counter:
    counts = Counter()
    for line in lines:
        padded = ["<s>", *line]
        for stop in range(2, len(padded) + 1):
            for start in range(max(stop - order, 0), stop):
                counts[tuple(padded[start:stop])] += 1
    return counts


def adjusted_counts(plain: Counter, order: int) -> dict:
    before = defaultdict(set)
    for gram in plain:
        before[gram[1:]].add(gram[0])
    return {
        gram: count if len(gram) == order or gram[0] == "<s>" else len(before[gram]) for gram, count in plain.items()
    }


def counts_in(database: Database, names: tuple[str, ...], order: int) -> dict:
    return {
        tuple(names[word] for word in row[:k]): row[k:]
        for k in range(1, order + 1)
        for row in database.run(f"SELECT * FROM {counted(k)} AS t").fetchall()
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=CORPORA, order=st.integers(1, 4), smoothing=st.sampled_from(["kneser-ney", "katz"]), both=st.booleans())
def test_counts_are_those_of_a_plain_loop(tmp_path_factory, tokens, order, smoothing, both):
    text = corpus(tokens)
    wanted = NgramSettings(order=order, smoothing=smoothing, prune=(0, 1)[:order] if both else ())
    vocabulary = text.vocabulary()
    with closing(Database(tmp_path_factory.mktemp("counts"), memory=MEMORY, threads=1)) as database:
        windows = text.windows(order, vocabulary)
        count_ngrams(database, windows, wanted, report=silent)
        found = counts_in(database, vocabulary.names, order)
    plain = plain_counts(sentences(tokens), order)
    expected = adjusted_counts(plain, order) if smoothing == "kneser-ney" else plain
    twice = both and order > 1 and smoothing == "kneser-ney"
    assert found == {gram: (expected[gram], plain[gram]) if twice else (expected[gram],) for gram in plain}


def test_a_text_cut_into_chunks_has_the_same_windows(monkeypatch):
    text = corpus([2, 3, 1, 4, 1, 1, 2, 2, 3])
    vocabulary = text.vocabulary()
    whole = np.concatenate([window["w2"] for window in text.windows(3, vocabulary)])
    monkeypatch.setattr(corpora, "CHUNK", 2)
    cut = np.concatenate([window["w2"] for window in text.windows(3, vocabulary)])
    assert cut.tolist() == whole.tolist()


def test_tokens_are_numbered_as_the_text_first_has_them():
    assert corpus([4, 2, 1, 4, 0]).vocabulary().names == ("<unk>", "<s>", "</s>", "c", "a", "b")


def test_the_mark_of_a_sentence_written_in_a_text_is_a_word_like_others():
    text = Corpus(tokens=np.array([0, 1]), names=["<s>", "\n"], unknown=None, end=1)
    assert text.vocabulary().names == ("<unk>", "<s>", "</s>", "<0x3c>s>")


def test_no_token_is_too_little_to_count():
    with pytest.raises(NgramError, match="no token to count"):
        corpus([]).vocabulary()


def test_too_little_memory_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match="64 MiB of memory at least, got 1"):
        Database(tmp_path, memory=1 << 20)
