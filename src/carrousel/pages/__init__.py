"""One-file HTML pages: no request leaves them, they work from a disk, in light and dark, by keyboard and by ear.

    page = Page(
        "What five orders know",
        [
            Section("Perplexity", "Each order alone.", bars({"order 1": 812.0, "order 2": 194.5}, title="perplexity")),
            Section("Learning", line_plot({"train": losses, "valid": others}, title="loss", x_label="epoch", log=True)),
        ],
        lead="Counted from 929,589 words.",
    )
    page.write("report.html")

A page is a title and sections; a section is a title and what stands in it: a string is a paragraph, and everything else
is the `Html` that a primitive here returns. Text is escaped everywhere, so that no token can become markup.

| primitive | what it shows | how |
|---|---|---|
| `table` | rows under columns | HTML |
| `bars` | a number for each name | a table with bars in it |
| `histogram`, `scatter` | how often; two numbers for each thing | SVG, printable, with its table |
| `line_plot` | series over one axis, linear or logarithmic, with zoom | uPlot on a canvas, with its table |
| `Curves` | curves over one axis, each with places of its own | SVG, on a page or as a file |
| `Ratios` | how many times as fast, or as good, as a rival, by case | SVG, on a page or as a file |
| `heat_map` | rows by columns | canvas, 8 bit a value and says so, with its table |
| `equations`, `formula` | LaTeX of `carrousel.engine.typeset`, or a formula of yours | MathML |
| `drawing` | an SVG, such as a cell's | as it is |
| `data`, `quantised` | plain values for a page's own script | JSON that never runs |

Nothing here knows a model. A page's own script goes by `Page(scripts=…)`; it finds `carrousel.colours`,
`carrousel.heat` and `carrousel.lines` (assets/*.js). The page's policy lets the scripts run that the page was written
with and no other, and lets no request leave. uPlot is the one foreign asset: assets/uplot/uplot.json has its version
and hashes.
"""

from carrousel.pages.curves import Curves, thinned
from carrousel.pages.data import data, quantised
from carrousel.pages.figures import drawing, heat_map, line_plot
from carrousel.pages.html import Html, escape, joined, number, paragraph
from carrousel.pages.mathml import equations, formula, mathml
from carrousel.pages.page import Page, Section
from carrousel.pages.ratios import Ratios
from carrousel.pages.svg import histogram, scatter
from carrousel.pages.tables import bars, table

__all__ = [
    "Curves",
    "Html",
    "Page",
    "Ratios",
    "Section",
    "bars",
    "data",
    "drawing",
    "equations",
    "escape",
    "formula",
    "heat_map",
    "histogram",
    "joined",
    "line_plot",
    "mathml",
    "number",
    "paragraph",
    "quantised",
    "scatter",
    "table",
    "thinned",
]
