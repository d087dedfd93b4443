"""The two problems of n-grams, measured on a text: what was never seen, and how much there is to keep.

The last part of the text is held out, for this alone. For every n-gram the place is noted where it first stands: before
the cut it was seen, and how many there are at any length of text is how many were first seen before it.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from math import exp, inf, isfinite
from pathlib import Path
from typing import Final

import numpy as np

from carrousel.ngram.building import MEMORY, work_folder
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.database import Database
from carrousel.ngram.levels import array_lengths
from carrousel.ngram.sql import START, grams, history, listed
from carrousel.ngram.stages import Report, silent
from carrousel.ngram.training import UnitSettings, cut_text
from carrousel.ngram.vocabulary import Vocabulary
from carrousel.text.source import Text

HELD_OUT: Final = 0.05
"""The share of the text, at its end, that the rest is tried on."""
LENGTHS: Final = 10
"""Equal parts of the text, behind each of which the n-grams are counted."""


@dataclass(frozen=True, kw_only=True)
class OrderSparsity:
    """What one order of n-grams shows."""

    order: int
    tried: int
    """N-grams in the text held out."""
    unseen: int
    """Of these, how many the rest of the text does not have."""
    seen_perplexity: float
    """Of maximum likelihood, on what was seen alone."""
    growth: tuple[int, ...]
    """How many different n-grams there are, after each part of the whole text."""

    @property
    def unseen_share(self) -> float:
        """Of what was tried."""
        return self.unseen / self.tried if self.tried else 0.0

    @property
    def perplexity(self) -> float:
        """Of maximum likelihood: infinite as soon as one n-gram was not seen."""
        return inf if self.unseen else self.seen_perplexity


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """What all orders show."""

    name: str
    """Of the text."""
    tokens: int
    held_out: int
    """Tokens at the end that the others were tried on."""
    names: int
    """What a model knows: the different tokens, and the marks `<s>` and `<unk>`, which a text need not have."""
    name_bytes: int
    """What they take in a model's folder: the list of them, the tokenizer, and its number of each."""
    lengths: tuple[int, ...]
    """Tokens after each part of the text."""
    orders: tuple[OrderSparsity, ...]

    @property
    def different(self) -> int:
        """Different tokens of the text, the end of a line one of them."""
        return self.orders[0].growth[-1]

    def bytes_by_order(self, part: int = -1) -> list[int]:
        """What a model folder's arrays take for each order, after a part of the text."""
        kept = array_lengths([order.growth[part] for order in self.orders], self.names)
        sizes = {name: dtype.itemsize * length for name, (dtype, length) in kept.items()}
        return [
            sum(size for name, size in sizes.items() if name.startswith(f"{order.order}.")) for order in self.orders
        ]


def measure_sparsity(
    text: Text,
    units: UnitSettings,
    *,
    order: int,
    where: Path,
    memory: int = MEMORY,
    threads: int | None = None,
    report: Report = silent,
) -> Sparsity:
    """Count what was unseen and how n-grams grow, from the single tokens to an order, in bounded memory.

    Args:
        text: read twice or more.
        units: what the tokens are.
        order: the highest.
        where: a folder for what is put on the disk meanwhile.
        memory: bytes that the database may use.
        threads: that it may use; all cores by default.
        report: told what is being done.
    """
    with work_folder(where) as work:
        corpus, tokenizer = cut_text(text, units, work, report)
        vocabulary = corpus.vocabulary()
        name_bytes = len(vocabulary.to_bytes()) + len(tokenizer.to_bytes()) + vocabulary.outer.nbytes
        del tokenizer  # a large vocabulary is not to be held twice while n-grams are counted
        with closing(Database(work, memory=memory, threads=threads)) as database:
            return _measured(text.name, corpus, vocabulary, order, name_bytes, database, report)


def _measured(
    name: str,
    corpus: Corpus,
    vocabulary: Vocabulary,
    order: int,
    name_bytes: int,
    database: Database,
    report: Report,
) -> Sparsity:
    tokens = 0
    for columns in _placed(corpus, vocabulary, order):
        database.append("place", columns)
        tokens = int(columns["place"][-1]) + 1
    held_out = max(1, int(HELD_OUT * tokens))
    lengths = tuple(accumulate(len(part) for part in np.array_split(np.zeros(tokens, np.int8), LENGTHS)))
    orders = []
    for k in range(1, order + 1):
        report(f"looking for unseen {k}-grams")
        orders.append(_of_order(database, k, cut=tokens - held_out, lengths=lengths))
    return Sparsity(
        name=name,
        tokens=tokens,
        held_out=held_out,
        names=len(vocabulary.names),
        name_bytes=name_bytes,
        lengths=lengths,
        orders=tuple(orders),
    )


def _placed(corpus: Corpus, vocabulary: Vocabulary, order: int) -> Iterator[Mapping[str, np.ndarray]]:
    """The windows of the text without the padding between lines, each with the place of its last token."""
    start = 0
    for columns in corpus.windows(order, vocabulary):
        kept = columns["w0"] != START
        count = int(kept.sum())
        yield {**{name: column[kept] for name, column in columns.items()}, "place": np.arange(start, start + count)}
        start += count


def _of_order(database: Database, k: int, *, cut: int, lengths: tuple[int, ...]) -> OrderSparsity:
    names = listed(grams(k))
    whole = f" WHERE w{k - 2} <> {START}" if k > 1 else ""
    database.create(
        "gram",
        f"SELECT {names}, min(place) AS place, count(*) FILTER (WHERE place < {cut}) AS before, "
        f"count(*) FILTER (WHERE place >= {cut}) AS after FROM place{whole} GROUP BY {names}",
    )
    growth = database.row(
        "SELECT " + ", ".join(f"count(*) FILTER (WHERE place < {length})" for length in lengths) + " FROM gram"
    )
    tried, unseen = database.row("SELECT sum(after), coalesce(sum(after) FILTER (WHERE before = 0), 0) FROM gram")
    behind = listed(history(k))
    totals = (
        f"SELECT {behind + ', ' if behind else ''}sum(before) AS s FROM gram{' GROUP BY ' + behind if behind else ''}"
    )
    joined = f"JOIN ({totals}) h USING ({behind})" if behind else f", ({totals}) h"
    (mean,) = database.row(
        f"SELECT sum(after * ln(before / CAST(s AS DOUBLE))) / sum(after) FROM gram {joined} "
        "WHERE after > 0 AND before > 0"
    )
    database.drop("gram")
    perplexity = exp(-mean) if mean is not None and isfinite(mean) else inf
    return OrderSparsity(
        order=k, tried=int(tried or 0), unseen=int(unseen), seen_perplexity=perplexity, growth=tuple(map(int, growth))
    )
