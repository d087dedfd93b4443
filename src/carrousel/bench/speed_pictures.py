"""The pictures of the page of results: every peer's ratio by case, of the files in benchmarks/results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from carrousel.pages import Curves, Ratios

RESULTS: Final = Path("benchmarks/results")
PEERS: Final = ("torch", "flax", "keras", "onnxruntime", "torchrecurrent")
MANY: Final = "torchrecurrent"
"""The peer with so many cells that it has a picture of its own."""
WHERE: Final = {"one-core": "one core", "2-cores": "two cores"}
"""End of a file's name -> what it was measured on."""
TIMES: Final = "times as fast as the peer: its time / ours"

TRAININGS: Final = {"training": "", "training-kernels": ", kernels", "training-avx512": ", AVX-512"}
"""Results of training steps -> what sets them apart: compiled kernels, or an older sitting on another processor."""

Rows = Sequence[Mapping[str, Any]]


def pictures(folder: Path = RESULTS) -> dict[str, Ratios]:
    """Name -> picture, of the results that are in the folder."""
    drawn: dict[str, Ratios] = {}
    for where, place in WHERE.items():
        found = read_results(folder, where)
        several = [row for peer in PEERS if peer != MANY and peer in found for row in _compared(found[peer])]
        if several:
            drawn[f"cells-{where}"] = _cells(f"Layers beside other libraries' on {place}", several)
        if MANY in found:
            drawn[f"{MANY}-{where}"] = _cells(f"Cells beside {MANY}'s on {place}", _compared(found[MANY]))
    models = {case: read(folder / f"{case}.json") for case in (*TRAININGS, "sampling-one-core")}
    if ratios := dict(_models({case: result for case, result in models.items() if result is not None})):
        drawn["language-models"] = Ratios(
            title="Language models beside PyTorch's: a training step on two cores, sampling one stream on one core",
            x=TIMES,
            cases=list(dict.fromkeys(case for row in ratios.values() for case in row)),
            rows=ratios,
        )
    return drawn


def read_results(folder: Path, where: str) -> dict[str, Mapping[str, Any]]:
    """Peer -> its result, of those that were measured there."""
    found = {peer: read(folder / f"cells-{peer}-{where}.json") for peer in PEERS}
    return {peer: result for peer, result in found.items() if result is not None}


def read(path: Path) -> Mapping[str, Any] | None:
    """A result, or nothing where there is none."""
    result: Mapping[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return result


def write_page(name: str, text: str, drawn: Mapping[str, Curves | Ratios], docs: Path) -> None:
    """Write a page of the docs and its pictures."""
    place = docs / "pictures"
    place.mkdir(exist_ok=True)
    for each, picture in drawn.items():
        (place / f"{each}.svg").write_text(picture.svg() + "\n", encoding="utf-8")
    (docs / name).write_text(text, encoding="utf-8")


def _compared(result: Mapping[str, Any]) -> Rows:
    return [row for row in result["rows"] if "pass" in row]


def _cells(title: str, rows: Rows) -> Ratios:
    """Forward filled, with the gradient hollow; a colour a size."""
    sizes = list(dict.fromkeys((row["batch"], row["hidden"]) for row in rows))
    ratios: dict[str, dict[str, float]] = {}
    for row in rows:
        ratios.setdefault(_lane(row), {})[_case(row["batch"], row["hidden"], row["pass"])] = 1 / row["ratio"]
    return Ratios(
        title=title,
        x=TIMES,
        cases=[_case(*size, "forward") for size in sizes],
        hollow=[_case(*size, "backward") for size in sizes],
        rows=ratios,
    )


def _lane(row: Mapping[str, Any]) -> str:
    """The peer's name; ours too where a reader could not tell."""
    peer: str = row["peer_name"]
    return row["cell"] if peer.startswith(MANY) else peer


def _case(batch: int, hidden: int, what: str) -> str:
    return f"B{batch} H{hidden} {'forward' if what == 'forward' else 'and gradient'}"


def _models(results: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, dict[str, float]]]:
    """Rows are a model and a peer, cases are the number formats."""
    lanes: dict[str, dict[str, float]] = {}
    for case, result in results.items():
        for row in result["rows"]:
            ours, _, peer = row["name"].partition(" / ")
            if case in TRAININGS:
                if row["ratio"] is None or not peer.startswith("torch"):
                    continue
                model, _, form = ours.rpartition(" ")
                lane = f"training step {model}{TRAININGS[case]} / torch"
                form = f"{form}, torch {'autocast' if 'autocast' in peer else 'float32'}"
            else:
                form = next(end for end in ("float32", "bfloat16 kernel", "int8 kernel") if ours.endswith(end))
                lane = f"sampling {ours.removesuffix(form).strip()} / torch nn.{peer}"
            lanes.setdefault(lane, {})[form] = 1 / row["ratio"]
    return lanes.items()
