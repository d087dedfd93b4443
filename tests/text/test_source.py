"""Texts: blocks, characters, lines, several files as one."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrousel.errors import TextError
from carrousel.text import join_texts, memory_text, open_text
from tests.text.samples import dripping_text


@given(text=st.text(), count=st.integers(1, 7))
def test_characters_survive_any_size_of_block(text: str, count: int) -> None:
    read = dripping_text(text.encode(), count=count)
    assert "".join(read.chunks()) == text.removeprefix("\ufeff")
    assert b"".join(read.blocks()) == text.encode()


@given(data=st.binary(), count=st.integers(1, 7))
def test_bad_utf8_is_found_where_python_finds_it(data: bytes, count: int) -> None:
    read = dripping_text(data, count=count)
    try:
        wanted = data.decode()
    except UnicodeDecodeError as error:
        with pytest.raises(TextError, match=f"drops is not UTF-8 at byte {error.start} "):
            list(read.chunks())
    else:
        assert "".join(read.chunks()) == wanted.removeprefix("\ufeff")


def test_bad_utf8_names_the_file_and_its_own_offset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"fine\n")
    (tmp_path / "b.txt").write_bytes(b"fine too \xe2\x82 cut")
    with pytest.raises(TextError, match=r"b\.txt is not UTF-8 at byte 9 \(0xe2\); convert it to UTF-8"):
        list(open_text(tmp_path).chunks())


def test_a_text_in_utf16_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "wide.txt").write_text("wide", encoding="utf-16")
    with pytest.raises(TextError, match=r"at byte 0 .* as UTF-16 does"):
        list(open_text(tmp_path / "wide.txt").chunks())


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "marked.txt").write_text("word", encoding="utf-8-sig")
    assert list(open_text(tmp_path / "marked.txt").chunks()) == ["word"]


def test_several_texts_are_one_and_no_word_runs_from_one_into_the_next() -> None:
    texts = [memory_text(content, name=content.strip()) for content in ("one", "two\n", "three")]
    together = join_texts(texts)
    assert "".join(together.chunks()) == "one\ntwo\nthree"
    assert b"".join(together.blocks()) == b"one\ntwo\nthree"
    assert together.bytes == len("one\ntwo\nthree")
    assert together.name == "one + two + three"


def test_sizes_and_hash_are_those_of_the_bytes() -> None:
    text = memory_text("naïve\n", name="text")
    assert (text.bytes, text.characters) == (7, 6)
    assert text.sha256 == hashlib.sha256("naïve\n".encode()).hexdigest()


@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\r\n\ufeff", codec="utf-8")), min_size=1),
    count=st.integers(1, 5),
)
def test_lines_come_without_their_ends(lines: list[str], count: int) -> None:
    for end in ("\n", "\r\n"):
        data = "".join(line + end for line in lines).encode()
        assert list(dripping_text(data, count=count).lines()) == lines


def test_a_last_line_without_an_end_counts_if_it_holds_anything() -> None:
    assert list(memory_text("a\nb", name="text").lines()) == ["a", "b"]
    assert list(memory_text("a\n", name="text").lines()) == ["a"]


def test_a_file_that_shrinks_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("a long line\n")
    text = open_text(path)
    path.write_text("short")
    with pytest.raises(TextError, match="ended at byte 5 instead of 12"):
        list(text.chunks())
