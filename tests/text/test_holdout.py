"""The end that is held out."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carrousel.errors import TextError
from carrousel.text import hold_out, join_texts, memory_text

lines = st.lists(st.text(st.sampled_from("ab ä"), max_size=12), min_size=3, max_size=60)


@given(files=st.lists(lines.map(lambda lines: "\n".join(lines) + "\n"), min_size=1, max_size=3))
def test_both_parts_together_are_the_text_and_the_end_starts_a_line(files: list[str]) -> None:
    whole = "".join(files)
    text = join_texts([memory_text(file, name="file") for file in files])
    assume(len(whole.encode()) >= 60)
    kept, held = ("".join(part.chunks()) for part in hold_out(text))
    assert kept + held == whole
    assert kept.encode()[-1:] in {b"\n", b" "} or len(whole.splitlines()[-1].encode()) > 0.05 * len(whole.encode()) - 1


def test_the_last_twentieth_is_held_out_on_a_line_boundary() -> None:
    kept, held = hold_out(memory_text("".join(f"line {number:03}\n" for number in range(200)), name="lines"))
    assert list(held.lines()) == [f"line {number:03}" for number in range(190, 200)]
    assert kept.name == "lines without its last 5%"
    assert held.name == "the last 5% of lines"


def test_a_text_of_one_line_is_divided_between_words() -> None:
    kept, held = hold_out(memory_text("word " * 100, name="one line"))
    assert ("".join(kept.chunks()), "".join(held.chunks())) == ("word " * 95, "word " * 5)


def test_a_text_without_spaces_is_divided_between_characters() -> None:
    kept, held = hold_out(memory_text("東" * 99, name="no spaces"))
    assert "".join(kept.chunks()) + "".join(held.chunks()) == "東" * 99


def test_the_offset_of_bad_utf8_in_the_held_out_end_is_that_in_the_file() -> None:
    _, held = hold_out(memory_text(b"line\n" * 100 + b"\xff\n", name="file"))
    with pytest.raises(TextError, match="file is not UTF-8 at byte 500"):
        list(held.chunks())


def test_the_entropy_of_the_source_is_that_of_both_parts() -> None:
    assert [part.line_entropy for part in hold_out(memory_text("a\n" * 50, name="a", line_entropy=1.5))] == [1.5, 1.5]


@pytest.mark.parametrize("content", ["a", "é"])
def test_a_text_too_short_to_divide_is_refused(content: str) -> None:
    with pytest.raises(TextError, match="too few to hold out"):
        hold_out(memory_text(content, name="tiny"))
