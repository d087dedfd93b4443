"""How gradients flow back through one model: of the loss, and of each state by itself; trained, and as it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax

from carrousel.inspection.curves import Curve
from carrousel.inspection.jacobians import StateFlow, state_flow
from carrousel.inspection.keeping import kept_names
from carrousel.inspection.losses import LossFlow, loss_flow
from carrousel.inspection.trace import OLD, Trace
from carrousel.inspection.tracing import open_network, trace_words
from carrousel.model import Model
from carrousel.models import LanguageModel

KEPT_ALONE = "kept alone"
"""The path through the gate that keeps, without the others."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How gradients flow back in one model."""

    loss: LossFlow
    states: Sequence[Mapping[str, StateFlow]]
    """For each layer the Jacobians of its states."""

    @property
    def losses(self) -> dict[str, Curve]:
        """The gradients of the loss by layer and state."""
        layers = enumerate(self.loss.layers, 1)
        return {f"layer {number} {state}": curve for number, layer in layers for state, curve in layer.items()}

    @property
    def jacobians(self) -> dict[str, Curve]:
        """The Jacobians by layer and state, and what is kept alone."""
        found: dict[str, Curve] = {}
        for number, layer in enumerate(self.states, 1):
            for state, flow in layer.items():
                found[f"layer {number} {state}"] = flow.total
                if flow.direct is not None:
                    found[f"layer {number} {state}, {KEPT_ALONE}"] = flow.direct
        return found

    @property
    def words(self) -> tuple[str, ...]:
        """What was done, in words."""
        jacobians = dict.fromkeys(f"Jacobians: {flow.words}" for layer in self.states for flow in layer.values())
        return (f"loss: exact; {self.loss.windows.words}", *jacobians)

    def as_json(self) -> dict[str, Any]:
        """The flow as plain values."""
        states = [{name: flow.as_json() for name, flow in layer.items()} for layer in self.states]
        return {"loss": self.loss.as_json(), "states": states}


def measure_flow(model: Model, trace: Trace) -> Flow:
    """How gradients flow back over a text.

    Args:
        model: a recurrent language model.
        trace: what it did on the text; all states must have been kept.

    Raises:
        SettingsError: a state was not kept, or the text is one step.
    """
    network = open_network(model)
    states = [state_flow(layer, own) for layer, own in zip(network.layers, trace.layers, strict=True)]
    return Flow(loss=loss_flow(network, trace), states=states)


def flow_before_training(model: Model, trace: Trace, *, seed: int = 0) -> Flow:
    """The same of a network with the same settings and fresh weights, on the same text.

    Args:
        model: a recurrent language model.
        trace: the text; what the trained network did is not read.
        seed: of the weights.
    """
    network = open_network(model)
    fresh = LanguageModel.from_settings(
        network.settings, vocabulary=network.vocabulary, key=jax.random.key(seed), cells=(network.cell,)
    )
    begun = Model(network=fresh, tokenizer=model.tokenizer, facts={})
    wanted = {s + end for layer in trace.layers for s in layer.cell.signature.states for end in ("", OLD)}
    wanted |= {name for layer in trace.layers for name in kept_names(layer.cell)}
    known = {name for layer in trace.layers for name in layer.plan.named}
    again = trace_words(begun, trace.ids, context=trace.context, keep=wanted & known, top=1)
    return measure_flow(begun, again)
