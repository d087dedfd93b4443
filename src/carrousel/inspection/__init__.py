"""Looking inside: every gate and state at every step, and what can be measured of them."""

from carrousel.inspection.attribution import Attribution, attribute
from carrousel.inspection.bounds import GainBound, gain_bound
from carrousel.inspection.comparison import Difference, Summary, checkpoint_models, compare, summarise
from carrousel.inspection.curves import Curve
from carrousel.inspection.decomposition import Decomposition, decompose_gradient
from carrousel.inspection.flow import GradientFlow, gradient_flow, untrained
from carrousel.inspection.gates import GateStatistics, TimeScales, gate_statistics, time_scales
from carrousel.inspection.jacobians import StateFlow, state_flow
from carrousel.inspection.losses import LossFlow, loss_flow
from carrousel.inspection.matrices import RecurrentMatrix, recurrent_matrices
from carrousel.inspection.search import Match, StateIndex, find_spans, index_states, units_on
from carrousel.inspection.speaking import Said, SpokenStep, speak
from carrousel.inspection.trace import LayerTrace, Trace
from carrousel.inspection.tracing import inspect, trace_layer

__all__ = [
    "Attribution",
    "Curve",
    "Decomposition",
    "Difference",
    "GainBound",
    "GateStatistics",
    "GradientFlow",
    "LayerTrace",
    "LossFlow",
    "Match",
    "RecurrentMatrix",
    "Said",
    "SpokenStep",
    "StateFlow",
    "StateIndex",
    "Summary",
    "TimeScales",
    "Trace",
    "attribute",
    "checkpoint_models",
    "compare",
    "decompose_gradient",
    "find_spans",
    "gain_bound",
    "gate_statistics",
    "gradient_flow",
    "index_states",
    "inspect",
    "loss_flow",
    "recurrent_matrices",
    "speak",
    "state_flow",
    "summarise",
    "time_scales",
    "trace_layer",
    "units_on",
    "untrained",
]
