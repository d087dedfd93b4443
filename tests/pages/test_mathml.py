"""LaTeX as MathML: every cell's equations, letters that scripts find, and commands that are not known."""

from xml.dom import minidom

import pytest

from carrousel.cells import CELLS
from carrousel.engine.typeset import latex
from carrousel.errors import SettingsError
from carrousel.pages import equations, formula, mathml
from carrousel.pages.mathml import rows
from tests.engine.read_cells import every_cell, reading


def text(markup):
    """What a reader sees, without layout."""
    parts = []

    def walk(node):
        parts.append(node.data if node.nodeType == node.TEXT_NODE else "")
        for child in node.childNodes:
            walk(child)

    walk(minidom.parseString(str(markup)))
    return "".join(parts)


def test_an_equation_with_scripts():
    assert mathml(r"c_t &= f_t \odot c_{t-1}") == (
        '<math display="inline"><mrow><msub><mi>c</mi><mi>t</mi></msub><mo>=</mo><msub><mi>f</mi><mi>t</mi></msub>'
        "<mo>⊙</mo><msub><mi>c</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub></mrow></math>"
    )


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (r"\frac{1}{n} \sqrt{x}", "1nx"),
        (r"\left(\frac{a}{b}\right)^2", "(ab)2"),
        (r"\begin{cases} a & \text{if } x < 3 \\ b & \text{otherwise} \end{cases}", "{aif x<3botherwise"),
        (r"\mathrm{short}_t + \operatorname{ReLU}(x)", "shortt+ReLU(x)"),
        (r"z'_t^{(1)} 10^{-6}", "zt′(1)10−6"),
        (r"\|\partial L_T / \partial c_k\|", "‖∂LT/∂ck‖"),
        (r"\mathcal{F}^{-1} \mathbf{0} \mathrm{a\_b}", "ℱ−1𝟎a_b"),
    ],
)
def test_what_formulas_show(written, seen):
    assert text(formula(written)).replace("\xa0", " ") == seen


def test_marked_letters_are_found_and_no_others():
    found = mathml(r"c_t &= f_t \odot c_{t-1} + c", marks={"c_t": "c", "c_{t-1}": "c₋₁"})
    assert found.count("data-key") == 2
    assert '<mrow class="value" data-key="c₋₁"><msub>' in found


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (r"\hbox{x}", r"\\hbox is no command"),
        ("a}", "} closes nothing"),
        ("{a", "} is missing"),
        (r"\frac", "missing at the end"),
    ],
)
def test_what_cannot_be_set_is_named(written, words):
    with pytest.raises(SettingsError, match=words):
        mathml(written)


@every_cell
def test_the_equations_of_every_cell_can_be_set(cell):
    written = latex(reading(cell))
    assert "\\" not in text(mathml(written))
    assert all("=" in text(mathml(row)) for row in rows(written))


def test_equations_stand_with_their_legend_and_their_latex():
    written = latex(reading(CELLS["lstm"]))
    found = equations(written, ["⊙ is the product unit by unit"])
    assert "<li>⊙ is" in found
    assert r"c_t &amp;= f_t \odot" in found
