"""What a person types for a text."""

import io
import os
from pathlib import Path

import pytest

from carrousel.errors import TextError
from carrousel.text import open_text


def test_a_folder_is_its_text_files_in_the_order_of_their_paths(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("second\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z.md").write_text("first")
    (tmp_path / "c.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "empty").touch()
    (tmp_path / ".hidden").write_text("hidden")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("hidden")
    text = open_text(tmp_path)
    assert "".join(text.chunks()) == "first\nsecond\n"
    assert text.origin == "2 files; 2 are no text and passed over, such as c.png"


def test_a_folder_that_holds_a_link_to_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("once")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert "".join(open_text(str(tmp_path)).chunks()) == "once"


def test_a_folder_without_text_says_what_counts_as_text(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\0\1")
    with pytest.raises(TextError, match=r"holds no text: of 1 files none is text .*zero byte"):
        open_text(tmp_path)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "nothing.txt").touch()
    with pytest.raises(TextError, match=r"nothing\.txt is empty"):
        open_text(tmp_path / "nothing.txt")


def test_a_missing_file_is_named_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"no file or folder '.*gone\.txt'; '-' is standard input.*builtin:english"):
        open_text(tmp_path / "gone.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0)
    with pytest.raises(TextError, match="secret cannot be read"):
        list(open_text(tmp_path / "secret").chunks())


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(TextError, match="name of the text is empty"):
        open_text("")


def test_standard_input_can_be_read_twice() -> None:
    text = open_text("-", stdin=io.BytesIO(b"piped\n"))
    assert list(text.chunks()) == list(text.chunks()) == ["piped\n"]
    assert text.name == "standard input"


def test_empty_standard_input_is_refused() -> None:
    with pytest.raises(TextError, match="standard input is empty"):
        open_text("-", stdin=io.BytesIO())


def test_an_unknown_built_in_text_names_the_near_one() -> None:
    with pytest.raises(TextError, match="did you mean english"):
        open_text("builtin:englsh")
    with pytest.raises(TextError, match="there are english, python, agreement"):
        open_text("builtin:klingon")
