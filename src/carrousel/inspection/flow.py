"""How gradients flow in a model on a text: through its states, and from its losses; also as training began."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax

from carrousel.inspection.jacobians import DIRECTIONS, EXACT, StateFlow, state_flow
from carrousel.inspection.losses import LossFlow, loss_flow
from carrousel.inspection.trace import Trace
from carrousel.inspection.tracing import open_network
from carrousel.model import Model
from carrousel.models import LanguageModel


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientFlow:
    """Both views of one model on one text."""

    states: tuple[dict[str, StateFlow], ...]
    """For each layer and state the Jacobian by its own earlier values."""
    loss: LossFlow
    """The gradient of single losses by the states before."""

    def as_json(self) -> dict[str, Any]:
        """The flow as plain values."""
        states = [{name: flow.as_json() for name, flow in layer.items()} for layer in self.states]
        return {"states": states, "loss": self.loss.as_json()}


def gradient_flow(
    model: Model,
    trace: Trace,
    *,
    lags: int | None = None,
    ends: int | None = None,
    exact: int = EXACT,
    directions: int = DIRECTIONS,
) -> GradientFlow:
    """How gradients flow in a model over a text that it has read.

    Args:
        model: the model that was traced.
        trace: the text as it read it; all states must have been kept.
        lags: how many steps back; by default 100, or half of a shorter text.
        ends: end points at most; 32 by default.
        exact: units up to which whole Jacobians are made.
        directions: random cotangents in their place above that.

    Raises:
        SettingsError: a state was not kept, or a number that cannot be.
    """
    network = open_network(model)
    how: dict[str, Any] = {"lags": lags, "ends": ends}
    pairs = zip(network.layers, trace.layers, strict=True)
    return GradientFlow(
        states=tuple(state_flow(one, own, exact=exact, directions=directions, **how) for one, own in pairs),
        loss=loss_flow(network, trace, **how),
    )


def untrained(model: Model, *, seed: int = 0) -> Model:
    """A model of the same settings and tokenizer as training begins with it."""
    network = open_network(model)
    bare = LanguageModel.from_settings(
        network.settings, vocabulary=network.vocabulary, key=jax.random.key(seed), cells=(network.cell,)
    )
    return replace(model, network=bare, facts={}, note="as training began, with weights drawn afresh")
