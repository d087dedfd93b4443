"""From a text to a model folder and an ARPA file: counting, estimating and writing, all in bounded memory."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import asdict
from math import log10
from pathlib import Path
from typing import Any, Final

import numpy as np

from carrousel.errors import NgramError, SettingsError
from carrousel.ngram.arpa_writing import write_arpa
from carrousel.ngram.arrays import ArrayWriter, map_arrays
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.counting import count_ngrams
from carrousel.ngram.database import Database, Engine
from carrousel.ngram.estimating import Estimated, estimate
from carrousel.ngram.folder import ARRAYS, CONFIG, KIND, TOKENIZER, VOCABULARY, new_folder
from carrousel.ngram.levels import Rows, array_lengths, estimated_rows, trie_of, write_levels
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.spark import Spark
from carrousel.ngram.stages import Report, silent
from carrousel.ngram.vocabulary import Vocabulary

MEMORY: Final = 1 << 30
"""Bytes that the database may use if nothing else is said."""

ENGINES: Final = ("duckdb", "spark")


def build_ngram(
    corpus: Corpus,
    settings: NgramSettings,
    *,
    out: Path | None = None,
    arpa: Path | None = None,
    tokenizer: bytes,
    memory: int = MEMORY,
    threads: int | None = None,
    temporary: Path | None = None,
    engine: str = "duckdb",
    report: Report = silent,
) -> dict[str, Any]:
    """Count a text and write the model of it to a folder, an ARPA file, or both.

    Args:
        corpus: the tokens.
        settings: the estimate.
        out: the model folder; a model that stands there is replaced.
        arpa: the ARPA file.
        tokenizer: its file, to be kept with the model.
        memory: bytes that the database may use; what is above goes to the disk.
        threads: that it may use; all cores by default.
        temporary: where the database lies meanwhile; beside the result by default.
        engine: "duckdb" or "spark".
        report: told what is being done, a stage at a time.

    Returns:
        What the model's config.json says: the settings, the counts by order, the discounts.

    Raises:
        NgramError: nothing to count, undefined discounts, or a disk that is full.
        ModelError: the folder or the file cannot be written.
    """
    where = workplace(out, arpa, temporary)
    report("reading words")
    vocabulary = corpus.vocabulary()
    with ExitStack() as stack:
        work = stack.enter_context(work_folder(where))
        database = stack.enter_context(closing(Database(work, memory=memory, threads=threads)))
        machine = stack.enter_context(_engine(engine, work, database, memory=memory, threads=threads))
        estimated = _estimated(machine, corpus, vocabulary, settings, report)
        rows = estimated_rows(machine, settings.order, estimated.once)
        config = {
            "kind": KIND,
            "settings": asdict(settings),
            "tokens": sum(len(chunk) for chunk in corpus.chunks()),
            "unseen": log10(settings.penalty) if settings.smoothing == "stupid-backoff" else 0.0,
            **estimated.figures,
        }
        return write_model(
            machine,
            rows,
            vocabulary,
            config,
            out=out,
            arpa=arpa,
            tokenizer=tokenizer,
            work=work,
            threads=threads,
            report=report,
        )


def _engine(
    name: str, work: Path, database: Database, *, memory: int, threads: int | None
) -> AbstractContextManager[Engine]:
    if name not in ENGINES:
        raise SettingsError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return nullcontext(database) if name == "duckdb" else closing(Spark(work, database, memory=memory, threads=threads))


def write_model(
    engine: Engine,
    rows: Sequence[Rows],
    vocabulary: Vocabulary,
    config: Mapping[str, Any],
    *,
    out: Path | None,
    arpa: Path | None,
    tokenizer: bytes,
    work: Path,
    threads: int | None,
    report: Report,
) -> dict[str, Any]:
    """Write n-grams that an engine holds as a model folder, an ARPA file, or both; returns the config as written."""
    counts = [row.count for row in rows]
    whole = {**config, "counts": counts}
    with nullcontext(work) if out is None else new_folder(out) as folder:
        with closing(ArrayWriter(folder / ARRAYS, array_lengths(counts, len(vocabulary.names)))) as writer:
            writer.write("outer", vocabulary.outer)
            write_levels(engine, rows, writer, tokens=len(vocabulary.names), report=report)
            writer.finish()
        (folder / CONFIG).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        (folder / VOCABULARY).write_bytes(vocabulary.to_bytes())
        (folder / TOKENIZER).write_bytes(tokenizer)
        if arpa is not None:
            file = map_arrays(folder / ARRAYS)
            trie = trie_of(file.arrays, unseen=float(whole["unseen"]))
            write_arpa(arpa, trie, vocabulary, threads=threads, report=report, release=file.release)
        report("making sure that all is on the disk")
    return whole


def workplace(out: Path | None, arpa: Path | None, temporary: Path | None) -> Path:
    """The folder in which to work, which is beside the result if no other is named."""
    result = out or arpa
    if result is None:
        raise NgramError("a model folder, an ARPA file or both are to be written; name one")
    return temporary or result.absolute().parent


@contextmanager
def work_folder(where: Path) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    try:
        where.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".counting-", dir=where, ignore_cleanup_errors=os.name == "nt")
    except OSError as error:
        raise NgramError(
            f"no work folder can be made in {where}: {error.strerror}; --temporary names another"
        ) from error
    with folder as name:
        yield Path(name)


def _estimated(
    engine: Engine, corpus: Corpus, vocabulary: Vocabulary, settings: NgramSettings, report: Report
) -> Estimated:
    predicted = np.flatnonzero(vocabulary.predicted).astype(np.int32)
    engine.append("token", {"w0": predicted})
    report("reading tokens")
    count_ngrams(engine, corpus.windows(settings.order, vocabulary), settings, report=report)
    return estimate(engine, settings, size=len(predicted), report=report)
