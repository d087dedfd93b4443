"""`carrousel evaluate MODEL… --pairs SET`: which of two sentences models take for the likelier one."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from carrousel.cli.documents import STANDARD_OUTPUT, write_document
from carrousel.cli.models import load_model
from carrousel.cli.progress import watched
from carrousel.evaluation.minimal_pairs import Method, PairCount, Spelling, count, count_by, find_pairs


def evaluate_pairs(
    paths: Sequence[str],
    name: str,
    *,
    method: Method | None,
    each: int | None,
    data: Path,
    cell: str | None,
    json: str | None,
) -> int:
    """Ask each model about the pairs of a set, and print in how many it is right."""
    chosen = find_pairs(name)
    pairs, how = chosen.pairs(data, each=each), method or chosen.method
    results: list[dict[str, Any]] = []
    for path in paths:
        model = load_model(path, cell)
        with watched(path) as watch:
            verdicts = model.judge(pairs, method=how, watch=watch)
        whole, parts = count(verdicts), {fact: count_by(verdicts, fact) for fact in chosen.by}
        spelling = str(Spelling.of(model.tokenizer))
        head = {"model": path, "pairs_of": name, "method": how, "spelling": spelling}
        by = {
            fact: [{"value": value, **asdict(part)} for value, part in groups.items()] for fact, groups in parts.items()
        }
        results.append({**head, **asdict(whole), "by": by})
        if json != STANDARD_OUTPUT:
            print(f"{path} on {chosen.title}; method {how}, sentences {spelling}")
            print(_line("all", whole))
            for fact, groups in parts.items():
                print(f"  by {fact}")
                print("\n".join(_line(f"  {value}", part) for value, part in groups.items()))
    if json is not None:
        write_document(json, "evaluate", results)
    return 0


def _line(name: str, found: PairCount) -> str:
    """How many of some pairs are right."""
    right = f"{'-':>6}" if found.accuracy is None else f"{found.accuracy:6.1%}"
    unknown = found.pairs - found.known
    apart = "" if not unknown else f"; {unknown:,} with unknown words, {found.accuracy_of_unknown or 0:.1%} of these"
    return f"  {name:<44} {right} right of {found.known:>6,}{apart}"
