"""Looking inside: every gate and state at every step, and what can be measured of them."""

from carrousel.inspection.trace import LayerTrace, Trace
from carrousel.inspection.tracing import inspect, trace_layer

__all__ = ["LayerTrace", "Trace", "inspect", "trace_layer"]
