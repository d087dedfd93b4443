"""A cell's equations as expressions: read from its function's text, or from its flow of data."""

from carrousel.engine.equations.evaluate import Values, evaluate
from carrousel.engine.equations.expressions import Expression
from carrousel.engine.equations.reader import read_equations, run_reading, symbol_values
from carrousel.engine.equations.reading import Equation, Reading

__all__ = ["Equation", "Expression", "Reading", "Values", "evaluate", "read_equations", "run_reading", "symbol_values"]
