"""Looking inside: every gate and state at every step, and what can be measured of them."""

from carrousel.inspection.curves import Curve
from carrousel.inspection.gates import GateStatistics, TimeScales, gate_statistics, time_scales
from carrousel.inspection.jacobians import StateFlow, state_flow
from carrousel.inspection.losses import LossFlow, loss_flow
from carrousel.inspection.search import Match, StateIndex, find_spans, index_states, units_on
from carrousel.inspection.speaking import Said, SpokenStep, speak
from carrousel.inspection.trace import LayerTrace, Trace
from carrousel.inspection.tracing import inspect, trace_layer

__all__ = [
    "Curve",
    "GateStatistics",
    "LayerTrace",
    "LossFlow",
    "Match",
    "Said",
    "SpokenStep",
    "StateFlow",
    "StateIndex",
    "TimeScales",
    "Trace",
    "find_spans",
    "gate_statistics",
    "index_states",
    "inspect",
    "loss_flow",
    "speak",
    "state_flow",
    "time_scales",
    "trace_layer",
    "units_on",
]
