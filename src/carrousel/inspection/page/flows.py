"""How gradients flow back through time, drawn on a logarithmic axis: every model, layer and state in one plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from carrousel.inspection.curves import Curve
from carrousel.inspection.findings import flow_table, flow_words, jacobian_curves, loss_curves
from carrousel.inspection.flow import GradientFlow
from carrousel.pages import Html, formula, line_plot, paragraph, table


def flows_part(flows: Mapping[str, GradientFlow]) -> Iterator[Html]:
    """The plots and their tables.

    Args:
        flows: model -> its flow.
    """
    yield paragraph(
        "The norm of ",
        formula(r"\partial L_T / \partial s_{T-q}"),
        ": how the loss of one step depends on a state q steps before.",
    )
    yield from _plot({n: loss_curves(f) for n, f in flows.items()}, "Gradient of the loss by earlier states", "norm")
    yield paragraph(
        "The size of ",
        formula(r"\partial s_T / \partial s_{T-q}"),
        ": how a state depends on itself q steps before. It is the root mean square of the singular values, so that "
        "what is kept whole stays at 1. «Kept alone» is the path through the gate that keeps, without the others.",
    )
    yield from _plot({n: jacobian_curves(f) for n, f in flows.items()}, "Jacobian of states by earlier ones", "size")
    told = [flow_table({}, "").about, *dict.fromkeys(line for flow in flows.values() for line in flow_words(flow))]
    yield from (Html('<p class="note">') + line[:1].upper() + line[1:] + Html("</p>") for line in told)


def _plot(curves: Mapping[str, Mapping[str, Curve]], title: str, size: str) -> Iterator[Html]:
    whose = len(curves) > 1
    named = {f"{n} {state}" if whose else state: curve for n, own in curves.items() for state, curve in own.items()}
    lags = sorted({int(lag) for curve in named.values() for lag in curve.lags})
    series = {name: _sizes(curve, lags) for name, curve in named.items()}
    yield line_plot(series, x=lags, title=title, x_label="lag q in steps", y_label=size, log=True)
    found = flow_table(named, f"{title}: figures")
    yield table(found.rows, columns=found.columns, caption=found.title)


def _sizes(curve: Curve, lags: Sequence[int]) -> list[float | None]:
    """The mean size at each lag; None where the curve has none, or one that a float cannot hold."""
    with np.errstate(under="ignore", over="ignore"):
        known = dict(zip(curve.lags.tolist(), np.exp(curve.mean).tolist(), strict=True))
    found = [known.get(lag) for lag in lags]
    return [float(f"{v:.4g}") if v is not None and np.isfinite(v) and v > 0 else None for v in found]
