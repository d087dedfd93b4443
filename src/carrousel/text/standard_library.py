"""The two built-in texts that every Python installation carries: the documentation and the source of its library."""

import ast
import importlib
import platform
import sysconfig
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path

from carrousel.errors import TextError
from carrousel.text.source import Text, memory_text

STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"})


def english(library: Path | None = None) -> Text:
    """`builtin:english`: the help topics of pydoc, then the docstrings of the standard library, each once.

    The docstrings are read from source by `ast` and nothing is imported but the topics; the files come in the order of
    their paths. Where sources are missing it is the topics alone, and `origin` says so. Raises TextError where the
    topics are missing too.
    """
    folder = library_folder() if library is None else library
    topics, docstrings = _topics(folder), list(dict.fromkeys(_docstrings(folder)))
    content = "\n\n".join((*topics, *docstrings)) + "\n"
    found = (
        f"{len(docstrings):,} docstrings of the standard library"
        if docstrings
        else "no docstrings, for lack of sources"
    )
    return memory_text(
        content.encode("utf-8", "replace"),
        name="builtin:english",
        origin=f"Python {platform.python_version()}: {len(topics)} help topics and {found}",
    )


def python(library: Path | None = None) -> Text:
    """`builtin:python`: the source files of the standard library in the order of their paths, as UTF-8.

    Raises TextError where sources are missing.
    """
    folder = library_folder() if library is None else library
    sources = [_source(path) for path in source_files(folder)]
    if not sources:
        raise TextError(f"builtin:python needs the sources of the standard library, and {folder} has none; give a text")
    return memory_text(
        "\n".join(sources),
        name="builtin:python",
        origin=f"Python {platform.python_version()}: {len(sources):,} source files of the standard library",
    )


def library_folder() -> Path:
    """The folder of the standard library of the Python that runs."""
    return Path(sysconfig.get_path("stdlib"))


def source_files(folder: Path) -> list[Path]:
    """The sources in a fixed order, without tests and without what was installed beside the library."""
    paths = ((path.relative_to(folder).parts, path) for path in folder.rglob("*.py"))
    return [path for parts, path in sorted(paths) if not LEFT_OUT & set(parts[:-1])]


def _topics(folder: Path) -> list[str]:
    source = folder / "pydoc_data" / "topics.py"
    if source.is_file():
        assigned = next(
            node for node in ast.parse(source.read_bytes()).body if isinstance(node, ast.Assign | ast.AnnAssign)
        )
        topics = ast.literal_eval(assigned.value) if assigned.value else {}
    else:
        try:
            topics = importlib.import_module("pydoc_data.topics").topics
        except ImportError as error:
            raise TextError("builtin:english needs pydoc_data, which this Python lacks; give a text") from error
    return [topics[name].strip() for name in sorted(topics)]


def _docstrings(folder: Path) -> Iterator[str]:
    for path in source_files(folder):
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(path.read_bytes())
        except SyntaxError:  # a template, or a file of another Python
            continue
        waiting: list[ast.AST] = [tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = (ast.get_docstring(node) or "").strip()
                if docstring:
                    yield docstring
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, STATEMENTS)][::-1]


def _source(path: Path) -> str:
    with tokenize.open(path) as file:
        return file.read()
