"""All that is known of a cell in one place: what the command line, the pages and the documentation show."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass
from typing import Any

from carrousel.engine.cell import Cell
from carrousel.engine.describe import describe_plan
from carrousel.engine.drawing import draw_svg, draw_text, lay_out
from carrousel.engine.equations import Reading, read_equations
from carrousel.engine.gradient_memory import Held, held
from carrousel.engine.parameters import Parameters, count_parameters
from carrousel.engine.plan import Plan
from carrousel.engine.planning import plan_cell
from carrousel.engine.typeset import latex, legend, text


@dataclass(frozen=True)
class Card:
    """One cell at its sizes."""

    cell: Cell
    plan: Plan
    reading: Reading
    parameters: Parameters
    fixed: Parameters
    """Numbers that are drawn once and never trained."""

    @property
    def states(self) -> dict[str, tuple[int, ...]]:
        """The shape of each state of one sequence."""
        return self.cell.state_shapes(inputs=self.plan.inputs, hidden=self.plan.hidden)

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """The shape of each further input of one step."""
        return self.cell.input_shapes(inputs=self.plan.inputs, hidden=self.plan.hidden)

    @property
    def equations(self) -> tuple[str, ...]:
        """One a line, in Unicode."""
        return text(self.reading)

    @property
    def legend(self) -> tuple[str, ...]:
        """What the equations leave open."""
        return legend(self.reading)

    @property
    def latex(self) -> str:
        """The equations in LaTeX."""
        return latex(self.reading)

    @property
    def words(self) -> tuple[str, ...]:
        """The plan in words."""
        return describe_plan(self.plan)

    @property
    def held(self) -> Held | None:
        """What a gradient holds step by step; None for a matrix memory, which runs in chunks."""
        return None if any(loop.kind == "matrix" for loop in self.plan.loops) else held(self.plan)

    @property
    def code(self) -> str:
        """The function's text, or nothing if it has none."""
        try:
            return textwrap.dedent(inspect.getsource(self.cell.function)).rstrip()
        except (OSError, TypeError):
            return ""

    @property
    def drawing(self) -> tuple[str, ...]:
        """The flow of data in box characters."""
        return draw_text(lay_out(self.reading))

    @property
    def svg(self) -> str:
        """The flow of data as SVG."""
        return draw_svg(lay_out(self.reading), title=self.cell.name)

    def as_json(self) -> dict[str, Any]:
        """The card as plain values."""
        return {
            **summary(self.cell, self.plan),
            "aka": self.cell.aka,
            "note": self.cell.note,
            "keeps": self.cell.keeps,
            "inputs": {"x": [self.plan.inputs], **{k: list(v) for k, v in self.inputs.items()}},
            "state_shapes": {k: list(v) for k, v in self.states.items()},
            "options": self.cell.options,
            "letters": {".".join(name): list(shape) for name, shape in self.plan.letters.items()},
            "formula": self.parameters.formula,
            "fixed": self.fixed.count,
            "gradient_holds": None if self.held is None else self.held._asdict(),
            "equations": list(self.equations),
            "legend": list(self.legend),
            "reading": self.reading.note,
            "latex": self.latex,
            "plan": list(self.words),
            "code": self.code,
            "drawing": list(self.drawing),
        }


def make_card(cell: Cell, *, inputs: int, hidden: int) -> Card:
    """All that is known of a cell.

    Args:
        cell: the cell.
        inputs: the size of x.
        hidden: the hidden size.

    Raises:
        CellError: the equations are wrong, or these sizes are.
    """
    plan = plan_cell(cell, inputs=inputs, hidden=hidden)
    reading = read_equations(cell, inputs=inputs, hidden=hidden)
    parameters, fixed = count_parameters(cell, inputs=inputs, hidden=hidden)
    return Card(cell, plan, reading, parameters, fixed)


def size_of_x(cell: Cell, *, inputs: int, hidden: int) -> int:
    """The size of x: what the cell demands, else `inputs`."""
    return cell.shape("x", (inputs,), inputs=inputs, hidden=hidden)[0]


def summary(cell: Cell, plan: Plan) -> dict[str, Any]:
    """One line of the catalogue."""
    return {
        "name": cell.name,
        "family": cell.family,
        "states": list(cell.signature.states),
        "class": plan.kind,
        "parameters": plan.parameters,
        "hidden": plan.hidden,
        "source": cell.source,
    }
