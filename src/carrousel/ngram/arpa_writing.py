"""A model as an ARPA file: the text form of n-gram models that KenLM, SRILM and others read."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool

from carrousel.errors import ModelError
from carrousel.ngram.arpa_text import ArpaText
from carrousel.ngram.sql import START
from carrousel.ngram.trie import Trie
from carrousel.ngram.vocabulary import Vocabulary

CHUNK: Final = 1 << 14
"""N-grams that a thread makes lines of at a time."""
COUNTED: Final = 1 << 20
"""N-grams that are looked through at a time before any is written."""
ZERO: Final = -99.0
"""What stands in an ARPA file for log10 of zero."""


def write_arpa(
    path: Path,
    trie: Trie,
    vocabulary: Vocabulary,
    *,
    threads: int | None = None,
    report: Callable[[str], None],
    release: Callable[[], None] = lambda: None,
) -> None:
    """Write a model to an ARPA file; the file bears its name only when it is whole.

    Args:
        path: of the file.
        trie: the n-grams. Those that are there only as histories are not written.
        vocabulary: their names.
        threads: that make lines; all cores by default.
        report: told what is being done.
        release: called between chunks, so that mapped arrays need not stay resident.

    Raises:
        ModelError: the model has a score for unseen histories, which no ARPA file can say, or the disk refuses.
    """
    if trie.unseen:
        raise ModelError(
            "an ARPA file cannot say what stupid-backoff does behind unseen histories; keep the model folder"
        )
    text, shown = ArpaText(vocabulary.names), _shown(vocabulary, trie)
    threads = threads or os.cpu_count() or 1
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file, ThreadPoolExecutor(threads) as pool:
            written = [int(shown.sum()), *(_written(trie, order, release) for order in range(2, trie.order + 1))]
            file.write(b"\\data\\\n")
            file.writelines(f"ngram {order}={count}\n".encode() for order, count in enumerate(written, 1))
            for order in range(1, trie.order + 1):
                report(f"writing {order}-grams")
                file.write(f"\n\\{order}-grams:\n".encode())
                chunks = range(0, len(trie.levels[order - 1].logs), CHUNK)
                for first in range(0, len(chunks), threads):
                    file.writelines(
                        pool.map(partial(_lines, text, trie, shown, order), chunks[first : first + threads])
                    )
                    release()
            file.write(b"\n\\end\\\n")
        beside.replace(path)
    except OSError as error:
        raise ModelError(f"the ARPA file {path} could not be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)


def grams_between(trie: Trie, order: int, start: int, stop: int) -> list[np.ndarray]:
    """The tokens, column by column, of the n-grams at the places from `start` to `stop`."""
    if order == 1:
        return [np.arange(start, stop, dtype=np.int32)]
    starts = trie.levels[order - 2].starts
    if starts is None or start == stop:
        return [np.zeros(0, np.int64)] * order
    place = starts.dtype.type  # a number of another kind would have all of them converted
    first = int(np.searchsorted(starts, place(start), side="right")) - 1
    last = int(np.searchsorted(starts, place(stop), side="left"))
    bounds: np.ndarray = np.clip(starts[first : last + 1].astype(np.int64), start, stop)
    numbers = bounds[1:] - bounds[:-1]
    histories = grams_between(trie, order - 1, first, last)
    return [*(np.repeat(column, numbers) for column in histories), trie.levels[order - 1].tokens[start:stop]]


def _written(trie: Trie, order: int, release: Callable[[], None]) -> int:
    """How many n-grams of an order from 2 on have a line."""
    logs, count = trie.levels[order - 1].logs, 0
    for start in range(0, len(logs), COUNTED):
        count += int((~np.isnan(logs[start : start + COUNTED])).sum())
        release()
    return count


def _shown(vocabulary: Vocabulary, trie: Trie) -> Bool[np.ndarray, " tokens"]:
    """Which unigrams have a line: what is predicted, and `<s>`."""
    shown: np.ndarray = vocabulary.predicted & ~np.isnan(trie.levels[0].logs)
    shown[START] = True
    return shown


def _lines(text: ArpaText, trie: Trie, shown: Bool[np.ndarray, " tokens"], order: int, start: int) -> bytes:
    """The lines of a chunk of the n-grams of an order."""
    level = trie.levels[order - 1]
    stop = min(start + CHUNK, len(level.logs))
    logs, words = np.array(level.logs[start:stop]), grams_between(trie, order, start, stop)
    weights = None if level.weights is None else np.maximum(level.weights[start:stop], ZERO)
    kept = shown[start:stop] if order == 1 else ~np.isnan(logs)
    if not kept.all():
        logs, words = logs[kept], [column[kept] for column in words]
        weights = None if weights is None else weights[kept]
    return text.lines(np.clip(logs, ZERO, 0), words, weights)
