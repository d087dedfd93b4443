"""The tokenizer of a model folder."""

import json
from typing import Any

import pytest
from tokenizers import Tokenizer as LibraryTokenizer

from carrousel.errors import ModelError
from carrousel.text import KINDS, Tokenizer, learn_tokenizer, memory_text
from tests.text.samples import PROSE


def learned(kind: str) -> Tokenizer:
    return learn_tokenizer(kind, memory_text(PROSE, name="prose"))


def changed(kind: str, **fields: Any) -> bytes:
    content = json.loads(learned(kind).to_bytes())
    content["tokenizer"].update(fields)
    return json.dumps(content).encode()


def with_vocabulary(kind: str, vocabulary: dict[str, int]) -> bytes:
    content = json.loads(learned(kind).to_bytes())
    content["tokenizer"]["model"]["vocab"] = vocabulary
    return json.dumps(content).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_tokenizer_read_from_its_file_is_the_same(kind: str) -> None:
    tokenizer = learned(kind)
    again = Tokenizer.from_bytes(tokenizer.to_bytes())
    assert (again.kind, again.size, again.unknown, again.end) == (
        kind,
        tokenizer.size,
        tokenizer.unknown,
        tokenizer.end,
    )
    assert again.encode(PROSE).tolist() == tokenizer.encode(PROSE).tolist()
    assert again.to_bytes() == tokenizer.to_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_reads_its_part_of_the_file(kind: str) -> None:
    tokenizer = learned(kind)
    library = LibraryTokenizer.from_str(json.dumps(json.loads(tokenizer.to_bytes())["tokenizer"]))
    assert library.encode(PROSE).ids == tokenizer.encode(PROSE).tolist()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"kind": "word", "tokenizer": {}}'])
def test_what_is_no_tokenizer_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json is no tokenizer of ours"):
        Tokenizer.from_bytes(content)


def test_a_kind_of_the_future_is_refused_by_name() -> None:
    content = json.loads(learned("byte").to_bytes()) | {"kind": "morpheme"}
    with pytest.raises(ModelError, match="of kind 'morpheme'"):
        Tokenizer.from_bytes(json.dumps(content).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_cuts_text_in_another_way_is_refused(kind: str) -> None:
    with pytest.raises(ModelError, match=f"does not cut text as a {kind} tokenizer does"):
        Tokenizer.from_bytes(changed(kind, normalizer={"type": "Lowercase"}))


@pytest.mark.parametrize(
    ("kind", "vocabulary"),
    [
        ("word", {"<eos>": 0, "<unk>": 1, "a": 2}),
        ("word", {"<unk>": 0, "<eos>": 1, "two words": 2}),
        ("char", {"<unk>": 0, "ab": 1}),
        ("char", {"<unk>": 0, "a": 2}),
    ],
)
def test_a_vocabulary_that_is_none_of_the_kind_is_refused(kind: str, vocabulary: dict[str, int]) -> None:
    with pytest.raises(ModelError):
        Tokenizer.from_bytes(with_vocabulary(kind, vocabulary))


def test_a_byte_vocabulary_in_another_order_is_refused() -> None:
    vocabulary = learned("byte").library.get_vocab()
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    with pytest.raises(ModelError, match="256 bytes"):
        Tokenizer.from_bytes(with_vocabulary("byte", vocabulary))
