"""A model as an ARPA file: the text form of n-gram models that KenLM, SRILM and others read."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from carrousel.errors import ModelError
from carrousel.ngram.database import Database
from carrousel.ngram.sql import START
from carrousel.ngram.trie import Trie
from carrousel.ngram.vocabulary import Vocabulary

CHUNK: Final = 1 << 20
"""N-grams written at a time."""
ZERO: Final = -99.0
"""What stands in an ARPA file for log10 of zero."""


def write_arpa(
    path: Path,
    trie: Trie,
    vocabulary: Vocabulary,
    *,
    database: Database,
    work: Path,
    report: Callable[[str], None],
    release: Callable[[], None] = lambda: None,
) -> None:
    """Write a model to an ARPA file; the file bears its name only when it is whole.

    Args:
        path: of the file.
        trie: the n-grams. Those that are there only as histories are not written.
        vocabulary: their names.
        database: which turns numbers into text.
        work: a folder for what is not finished yet.
        report: told what is being done.
        release: called between chunks, so that mapped arrays need not stay resident.

    Raises:
        ModelError: the model has a score for unseen histories, which no ARPA file can say, or the disk refuses.
    """
    if trie.unseen:
        raise ModelError(
            "an ARPA file cannot say what stupid-backoff does behind unseen histories; keep the model folder"
        )
    names = np.array(vocabulary.names, object)
    database.append("name", {"w": np.arange(len(names), dtype=np.int32), "s": names})
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            written = [_written(trie, vocabulary, order) for order in range(1, trie.order + 1)]
            file.write(b"\\data\\\n")
            file.writelines(f"ngram {order}={count}\n".encode() for order, count in enumerate(written, 1))
            for order in range(1, trie.order + 1):
                report(f"writing {order}-grams")
                file.write(f"\n\\{order}-grams:\n".encode())
                _write_order(file, trie, vocabulary, order, database, work / "arpa.part", release)
            file.write(b"\n\\end\\\n")
        beside.replace(path)
    except OSError as error:
        raise ModelError(f"the ARPA file {path} could not be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
        database.drop("name")


def grams_between(trie: Trie, order: int, start: int, stop: int) -> list[np.ndarray]:
    """The tokens, column by column, of the n-grams at the places from `start` to `stop`."""
    if order == 1:
        return [np.arange(start, stop, dtype=np.int32)]
    starts = trie.levels[order - 2].starts
    if starts is None or start == stop:
        return [np.zeros(0, np.int64)] * order
    first = int(np.searchsorted(starts, start, side="right")) - 1
    last = int(np.searchsorted(starts, stop, side="left"))
    bounds: np.ndarray = np.clip(starts[first : last + 1].astype(np.int64), start, stop)
    numbers = bounds[1:] - bounds[:-1]
    histories = grams_between(trie, order - 1, first, last)
    return [*(np.repeat(column, numbers) for column in histories), trie.levels[order - 1].tokens[start:stop]]


def _written(trie: Trie, vocabulary: Vocabulary, order: int) -> int:
    """How many n-grams of an order have a line."""
    logs = trie.levels[order - 1].logs
    if order == 1:
        return int(_shown(vocabulary, logs).sum())
    return len(logs) - sum(int(np.isnan(logs[start : start + CHUNK]).sum()) for start in range(0, len(logs), CHUNK))


def _shown(vocabulary: Vocabulary, logs: np.ndarray) -> np.ndarray:
    """Which unigrams have a line: what is predicted, and `<s>`."""
    shown: np.ndarray = vocabulary.predicted & ~np.isnan(logs)
    shown[START] = True
    return shown


def _write_order(
    file: BinaryIO,
    trie: Trie,
    vocabulary: Vocabulary,
    order: int,
    database: Database,
    part: Path,
    release: Callable[[], None],
) -> None:
    level = trie.levels[order - 1]
    words = [f"s{place}.s" for place in range(order)]
    joined = " ".join(f"JOIN name s{place} ON s{place}.w = g.c{place}" for place in range(order))
    for start in range(0, len(level.logs), CHUNK):
        stop = min(start + CHUNK, len(level.logs))
        logs = np.array(level.logs[start:stop])
        columns = {
            f"c{place}": column.astype(np.int32) for place, column in enumerate(grams_between(trie, order, start, stop))
        }
        columns["l"] = np.minimum(np.maximum(logs, ZERO), 0)
        shown = "l"
        if level.weights is not None:
            columns["b"] = np.maximum(level.weights[start:stop], ZERO)
            shown = "b"
        kept = _shown(vocabulary, logs) if order == 1 else ~np.isnan(logs)
        if not kept.all():
            columns = {name: column[kept] for name, column in columns.items()}
        weight = ", g.b" if shown == "b" else ""
        database.write_text(
            part, columns, f"SELECT g.l, concat_ws(' ', {', '.join(words)}){weight} FROM arriving g {joined}"
        )
        with part.open("rb") as lines:
            shutil.copyfileobj(lines, file, 1 << 22)
        part.unlink()
        release()
