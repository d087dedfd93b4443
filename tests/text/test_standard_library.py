"""The built-in texts made of the standard library."""

import hashlib
import platform
from pathlib import Path

import pytest

from carrousel.errors import TextError
from carrousel.text import open_text
from carrousel.text.standard_library import english, python

TOPICS = 'topics = {"with": "The with statement\\n", "assert": "The assert statement\\n"}\n'


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A standard library of five files."""
    for name in ("pydoc_data", "test", "site-packages"):
        (tmp_path / name).mkdir()
    (tmp_path / "pydoc_data" / "topics.py").write_text(TOPICS)
    (tmp_path / "b.py").write_text('"""Module b."""\nraise SystemExit("imported")\n')
    (tmp_path / "a.py").write_text('class A:\n    """Class\n       A."""\n    def f(self):\n        """Module b."""\n')
    (tmp_path / "broken.py").write_text("def :\n")
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"))
    (tmp_path / "test" / "c.py").write_text('"""A test."""\n')
    (tmp_path / "site-packages" / "d.py").write_text('"""Installed."""\n')
    return tmp_path


def test_topics_come_first_then_each_docstring_once_in_the_order_of_paths(library: Path) -> None:
    text = english(library)
    assert "".join(text.chunks()) == "The assert statement\n\nThe with statement\n\nClass\nA.\n\nModule b.\n"
    assert text.origin == f"Python {platform.python_version()}: 2 help topics and 2 docstrings of the standard library"


def test_without_sources_it_is_the_topics_alone_and_says_so(tmp_path: Path) -> None:
    text = english(tmp_path)
    assert text.origin.endswith("help topics and no docstrings, for lack of sources")
    assert text.bytes > 100_000


def test_source_files_come_in_the_order_of_their_paths_as_utf8(library: Path) -> None:
    text = python(library)
    content = "".join(text.chunks())
    assert content.index("class A") < content.index("Module b") < content.index("def :") < content.index("é")
    assert "A test" not in content
    assert "Installed" not in content
    assert "5 source files" in text.origin


def test_without_sources_there_is_no_python_text(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="needs the sources of the standard library"):
        python(tmp_path)


def test_the_real_documentation_is_english_with_size_and_hash() -> None:
    text = open_text("builtin:english")
    content = "".join(text.chunks())
    assert text.bytes == len(content.encode())
    assert text.sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert text.bytes > 400_000
    assert content.count(" the ") > 5_000
