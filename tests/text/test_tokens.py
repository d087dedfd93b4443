"""Tokens on disk."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from carrousel.errors import TextError
from carrousel.text import KINDS, learn_tokenizer, memory_text, open_tokens, tokenise, tokens_in_memory
from tests.text.samples import PROSE, dripping_text, repeated_text

TEXT = memory_text(PROSE, name="prose")


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_on_disk_are_the_encoded_text_with_its_counts(kind: str, tmp_path: Path) -> None:
    tokenizer = learn_tokenizer(kind, TEXT)
    tokens = tokenise(dripping_text(PROSE.encode(), count=50), tokenizer, tmp_path / "tokens")
    assert tokens.array.tolist() == tokenizer.encode(PROSE).tolist()
    assert tokens.array.dtype == np.uint16
    assert (tokens.counts.characters, tokens.counts.bytes, tokens.counts.lines) == (
        len(PROSE),
        len(PROSE.encode()),
        PROSE.count("\n"),
    )
    assert tokens.counts.unknowns == (PROSE.split().count("<unk>") if kind == "word" else 0)
    assert tokens.counts == tokens_in_memory(TEXT, tokenizer).counts


def test_several_texts_are_written_as_one(tmp_path: Path) -> None:
    texts = [memory_text("one", name="a"), memory_text("two", name="b")]
    tokenizer = learn_tokenizer("byte", texts)
    assert bytes(tokenise(texts, tokenizer, tmp_path / "tokens").array.tolist()) == b"one\ntwo"


def test_more_than_65536_tokens_take_32_bits(tmp_path: Path) -> None:
    text = memory_text(" ".join(map(str, range(66_000))), name="numbers")
    tokenizer = learn_tokenizer("word", text, size=100_000)
    tokens = tokenise(text, tokenizer, tmp_path / "tokens")
    assert tokens.array.dtype == np.uint32
    assert tokens.array.max() == tokenizer.size - 1


def test_words_have_65536_tokens_of_16_bits_if_no_size_is_said(tmp_path: Path) -> None:
    text = memory_text(" ".join(map(str, range(66_000))), name="numbers")
    tokenizer = learn_tokenizer("word", text)
    tokens = tokenise(text, tokenizer, tmp_path / "tokens")
    assert tokenizer.size == 65_536
    assert tokens.array.dtype == np.uint16
    assert tokens.counts.unknowns == 66_000 - 65_534


def test_other_programs_read_the_file_as_safetensors(tmp_path: Path) -> None:
    tokens = tokenise(TEXT, learn_tokenizer("byte", TEXT), tmp_path / "tokens")
    np.testing.assert_array_equal(load_file(tmp_path / "tokens")["tokens"], tokens.array)


def test_tokens_cannot_be_written_to_and_survive_a_release(tmp_path: Path) -> None:
    tokens = tokenise(TEXT, learn_tokenizer("byte", TEXT), tmp_path / "tokens")
    first = tokens.array.copy()
    tokens.release()
    np.testing.assert_array_equal(tokens.array, first)
    assert not tokens.array.flags.writeable


def test_a_text_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    tokenizer = learn_tokenizer("char", TEXT)
    before = tokenise(TEXT, tokenizer, tmp_path / "tokens").array.tolist()
    with pytest.raises(TextError, match="not UTF-8"):
        tokenise(dripping_text(b"a" * 100 + b"\xff", count=10), tokenizer, tmp_path / "tokens")
    assert open_tokens(tmp_path / "tokens").array.tolist() == before
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]


def test_a_text_without_a_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="blank gives no token to a word tokenizer"):
        tokenise(memory_text("   ", name="blank"), learn_tokenizer("word", TEXT), tmp_path / "tokens")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"cannot be written to .*missing"):
        tokenise(TEXT, learn_tokenizer("byte", TEXT), tmp_path / "missing" / "tokens")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    tokenise(TEXT, learn_tokenizer("byte", TEXT), path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(TextError, match=r"instead of .*; make it anew"):
        open_tokens(path)


@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 5000])
def test_a_file_of_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_bytes(content)
    with pytest.raises(TextError, match="is no file of tokens"):
        open_tokens(tmp_path / "tokens")


def test_tokens_of_another_tokenizer_are_refused(tmp_path: Path) -> None:
    tokenise(TEXT, learn_tokenizer("char", TEXT), tmp_path / "tokens")
    with pytest.raises(TextError, match="another tokenizer"):
        open_tokens(tmp_path / "tokens", tokenizer=learn_tokenizer("byte", TEXT))


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    seen: list[int] = []
    tokenise(
        dripping_text(b"a\nb\nc\n", count=2), learn_tokenizer("byte", TEXT), tmp_path / "tokens", progress=seen.append
    )
    assert seen == [2, 4, 6]


def test_a_text_twice_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    tokenizer = learn_tokenizer("word", TEXT)
    peaks = []
    for megabytes in (2, 4):
        tracemalloc.start()
        tokenise(repeated_text(PROSE.encode(), size=megabytes << 20), tokenizer, tmp_path / "tokens")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
