"""What a trace is: every named value of every layer at every step of a text, and what the model expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from carrousel.engine import Cell, Plan, plan_cell
from carrousel.errors import ModelError, SettingsError
from carrousel.text import Tokenizer

OLD: Final = "₋₁"
"""How the name of a state that came in ends: `c₋₁` came in, `c` is what became of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTrace:
    """One layer at every step; names are those of the cell's equations, as `named_values` and `labels` have them."""

    cell: Cell
    inputs: int
    """The size of x."""
    hidden: int
    values: Mapping[str, np.ndarray]
    """Name -> (time, …): states that came in (`c₋₁`), intermediates (`i`, `f`; `h.1` for an earlier value of a name
    that was given again), new states (`c`), in the order of the equations."""
    constants: Mapping[str, np.ndarray]
    """Name -> (…): named values made of letters alone, the same at every step."""
    xs: np.ndarray
    """What the layer read, (time, inputs)."""
    further: Mapping[str, np.ndarray]
    """The cell's inputs beside x by name, (time, …) each."""
    outputs: np.ndarray
    """What the layer gave, (time, outputs)."""
    left_out: tuple[str, ...]
    """Names whose values were not kept: not asked for, or too large for the memory that was granted."""

    def __repr__(self) -> str:
        return f"LayerTrace({self.cell.name} of {self.hidden} units, {len(self.xs):,} steps: {', '.join(self.values)})"

    @property
    def plan(self) -> Plan:
        """The cell's plan with every named value."""
        return plan_cell(self.cell, inputs=self.inputs, hidden=self.hidden, dtype=self.xs.dtype, named=True)

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the new states that were kept; each came in as `name₋₁`."""
        return tuple(s for s in self.cell.signature.states if s in self.values)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each kept value at one step."""
        return {name: value.shape[1:] for name, value in self.values.items()}

    def kind(self, name: str) -> str:
        """What a value is: `state before`, `state` or `intermediate`."""
        if name.endswith(OLD):
            return "state before"
        return "state" if name in self.cell.signature.states else "intermediate"

    def units(self, name: str) -> np.ndarray:
        """A value as (time, units): further axes are laid out one after the other, a scalar is one unit.

        Raises:
            SettingsError: no value of this name was kept.
        """
        if name not in self.values:
            why = (
                "was left out; ask for it by keep" if name in self.left_out else f"is none of {', '.join(self.values)}"
            )
            raise SettingsError(f"{name} of {self.cell.name} {why}")
        value = self.values[name]
        return value.reshape(len(value), -1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """A text as a model reads it, one step a token.

    At each step a token is read, then the next one is expected. Where the vocabulary has an end of a line, it is read
    before the text's first token, as everywhere in this package.
    """

    tokenizer: Tokenizer
    ids: np.ndarray
    """(time,) The token that is read at each step."""
    context: int
    """How many of the first steps read what stands before the text: 1 for an end of a line, or 0."""
    layers: tuple[LayerTrace, ...]
    """From the bottom."""
    log_probabilities: np.ndarray
    """(time,) Natural logarithm of the probability that step t gave to the token of step t + 1; nan at the last."""
    top_ids: np.ndarray
    """(time, k) The likeliest next tokens at each step, the likeliest first."""
    top_log_probabilities: np.ndarray
    """(time, k) Natural logarithms of their probabilities."""

    def __repr__(self) -> str:
        return f"Trace({self.time:,} steps of {self.tokenizer}; layers {list(self.layers)})"

    @property
    def time(self) -> int:
        """The number of steps."""
        return len(self.ids)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The token that is read at each step, as its vocabulary has it (`<eos>`, `Dan`)."""
        return tuple(self.tokenizer.token(i) for i in self.ids.tolist())

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """What each step adds to the text as it is written, spaces included; joined they are the text."""
        *pieces, rest = self.tokenizer.spell(self.ids[self.context :].tolist())
        if pieces:
            pieces[-1] += rest
        return ("",) * self.context + tuple(pieces)

    @property
    def targets(self) -> np.ndarray:
        """(time,) The token that follows each step; -1 after the last."""
        return np.append(self.ids[1:], np.int32(-1))

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array by one name: `layer1.c₋₁`, `layer1.x`, `layer1.output`, `ids`, `log_probabilities` and so on."""
        found = {
            "ids": self.ids,
            "log_probabilities": self.log_probabilities,
            "top_ids": self.top_ids,
            "top_log_probabilities": self.top_log_probabilities,
        }
        for number, layer in enumerate(self.layers, 1):
            own = {"x": layer.xs, **{f"input {k}": v for k, v in layer.further.items()}, "output": layer.outputs}
            own |= {f"value {k}": v for k, v in layer.values.items()}
            own |= {f"constant {k}": v for k, v in layer.constants.items()}
            found |= {f"layer{number} {name}": array for name, array in own.items()}
        return found

    def about(self) -> dict[str, Any]:
        """What the arrays are, as JSON values: the tokens, each layer's cell, and every value's shape and kind."""
        return {
            "tokens": list(self.names),
            "context": self.context,
            "axes": "the first axis of every array but constants is the step; logarithms are natural, in nats; "
            "states, gates and inputs are pure numbers as the cell computes them",
            "layers": [
                {
                    "cell": layer.cell.name,
                    "inputs": layer.inputs,
                    "hidden": layer.hidden,
                    "values": {k: {"shape": list(v), "kind": layer.kind(k)} for k, v in layer.shapes.items()},
                    "constants": {k: {"shape": list(v.shape)} for k, v in layer.constants.items()},
                    "left_out": list(layer.left_out),
                }
                for layer in self.layers
            ],
        }

    def save(self, path: Path | str) -> None:
        """Write all arrays, exact, as one npz file; `about` in it is `about()` as JSON.

        Raises:
            ModelError: the file cannot be written.
        """
        arrays: dict[str, Any] = {"about": np.asarray(json.dumps(self.about(), ensure_ascii=False)), **self.arrays()}
        try:
            with Path(path).open("wb") as file:
                np.savez(file, **arrays)
        except OSError as error:
            raise ModelError(
                f"the trace cannot be written to {path}: {error.strerror}; choose another place"
            ) from error
