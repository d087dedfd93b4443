"""Published sets of minimal pairs, read from the bytes of their files."""

import csv
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import pairwise

from carrousel.errors import DataError
from carrousel.evaluation.minimal_pairs.pair import Fact, MinimalPair


def blimp_pairs(archive: bytes) -> list[MinimalPair]:
    """The pairs of BLiMP (Warstadt and others 2020), from its zip: `phenomenon`, `paradigm`, `distance`."""
    with zipfile.ZipFile(BytesIO(archive)) as files:
        names = [name for name in files.namelist() if name.startswith("data/") and name.endswith(".jsonl")]
        return [_of_blimp(json.loads(line)) for name in sorted(names) for line in files.read(name).splitlines()]


def _of_blimp(entry: dict[str, str]) -> MinimalPair:
    facts: dict[str, Fact] = {"phenomenon": entry["linguistics_term"], "paradigm": entry["UID"]}
    if "dependency_length" in entry:
        facts["distance"] = int(entry["dependency_length"])
    return MinimalPair(right=entry["sentence_good"], wrong=entry["sentence_bad"], facts=facts)


def syneval_pairs(table: bytes) -> list[MinimalPair]:
    """The pairs of Marvin and Linzen (2018): `case`, and where two nouns have a number, `attractors`, 0 or 1.

    Where a line has three sentences (negative polarity items), the first is compared with each of the others.
    """
    pairs = []
    for line in table.decode().splitlines():
        case, kind, right, *wrongs = line.split("\t")
        numbers = [part for part in kind.split("_") if part in {"sing", "plur"}]
        facts: dict[str, Fact] = {"case": case}
        if len(numbers) > 1:
            facts["attractors"] = sum(number != numbers[0] for number in numbers[1:])
        pairs += [MinimalPair(right=right, wrong=wrong, facts=facts) for wrong in wrongs]
    return pairs


def colourless_pairs(table: bytes) -> list[MinimalPair]:
    """The English pairs of Gulordava and others (2018), up to the verb.

    Their facts are `sentences` (original or nonce), `attractors`, `distance`, and the `id` that published scores bear.
    """
    pairs = []
    for right, wrong in _colourless_rows(table):
        facts: dict[str, Fact] = {
            "sentences": "original" if right["type"] == "original" else "nonce",
            "attractors": int(right["n_attr"]),
            "distance": int(right["len_context"]),
            "id": _colourless_id(right),
        }
        pairs.append(MinimalPair(right=_to_the_verb(right), wrong=_to_the_verb(wrong), facts=facts, whole=False))
    return pairs


def colourless_scores(table: bytes) -> dict[str, float]:
    """What a published model said of these pairs: the margin of the right verb by the pair's `id`."""
    return {
        _colourless_id(right): float(list(right.values())[-1]) - float(list(wrong.values())[-1])
        for right, wrong in _colourless_rows(table)
    }


def _colourless_rows(table: bytes) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The row of the right verb and the row of the wrong one, which stand together."""
    rows = list(csv.DictReader(StringIO(table.decode()), delimiter="\t"))
    for first, other in list(pairwise(rows))[::2]:
        by_class = {row["class"]: row for row in (first, other)}
        if _colourless_id(first) != _colourless_id(other) or by_class.keys() != {"correct", "wrong"}:
            raise DataError(f"the rows of {_colourless_id(first)} are not a right verb and a wrong one")
        yield by_class["correct"], by_class["wrong"]


def _colourless_id(row: dict[str, str]) -> str:
    return "/".join(row[name] for name in ("pattern", "constr_id", "sent_id"))


def _to_the_verb(row: dict[str, str]) -> str:
    return f"{row['prefix']} {row['form']}"


def linzen_pairs(sentences: bytes, verbs: bytes) -> list[MinimalPair]:
    """The sentences of Wikipedia of Linzen, Dupoux and Goldberg (2016) that Gulordava and others took: `attractors`."""
    pairs = []
    for line, row in zip(sentences.decode().splitlines(), verbs.decode().splitlines(), strict=True):
        words = line.removesuffix("<eos>").split()
        at, right, wrong, attractors = row.lower().split("\t")
        if words[int(at)] != right:
            raise DataError(f"word {at} of {line!r} is not the verb {right!r}")
        other = [*words[: int(at)], wrong, *words[int(at) + 1 :]]
        pairs.append(MinimalPair(right=" ".join(words), wrong=" ".join(other), facts={"attractors": int(attractors)}))
    return pairs
