"""The counts that are published for the Penn Treebank in Mikolov's preparation."""

from pathlib import Path

import numpy as np

from carrousel.text import learn_tokenizer, open_text, tokenise, tokens_in_memory

PUBLISHED = {"train": 929_589, "valid": 73_760, "test": 82_430}


def test_words_and_vocabulary_are_as_published(data: Path, tmp_path: Path) -> None:
    train = open_text(data / "ptb" / "ptb.train.txt")
    tokenizer = learn_tokenizer("word", train)
    assert tokenizer.size == 10_000
    assert {tokenizer.token(index) for index in tokenizer.encode("<unk> N \n")} == {"<unk>", "N", "<eos>"}
    for split, count in PUBLISHED.items():
        tokens = tokenise(open_text(data / "ptb" / f"ptb.{split}.txt"), tokenizer, tmp_path / split)
        assert len(tokens) == count
        assert np.count_nonzero(tokens.array == tokenizer.end) == tokens.counts.lines
    assert tokens.counts.unknowns == 4_794


def test_a_smaller_vocabulary_makes_more_words_unknown(data: Path) -> None:
    text = open_text(data / "ptb" / "ptb.valid.txt")
    unknowns = [
        tokens_in_memory(text, learn_tokenizer("word", text, size=size)).counts.unknowns for size in (500, 1000)
    ]
    assert unknowns[0] > unknowns[1] > 0
