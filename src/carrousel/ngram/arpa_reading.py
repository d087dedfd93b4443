"""An ARPA file as tables, and from there as a model folder."""

import lzma
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np

from carrousel.errors import ArpaError
from carrousel.ngram.arpa_lines import ArpaLines, Lines, unpacked
from carrousel.ngram.building import MEMORY, work_folder, write_model
from carrousel.ngram.database import Database
from carrousel.ngram.folder import KIND
from carrousel.ngram.levels import Rows
from carrousel.ngram.sql import END, MARKS, START, UNKNOWN, grams, history, listed, shifted
from carrousel.ngram.stages import Report, silent
from carrousel.ngram.vocabulary import Vocabulary, plain_vocabulary
from carrousel.ngram.words import word_tokenizer

_MARK_IDS: Final = {b"<unk>": UNKNOWN, b"<UNK>": UNKNOWN, b"<s>": START, b"</s>": END}


def read_arpa(
    path: Path,
    out: Path,
    *,
    memory: int = MEMORY,
    threads: int | None = None,
    temporary: Path | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Write the model folder of an ARPA file.

    Where an n-gram's history has no line of its own, the history is kept without a probability. Weights behind the end
    of a line, where nothing follows, are passed over.

    Args:
        path: of the file, which may be packed by gzip, bzip2 or xz.
        out: the model folder; a model that stands there is replaced.
        memory: bytes that the database may use.
        threads: that it may use; all cores by default.
        temporary: where the database lies meanwhile; beside the folder by default.
        report: told what is being done.

    Returns:
        What the model's config.json says.

    Raises:
        ArpaError: the file is broken, cut short or contradicts itself; the message names the line.
        ModelError: the folder cannot be written.
    """
    where = temporary or out.absolute().parent
    with work_folder(where) as work, closing(Database(work, memory=memory, threads=threads)) as database:
        try:
            with path.open("rb") as file:
                lines = ArpaLines(path, unpacked(file))
                vocabulary = _load(lines, database, report)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ArpaError(f"{path} cannot be read: {error}") from error
        rows = _rows(database, len(lines.counts))
        config = {"kind": KIND, "arpa": path.name, "announced": lines.counts, "unseen": 0.0}
        tokenizer = word_tokenizer(vocabulary.names[len(MARKS) :]).to_bytes()
        return write_model(
            database,
            rows,
            vocabulary,
            config,
            out=out,
            arpa=None,
            tokenizer=tokenizer,
            work=work,
            threads=threads,
            report=report,
        )


def _load(lines: ArpaLines, database: Database, report: Report) -> Vocabulary:
    """The tables `a{k}`: the n-grams of order k with l, b and the number of their line."""
    report("reading 1-grams")
    ids: dict[bytes, int] = {}
    names = list(MARKS)
    for piece in lines.grams(1):
        start, _, (words,), _ = piece
        for number, word in enumerate(words, start):
            name = _decoded(lines, word, number)
            if ids.setdefault(word, _MARK_IDS.get(word, len(names))) == len(names):
                names.append(name)
            elif word not in _MARK_IDS:
                raise lines.error(f"the word {name!r} stands here a second time", line=number)
        _append(database, 1, piece, ids, lines)
    for k in range(2, len(lines.counts) + 1):
        report(f"reading {k}-grams")
        for piece in lines.grams(k):
            _append(database, k, piece, ids, lines)
    lines.finish()
    for k in range(1, len(lines.counts) + 1):
        _refuse_twins(database, k, lines, names)
    return plain_vocabulary(tuple(names))


def _append(database: Database, k: int, piece: Lines, ids: dict[bytes, int], lines: ArpaLines) -> None:
    start, logs, words, weights = piece
    columns: dict[str, np.ndarray] = {}
    for column, found in zip(grams(k), words, strict=True):
        try:
            columns[column] = np.fromiter(map(ids.__getitem__, found), np.int32, len(found))
        except KeyError as error:
            place = next(place for place, word in enumerate(found) if word not in ids)
            word = found[place].decode("utf-8", "backslashreplace")
            raise lines.error(f"the word {word!r} is not among the 1-grams", line=start + place) from error
    numbers = np.arange(start, start + len(logs))
    database.append(f"a{k}", {**columns, "l": logs, "b": weights, "line": numbers})


def _refuse_twins(database: Database, k: int, lines: ArpaLines, names: list[str]) -> None:
    twin = database.row(
        f"SELECT {listed(grams(k))}, max(line) AS line FROM a{k} GROUP BY {listed(grams(k))} "
        f"HAVING count(*) > 1 ORDER BY line LIMIT 1"
    )
    if twin:
        gram = " ".join(names[word] for word in twin[:-1])
        raise lines.error(f"the {k}-gram {gram!r} stands here a second time", line=twin[-1])


def _decoded(lines: ArpaLines, word: bytes, number: int) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        raise lines.error(f"the word {word!r} is not UTF-8; convert the file first", line=number) from error


def _rows(database: Database, order: int) -> list[Rows]:
    for k in range(order - 1, 1, -1):
        above = listed([f"t.{column} AS w{place}" for place, column in enumerate(reversed(history(k + 1)))][::-1])
        database.run(
            f"INSERT INTO a{k} SELECT DISTINCT {above}, CAST('NaN' AS FLOAT), CAST(0 AS FLOAT), 0 FROM a{k + 1} t "
            f"WHERE NOT EXISTS (SELECT 1 FROM a{k} q WHERE {shifted(k + 1, 't', 'q')})"
        )
    rows = []
    for k in range(1, order + 1):
        columns = f"SELECT {listed(grams(k), 'a')}, a.l"
        joined = ""
        if k < order:
            names = listed(history(k + 1))
            database.create(f"h{k + 1}", f"SELECT {names}, count(*) AS n FROM a{k + 1} GROUP BY {names}")
            columns += f", CASE WHEN a.w0 = {END} THEN CAST(0 AS FLOAT) ELSE a.b END AS b, coalesce(h.n, 0) AS n"
            joined = f" LEFT JOIN h{k + 1} h ON {shifted(k + 1, 'h', 'a')}"
        count = database.row(f"SELECT count(*) FROM a{k}")[0]
        rows.append(Rows(query=f"{columns} FROM a{k} a{joined}", count=count, tables=(f"a{k}", f"h{k + 1}")))
    return rows
