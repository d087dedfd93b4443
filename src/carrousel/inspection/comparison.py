"""Two models on one text, or one model as its training went on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from carrousel.errors import ModelError, TextError
from carrousel.inspection.flow import GradientFlow, gradient_flow
from carrousel.inspection.gates import GateStatistics, TimeScales, gate_statistics, time_scales
from carrousel.inspection.trace import Trace
from carrousel.inspection.tracing import inspect, open_network
from carrousel.layers import trained
from carrousel.model import Model, load
from carrousel.models import LanguageModel
from carrousel.storage import load_folder
from carrousel.text import Text

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """Two models on one text."""

    log_probabilities: Float[np.ndarray, " steps"]
    """For each step what the second gave to the next token less what the first gave, in nats; nan at the last."""
    nats: tuple[float, float]
    """The whole text's negative log-likelihood under each."""
    first_disagreement: int | None
    """The first step at which the two expect different tokens most; None where there is none."""
    disagreements: int
    """Steps at which they do."""
    values: tuple[dict[str, float], ...]
    """For each layer and value that both have, in one shape, the root mean square of the difference."""

    def as_json(self) -> dict[str, Any]:
        """The difference as plain values."""
        each = [float(v) if math.isfinite(v) else None for v in self.log_probabilities]
        return {**vars(self), "log_probabilities": each, "nats": list(self.nats), "values": list(self.values)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What one model does on a text, in a few figures a layer."""

    name: str
    nats: float
    """A token's mean negative log-likelihood."""
    gates: tuple[dict[str, GateStatistics], ...]
    scales: tuple[TimeScales | None, ...]
    flow: GradientFlow

    def as_json(self) -> dict[str, Any]:
        """The summary as plain values."""
        layers = zip(self.gates, self.scales, self.flow.states, strict=True)
        return {
            "name": self.name,
            "nats a token": self.nats,
            "layers": [
                {
                    "gates": [gate.as_json() for gate in gates.values()],
                    "time scales": None if scales is None else scales.as_json(),
                    "flow": [flow.as_json() for flow in flows.values()],
                }
                for gates, scales, flows in layers
            ],
            "loss": self.flow.loss.as_json(),
        }


def compare(first: Trace, second: Trace) -> Difference:
    """Two models' traces of one text, step by step.

    Raises:
        TextError: the traces are of different tokens.
    """
    if not np.array_equal(first.ids, second.ids) or first.tokenizer.sha256 != second.tokenizer.sha256:
        raise TextError("the models read different tokens, so steps cannot be compared; take models of one tokenizer")
    other = first.top_ids[:, 0] != second.top_ids[:, 0]
    return Difference(
        log_probabilities=second.log_probabilities - first.log_probabilities,
        nats=(_nats(first), _nats(second)),
        first_disagreement=int(np.argmax(other)) if other.any() else None,
        disagreements=int(other.sum()),
        values=tuple(
            {
                name: float(np.sqrt(np.mean(np.abs(a.values[name] - b.values[name]) ** 2)))
                for name in a.values
                if name in b.values and a.values[name].shape == b.values[name].shape and a.values[name].dtype != bool
            }
            for a, b in zip(first.layers, second.layers, strict=False)
        ),
    )


def summarise(
    model: Model, text: str | Text | Trace, *, name: str, lags: int | None = None, ends: int | None = None
) -> Summary:
    """Gates, time-scales and gradient flow of a model on a text.

    Args:
        model: a recurrent language model.
        text: a text, or the trace of it by this model.
        name: what the summary is called.
        lags: how many steps back gradients are followed.
        ends: end points at most.
    """
    trace = text if isinstance(text, Trace) else inspect(model, text, top=1)
    return Summary(
        name=name,
        nats=_nats(trace) / max(1, trace.time - 1),
        gates=tuple(gate_statistics(layer) for layer in trace.layers),
        scales=tuple(time_scales(layer) for layer in trace.layers),
        flow=gradient_flow(model, trace, lags=lags, ends=ends),
    )


def checkpoint_models(run: Path | str, **how: Any) -> Iterator[tuple[int, Model]]:
    """The models of a run's checkpoints, the oldest first, each with the number of its update.

    Args:
        run: the folder of a training run.
        how: what `load` takes beside the folder, such as cells of your own.

    Raises:
        ModelError: no run is there, it has no checkpoint, or one does not fit the model.
    """
    model = load(run, **how)
    network = open_network(model)
    folder = Path(run) / CHECKPOINTS
    paths = sorted(path for path in folder.iterdir() if path.name.isdigit()) if folder.is_dir() else []
    if not paths:
        raise ModelError(f"{run} has no checkpoints; give the folder of a training run, or two models to compare")
    for path in paths:
        yield int(path.name), replace(model, network=_restored(path, network, load_folder(path).arrays))


def _restored(path: Path, network: LanguageModel, arrays: Mapping[str, np.ndarray]) -> LanguageModel:
    """The network with a checkpoint's weights: the average of a run that keeps one, else the weights themselves."""
    weights, rest = eqx.partition(network, trained(network))
    part = ".average" if any(name.startswith(".average") for name in arrays) else ".trained"

    def place(key: tuple[Any, ...], leaf: jax.Array) -> jax.Array:
        stored = arrays.get(part + jax.tree_util.keystr(key))
        if stored is None or stored.size != leaf.size:
            raise ModelError(f"{path} is the checkpoint of another network than the model beside it")
        return jnp.asarray(stored.reshape(leaf.shape))

    restored: LanguageModel = eqx.combine(jax.tree_util.tree_map_with_path(place, weights), rest)
    return restored


def _nats(trace: Trace) -> float:
    return -float(np.nansum(trace.log_probabilities, dtype=np.float64))
