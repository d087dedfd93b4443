"""The published page of how cost and memory grow, and its pictures: `python -m carrousel.bench.scaling_page`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from carrousel.bench.speed_pictures import RESULTS, WHERE, read, write_page
from carrousel.cells import find_cell
from carrousel.engine.gradient_memory import held
from carrousel.engine.planning import plan_cell
from carrousel.pages import Curves, Ratios

DOCS: Final = Path("docs")
HIDDEN: Final = 64
"""Units at which the cells of the table are counted; what is shown is relative to it."""
CELLS: Final = ("elman", "mgu", "gru", "lstm", "peephole-lstm", "lem", "rhn")
SIZES: Final = ("smallest", "second", "third", "fourth", "fifth")
HEAD: Final = """# How time and memory grow

`carrousel bench scaling` times the gradient of a language model's loss by all its parameters while one size grows:
steps of a window, units, sequences side by side, words, layers. The power is the slope of a line through the logarithms
of size and median time; between the last two sizes it says more, since small ones are ruled by what does not grow. The
same run compares the memory that a formula predicts with what XLA says of the compiled program (arguments, results and
temporaries), also where devices share the batch, and with the resident memory of a process that makes two updates with
Adam, less that of one that trains next to nothing.

## The formula

`carrousel.training.memory.predict_memory` has it. In numbers (4 bytes each in float32), for windows of T steps of B
sequences, R = T · B rows, a vocabulary of V, vectors of size E and P trained parameters, an update takes

    P + what the optimiser keeps + the largest of what exists at different times

- **Optimiser**: nothing for `sgd`, 2 P with momentum, 4 P for Adam: moments and their new values, since an update that
  is not finite changes nothing. P more where a mean of the weights is kept.
- **The gradient**: P; of plain `sgd` only the rows of the embedding that were read. It takes the place of activations
  that are done with, so it counts where it is larger than they were.
- **While the loss is computed**: R · E vectors of words, R · F of every layer, and 2 · V for each row of a slice.
  Logits never take more than 256 MiB at a time, so a slice has all R rows, or as many as fit.
- **While a layer's backward pass runs**: R · E, R · F of every layer below, R · N of its own, its outputs' cotangents.
- The **stacked matrices** of a layer's loop, twice: as the forward and as the backward pass read them.

F is what a layer keeps for a step of one sequence, N what exists while its backward pass runs. Both are counted from
the cell's plan (`carrousel.engine.gradient_memory`; `carrousel cells NAME` shows N). F has the rows of hoisted
products, the rows of each step's products, the states before each step, and sequences that are handed on. N has in
addition the cotangents of rows and of hoisted sequences, and what products take in where that is no state.

From 1,024 steps on only a **segment** of s ≈ √T steps is kept at a time. R · F is then the inputs, the outputs and,
once a segment, the states; while a layer's backward pass runs there are s · B · N numbers of one segment, the states
between segments, outputs, and the cotangents of outputs and inputs.

On several devices each has all parameters and its share of the sequences: the formula holds with B divided by their
number.

Not counted: dropout's masks, the bfloat16 copies of mixed precision, and what JAX keeps for arithmetic on hoisted
products, such as a norm. A matrix memory runs in chunks and is not covered.

Taken once by hand, no case of `bench`: N against XLA's temporaries of one layer's gradient at 48 units, for the first
81 cells of the catalogue that have no further inputs and no matrix memory. 56 come out within 1%, 68 within 15%. Too
little is predicted for hgrn and li-gru (0.55), min-lstm (0.64), layer-norm-lstm (0.68), layer-norm-gru (0.71),
dreamer-gru and lru (0.76), all with much arithmetic on hoisted products; too much for clockwork-rnn, exprnn, fastgrnn
and lmu (1.16 to 1.21). A whole update, seven small models with Adam, momentum and plain `sgd`: 0.95 to 1.00 of XLA's
account. XLA's CPU compiler puts operations in an order that lets them run at once; without that
(`XLA_FLAGS=--xla_cpu_enable_concurrency_optimized_scheduler=false`) the gradient of an MGU held 0.73 of the memory,
and the formula was too much by that. What that order wins in time was not measured.

