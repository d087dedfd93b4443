"""The page in a real browser: a token chosen changes everything, by mouse and by keys; two models side by side."""

from dataclasses import replace

import pytest

import carrousel as cr
from carrousel.inspection import gradient_flow
from carrousel.inspection.findings import patched
from carrousel.inspection.look import Look
from carrousel.inspection.page import inspection_page
from tests.inspection.page.making import TEXT, small_model

pytestmark = pytest.mark.xdist_group("browser")
LEFT, RIGHT, UP, END = "\ue012", "\ue014", "\ue013", "\ue010"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of one model, and one of two."""
    folder = tmp_path_factory.mktemp("inspect")
    looks = []
    for cell in ("lstm", "gru"):
        model = small_model(cell)
        trace = cr.inspect(model, TEXT)
        flows = {cell: gradient_flow(model, trace, lags=3, ends=2)}
        findings = [patched(model, "the cat sat", "the mat sat", answers=("on", "the"))]
        looks.append(Look(name=cell, trace=trace, flows=flows, findings=findings))
    inspection_page([replace(looks[0], flows={}, findings=())], text="two lines").write(folder / "one.html")
    inspection_page(looks, text="two lines").write(folder / "two.html")
    return folder, looks


@pytest.fixture
def one(browser, pages):
    browser.open(pages[0] / "one.html")
    return browser


def row(browser, key, column):
    """The text of a cell of the equations' table."""
    found = browser.find(f'.anatomy tr[data-key="{key}"] td:nth-of-type({column})')
    return found.get_attribute("textContent").replace("−", "-")


def pick(browser, selector, choice):
    """Choose an option of a list."""
    box = "const box = document.querySelector(arguments[0]); box.value = arguments[1];"
    browser.run(f"{box} box.dispatchEvent(new Event('change'))", selector, choice)


def pixels(browser):
    """All that the map shows."""
    draw = "const c = document.querySelector('.map canvas'), d = c.getContext('2d');"
    return browser.run(f"{draw} return [...d.getImageData(0, 0, c.width, c.height).data].join()")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["one", "two"])
def test_a_page_asks_for_nothing_complains_of_nothing_and_can_be_read(browser, pages, name, dark):
    browser.open(pages[0] / f"{name}.html", dark=dark)
    browser.picture(f"inspect-{name}-{'dark' if dark else 'light'}")
    assert browser.requests() == []
    assert browser.complaints() == []
    assert browser.contrasts("p, th, td, label, [role=option], .read, .note, a, button, summary, figcaption") >= 4.5


def test_a_click_on_a_token_changes_the_equations_the_drawing_and_what_was_expected(one, pages):
    trace = pages[1][0].trace
    seen = set()
    for step in (2, 5):
        one.find(f"#token-0-{step}").click()
        unit = int(one.run("return document.querySelector('input[type=number]').value"))
        c = trace.layers[1].values["c"][step, unit]
        assert row(one, "c", 1).split("=")[0].strip() == f"{c:.2f}".replace("-0.00", "0.00")
        assert one.run("return document.querySelector('svg [data-value=\"c\"]').textContent") != ""
        assert one.find(".bars caption").text == f"Expected after “{trace.names[step]}”"
        assert one.find(".bars tbody th").text.removesuffix(" ← came") == trace.tokenizer.token(
            int(trace.top_ids[step, 0])
        )
        assert one.find(f"#token-0-{step}").get_attribute("aria-selected") == "true"
        seen.add(one.find(".anatomy").text)
    assert len(seen) == 2


def test_the_numbers_in_an_equation_add_up(one):
    one.find("#token-0-3").click()
    left, _, right = row(one, "c", 1).replace("·", "*").partition("=")
    assert float(left) == pytest.approx(eval(right), abs=0.02)  # two digits each


def test_keys_go_from_token_to_token_and_from_unit_to_unit(one):
    tokens = one.find("[role=listbox]")
    unit = one.find("input[type=number]")
    before = int(unit.get_attribute("value"))
    one.press(tokens, RIGHT, RIGHT)
    assert one.find("[aria-selected=true]").get_attribute("id") == "token-0-3"
    assert tokens.get_attribute("aria-activedescendant") == "token-0-3"
    said = one.find(".said").text
    one.press(tokens, UP)
    assert int(unit.get_attribute("value")) == min(before + 1, 5)
    assert one.find(".said").text != said or before == 5
    one.press(tokens, END)
    assert "Then came" not in one.find(".said").text


def test_text_is_coloured_by_any_value_of_any_layer(one):
    colours = "return [...document.querySelectorAll('[role=option]')].map((t) => t.style.backgroundColor).join()"
    seen = [one.run(colours)]
    for box, choice in ((2, "f"), (1, "0"), (2, "h")):
        pick(one, f".tools label:nth-of-type({box}) select", choice)
        seen.append(one.run(colours))
    one.find("input[type=checkbox]").click()
    seen.append(one.run(colours))
    assert len(set(seen)) == 5
    assert "f" in one.run("return [...document.querySelectorAll('.tools select option')].map((o) => o.value)")


def test_the_map_is_sorted_zoomed_and_chooses(one):
    view = one.find(".view")
    one.press(view, "\ue015", RIGHT)
    assert one.find("[aria-selected=true]").get_attribute("id") == "token-0-2"
    before = pixels(one)
    pick(one, ".map select", "spread")
    assert pixels(one) != before
    one.find(".map details summary").click()
    assert one.becomes(6, "return document.querySelectorAll('.map details tbody tr').length")


def test_two_models_go_through_the_text_together(browser, pages):
    browser.open(pages[0] / "two.html")
    browser.find("#token-1-6").click()
    assert browser.find("#token-0-6").get_attribute("aria-selected") == "true"
    headings = browser.run("return [...document.querySelectorAll('#step .anatomy')].length")
    assert headings == 2


def test_gradient_flow_and_findings_are_drawn_with_their_tables(browser, pages):
    browser.open(pages[0] / "two.html")
    named = "return [...document.querySelector('#gradient-flow .u-legend').rows].map((row) => row.textContent)"
    legend = browser.run(named)
    assert legend[:2] == ["lstm layer 1 h", "lstm layer 1 c"]
    assert len(legend) == 6  # two states of two layers of one, one state of two layers of the other
    assert browser.run("return document.querySelectorAll('#findings .view canvas').length") == 2
    assert browser.run("return document.querySelectorAll('#findings > .wide table').length") == 2
    assert browser.find("#findings .view").get_attribute("aria-label").startswith("States of «the mat sat»")


def test_a_text_cannot_become_markup(one):
    assert one.run("return document.querySelectorAll('[role=listbox] b, [role=listbox] script').length") == 0
    assert "<b>zebra</b>" in one.find("[role=listbox]").text
