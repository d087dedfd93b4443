"""A page of all primitives in a real browser."""

import numpy as np
import pytest

from carrousel.cells import CELLS
from carrousel.engine.card import make_card
from carrousel.pages import Page, Section, bars, drawing, equations, heat_map, histogram, line_plot, scatter, table

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    card = make_card(CELLS["lstm"], inputs=4, hidden=4)
    waves = np.sin(np.outer(np.linspace(0.2, 1.4, 20), np.linspace(0, 20, 60)))
    flow = {"LSTM": [0.97**k for k in range(100)], "RNN": [0.5**k for k in range(100)]}
    sections = [
        Section("Numbers </script>", "Some <b>text</b>.", bars({"one": 1.0, "two": 0.4}, title="shares")),
        Section("Lines", line_plot(flow, title="Gradient flow", x_label="lag", y_label="norm", log=True)),
        Section("Table", table([["a", 1], ["b", 2]], columns=["name", "count"], caption="counts")),
        Section(
            "Map",
            heat_map(waves, title="waves", rows=[f"unit {k}" for k in range(20)], columns=[str(k) for k in range(60)]),
        ),
        Section(
            "Small",
            histogram([1, 4, 2], [0, 1, 2, 3], title="h"),
            scatter({"l": [(0.2, 0.3)]}, title="s", x_label="x", y_label="y"),
        ),
        Section("Cell", equations(card.latex, card.legend), drawing(card.svg, title="LSTM")),
    ]
    path = tmp_path_factory.mktemp("page") / "page.html"
    Page("All primitives", sections, lead="For looking at.").write(path)
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_asks_for_nothing_complains_of_nothing_and_can_be_read(browser, page, dark):
    browser.open(page, dark=dark)
    browser.picture(f"primitives-{'dark' if dark else 'light'}")
    assert browser.requests() == []
    assert browser.complaints() == []
    assert browser.contrasts("p, th, td, figcaption, summary, a, button, caption, .u-legend th") >= 4.5
    assert browser.run("return document.querySelector('#lines canvas').width") > 600


def test_line_plots_are_read_off_by_keys(browser, page):
    browser.open(page)
    plot, read = browser.find("#lines .plot"), browser.find("#lines .read")
    browser.press(plot, "\ue012", "\ue014", "\ue014")  # left at the left end, then right twice
    assert read.text == "lag 2: LSTM 0.941, RNN 0.25"
    browser.press(plot, "\ue010")  # End
    assert read.text.startswith("lag 99: LSTM 0.049, RNN 1.58·10⁻³⁰")


def test_heat_maps_are_read_off_and_zoomed_by_keys(browser, page):
    browser.open(page)
    view, read = browser.find("#map .view"), browser.find("#map .read")
    browser.press(view, "\ue015", "\ue014")  # down, right
    assert read.text.startswith("unit 1, 1: 0.08")
    wide = "return document.querySelector('#map canvas').clientWidth"
    before = browser.run(wide)
    browser.press(view, "+")
    assert browser.run(wide) > before
    browser.press(view, "0")
    assert browser.run(wide) == before


def test_the_table_of_a_heat_map_is_there_when_it_is_opened(browser, page):
    browser.open(page)
    browser.find("#map figure > details > summary").click()
    assert browser.becomes(20, "return document.querySelectorAll('#map details tbody tr').length")


def test_everything_that_acts_can_be_reached_by_keyboard_and_has_a_name(browser, page):
    browser.open(page)
    nameless = """return [...document.querySelectorAll("a, button, select, input, summary, [tabindex]")]
      .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map((e) => e.outerHTML)"""
    assert browser.run(nameless) == []
    assert (
        browser.run("return [...document.images].length + document.querySelectorAll('svg:not([role=img])').length") == 0
    )
