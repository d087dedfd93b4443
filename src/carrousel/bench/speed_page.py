"""The published page of cells beside other libraries, and its pictures: `python -m carrousel.bench.speed_page`.

They are made of the results in benchmarks/results alone: docs/cells-speed.md and docs/pictures/*.svg.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from carrousel.bench.shared_cells import MEDIANS
from carrousel.bench.speed_pictures import PEERS, RESULTS, WHERE, pictures, read_results, write_page

DOCS: Final = Path("docs")
PASSES: Final = ("forward", "backward")
HEAD: Final = """# How fast the cells are beside other libraries

How many times as fast as the peer: the peer's time / ours, medians of one interleaved run, float32, both sides with the
same allocator settings and as many threads as there are cores. Before anything is timed, the peer with our letters has
to give our values; where it computes something else, the note says what. `fwd` is the outputs alone, `f+b` the gradient
of the outputs' sum by the parameters, forward included. **Bold** is what falls short of what was wanted. Losses stand
beside wins.

Wanted on one core: `nn.LSTM`, a fused kernel, within 1.3 times its time, 1.6 at 32 sequences of 128 units; `nn.GRU` and
`nn.RNN` at least their speed; flax and Keras, compiled on JAX as ours is, 1.1 times; onnxruntime, which only infers, at
least its speed; torchrecurrent never below 1.2 times, the cell in the middle at least 10 times with one sequence and 2
times with 32.

In the pictures each mark is one comparison, on a logarithmic axis: in the red field left of the line at 1 the peer is
faster.
"""


def speed_page(folder: Path = RESULTS) -> str:
    """The page in Markdown, of the results that are in the folder: pictures first, then the tables."""
    parts = [HEAD]
    parts += [f"![{picture.title}](pictures/{name}.svg)\n" for name, picture in pictures(folder).items()]
    for where in WHERE:
        found = read_results(folder, where)
        parts += [_part(peer, WHERE[where], found[peer]) for peer in PEERS if peer in found]
    return "\n".join(parts)


def write(docs: Path = DOCS, folder: Path = RESULTS) -> None:
    """Write the page and its pictures."""
    write_page("cells-speed.md", speed_page(folder), pictures(folder), docs)


def _part(peer: str, where: str, result: Mapping[str, Any]) -> str:
    rows = [row for row in result["rows"] if "pass" in row]
    machine = result["machine"]
    versions = machine["versions"]
    library = "torch" if peer == "torchrecurrent" else peer
    named = f"jax {versions['jax']}, {library} {versions.get(library)}"
    named += f", torchrecurrent {versions.get(peer)}" if peer == "torchrecurrent" else ""
    counted = f"{result['says'].rpartition(', ')[2]}, {result['says'].partition(' of ours')[0]}"
    place = f"{machine['processor']}, load {machine['load']} when it began, commit {machine['commit']}"
    lines = [
        f"## {peer}, {where}",
        "",
        f"{place}; {named}; {counted}.",
        "",
        *_summary(peer, rows),
        *_table(rows, judged=where == WHERE["one-core"]),
        *_notes(rows),
    ]
    return "\n".join(lines) + "\n"


def _summary(peer: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if peer != "torchrecurrent":
        return []
    lines = []
    for batch in (batch for batch in MEDIANS if any(row["batch"] == batch for row in rows)):
        found = []
        for what in PASSES:
            ratios = [1 / row["ratio"] for row in rows if (row["batch"], row["pass"]) == (batch, what)]
            found.append(f"{what} {statistics.median(ratios):.1f} (least {min(ratios):.2f})")
        count = len({row["cell"] for row in rows})
        lines.append(f"- {count} cells, batch {batch}, times as fast in the middle: {', '.join(found)}")
    return [*lines, ""]


def _table(rows: Sequence[Mapping[str, Any]], *, judged: bool) -> list[str]:
    places = list(dict.fromkeys((row["batch"], row["hidden"], row["pass"]) for row in rows))
    short = {"forward": "fwd", "backward": "f+b"}
    heads = [f"B{batch} H{hidden} {short[what]}" for batch, hidden, what in places]
    lines = [f"| cell | peer | {' | '.join(heads)} |", f"| --- | --- | {' | '.join('---:' for _ in heads)} |"]
    for cell, peer in dict.fromkeys((row["cell"], row["peer_name"]) for row in rows):
        own = {(r["batch"], r["hidden"], r["pass"]): r for r in rows if (r["cell"], r["peer_name"]) == (cell, peer)}
        shown = [_times(own.get(place), judged=judged) for place in places]
        lines.append(f"| {cell} | {peer} | {' | '.join(shown)} |")
    return lines


def _times(row: Mapping[str, Any] | None, *, judged: bool) -> str:
    if row is None:
        return ""
    times = 1 / row["ratio"]
    text = f"{times:.1f}" if times >= 10 else f"{times:.2f}"
    return f"**{text}**" if judged and row["met"] is False else text


def _notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    found = dict.fromkeys((row["cell"], row["differs"]) for row in rows if "differs" in row)
    return ["", *(f"{cell} there: {differs}." for cell, differs in found)] if found else []


if __name__ == "__main__":
    write()