"""


def scaling_page(folder: Path = RESULTS) -> str:
    """The page in Markdown, of the results that are in the folder."""
    parts = [HEAD, *_cells(), ""]
    for where, place in WHERE.items():
        result = read(folder / f"scaling-{where}.json")
        if result is not None:
            parts += _part(where, place, result)
    return "\n".join(parts)


def scaling_pictures(folder: Path = RESULTS) -> dict[str, Curves | Ratios]:
    """Name -> picture, of the results that are in the folder."""
    drawn: dict[str, Curves | Ratios] = {}
    for where, place in WHERE.items():
        result = read(folder / f"scaling-{where}.json")
        if result is not None:
            drawn[f"scaling-time-{where}"] = _time(result["rows"], place)
            drawn[f"scaling-memory-{where}"] = _memory(result["rows"], place)
    return drawn


def write(docs: Path = DOCS, folder: Path = RESULTS) -> None:
    """Write the page and its pictures."""
    write_page("scaling.md", scaling_page(folder), scaling_pictures(folder), docs)


def _cells() -> list[str]:
    """F and N of some cells whose x has as many units as they have."""
    lines = ["| cell | F, units | N, units | stacked matrices, units² |", "| --- | ---: | ---: | ---: |"]
    for name in CELLS:
        counts = held(plan_cell(find_cell(name), inputs=HIDDEN, hidden=HIDDEN))
        shown = (counts.forward / HIDDEN, counts.backward / HIDDEN, counts.matrices / HIDDEN**2)
        lines.append(f"| {name} | {' | '.join(f'{n:g}' for n in shown)} |")
    return lines


def _part(where: str, place: str, result: Mapping[str, Any]) -> list[str]:
    rows, machine = result["rows"], result["machine"]
    powers = [row for row in rows if "expected_at_most" in row]
    memory = [row for row in rows if "predicted_MiB" in row]
    lines = [
        f"## On {place}",
        "",
        f"{_on(machine)}; {result['says']}.",
        "",
        f"![{_time(rows, place).title}](pictures/scaling-time-{where}.svg)",
        "",
        "| grows | from, to | ms | power | between the last two | wanted |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in powers:
        sizes = [r for r in rows if r.get("axis") == row["axis"] and "median_ms" in r]
        ends = (
            f"{sizes[0]['size']:,}, {sizes[-1]['size']:,} | {sizes[0]['median_ms']:.4g}, {sizes[-1]['median_ms']:.4g}"
        )
        power = f"{row['ratio']:.2f}" if row["met"] else f"**{row['ratio']:.2f}**"
        last = row["between_the_last_two"]
        lines.append(f"| {row['axis']} | {ends} | {power} | {last:.2f} | {row['bar']:.1f} |")
    lines += [
        "",
        f"![{_memory(rows, place).title}](pictures/scaling-memory-{where}.svg)",
        "",
        "| memory | predicted, MiB | measured, MiB | predicted / measured |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in memory:
        share = row["predicted_MiB"] / row["measured_MiB"]
        shown = f"{share:.2f}" if row["met"] else f"**{share:.2f}**"
        lines.append(f"| {row['name']} | {row['predicted_MiB']:.4g} | {row['measured_MiB']:.4g} | {shown} |")
    return [*lines, ""]


def _on(machine: Mapping[str, Any]) -> str:
    said = f"{machine['processor']}, load {machine['load']} when it began, commit {machine['commit']}"
    return f"{said}; jax {machine['versions'].get('jax')}"


def _time(rows: Sequence[Mapping[str, Any]], place: str) -> Curves:
    """Every axis relative to its first size."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if "median_ms" in row:
            curves.setdefault(row["axis"], []).append((row["size"], row["median_ms"]))
    return Curves(
        title=f"Time of a language model's gradient as one size grows, on {place}",
        x="size / the smallest",
        y="time / the shortest",
        curves={name: [(x / at[0][0], y / at[0][1]) for x, y in at] for name, at in curves.items()},
        log_x=True,
        log_y=True,
    )


def _memory(rows: Sequence[Mapping[str, Any]], place: str) -> Ratios:
    """A lane an axis; the field left of the line holds what was predicted too small."""
    lanes: dict[str, dict[str, float]] = {}
    for row in rows:
        if "predicted_MiB" in row:
            lane = lanes.setdefault(row["axis"], {})
            lane[SIZES[len(lane)]] = row["predicted_MiB"] / row["measured_MiB"]
    most = max(len(lane) for lane in lanes.values())
    return Ratios(
        title=f"Predicted memory beside measured on {place}",
        x="predicted / measured",
        cases=SIZES[:most],
        rows=lanes,
        sides=("too little", "too much"),
    )


if __name__ == "__main__":
    write()
