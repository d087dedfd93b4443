"""Histories that were seen once, which the tables of weights leave out."""

import numpy as np
import pytest

from carrousel.ngram import interpolated
from carrousel.ngram.building import build_ngram
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.settings import NgramSettings
from tests.ngram.making import MEMORY, corpus_of

NAMES = ["<unk>", "<eos>", "a", "b", "c", "d"]


def built(folder, **settings) -> bytes:
    random = np.random.default_rng(0)
    tokens = random.choice(len(NAMES) - 1, 400, p=[0.05, 0.2, 0.4, 0.2, 0.15])
    tokens[-1] = NAMES.index("d")
    corpus = Corpus(tokens=tokens, names=NAMES, unknown=0, end=settings.pop("end", 1))
    wanted = NgramSettings(order=4, discount_fallback=True, **settings)
    _, file = corpus_of(["a b c d"])
    build_ngram(corpus, wanted, out=folder, tokenizer=file, memory=MEMORY, threads=1)
    return (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("smoothing", ["modified-kneser-ney", "maximum-likelihood"])
def test_a_model_is_the_same_whether_they_are_left_out_or_not(tmp_path, monkeypatch, smoothing):
    left_out = []
    all_continued = interpolated._all_continued

    def told(engine, k):
        left_out.append(all_continued(engine, k))
        return left_out[-1]

    monkeypatch.setattr(interpolated, "_all_continued", told)
    lean = built(tmp_path / "lean", smoothing=smoothing)
    assert left_out == [True, True]
    monkeypatch.setattr(interpolated, "_all_continued", lambda engine, k: False)
    assert built(tmp_path / "whole", smoothing=smoothing) == lean


def test_a_text_that_ends_in_the_middle_of_a_line_has_one_that_nothing_continues(tmp_path, monkeypatch):
    found = []
    all_continued = interpolated._all_continued
    monkeypatch.setattr(
        interpolated, "_all_continued", lambda engine, k: found.append(all_continued(engine, k)) or found[-1]
    )
    built(tmp_path / "model", end=None)
    assert not all(found)
