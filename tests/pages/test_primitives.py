"""What stands on pages: text that stays text, numbers as readers like them, the data of every figure."""

import base64
import hashlib
import json
import re
from importlib.resources import files

import numpy as np
import pytest

from carrousel.errors import SettingsError, ShapeError
from carrousel.pages import (
    Html,
    Page,
    Ratios,
    Section,
    bars,
    data,
    heat_map,
    histogram,
    line_plot,
    number,
    paragraph,
    quantised,
    scatter,
    table,
)

EVIL = '</script><script>alert(1)</script><b title="x">&'


def test_text_is_escaped_everywhere_and_markup_is_not():
    parts = [
        paragraph(EVIL),
        table([[EVIL, 1]], columns=[EVIL, "n"], caption=EVIL),
        bars({EVIL: 1.0}, title=EVIL),
        line_plot({EVIL: [1.0]}, title=EVIL, x_label=EVIL),
        heat_map([[1.0]], title=EVIL, rows=[EVIL], columns=[EVIL]),
        histogram([1], [0, 1], title=EVIL, x_label=EVIL),
        scatter({EVIL: [(0.1, 0.2)]}, title=EVIL, x_label=EVIL, y_label=EVIL),
        Ratios(title=EVIL, x=EVIL, cases=[EVIL], rows={EVIL: {EVIL: 2.0}}).html(),
        data({"text": EVIL}),
    ]
    page = Page(EVIL, [Section(EVIL, EVIL, *parts)], lead=EVIL).html()
    assert "<script>alert" not in page
    assert "<b title" not in page
    assert json.loads(re.search(r">(\{.text.*?)</script>", str(parts[-1]))[1]) == {"text": EVIL}
    assert paragraph(Html("<b>bold</b>"), "<") == "<p><b>bold</b>&lt;</p>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567, "1,234,567"),
        (-0.12344, "−0.1234"),
        (12345.678, "12,346"),
        (1.5e-9, "1.50·10⁻⁹"),
        (0.0, "0"),
        (None, "–"),
        (float("nan"), "–"),
        (float("-inf"), "−∞"),
        (True, "True"),
        ("text", "text"),
    ],
)
def test_numbers_look_as_readers_like_them(value, shown):
    assert number(value) == shown


def test_eight_bit_is_off_by_less_than_a_508th_of_the_range_and_keeps_gaps():
    values = np.random.default_rng(0).normal(size=1000)
    values[3], values[4] = np.nan, np.inf
    found = quantised(values)
    levels = np.frombuffer(base64.b64decode(found["bytes"]), np.uint8)
    step = (found["high"] - found["low"]) / 254
    back = np.where(levels == 0, np.nan, found["low"] + (levels - 1.0) * step)
    assert list(np.flatnonzero(levels == 0)) == [3, 4]
    assert np.nanmax(np.abs(back - np.where(np.isfinite(values), values, np.nan))) <= step / 2 * (1 + 1e-4)
    assert quantised([2.0, 2.0])["low"] == 2.0


def test_columns_may_have_ranges_of_their_own():
    found = quantised([[0.0, 100.0, np.nan], [1.0, 300.0, np.nan]], columns=True)
    assert (found["low"], found["high"]) == ([0.0, 100.0, 0.0], [1.0, 300.0, 0.0])
    assert list(base64.b64decode(found["bytes"])) == [1, 1, 0, 255, 255, 0]


def test_every_plot_has_its_data_as_a_table():
    plots = [
        line_plot({"one": [1.5, None], "two": [2.5, float("nan")]}, title="t"),
        histogram([7, 9], [0.0, 0.5, 1.0], title="t"),
        scatter({"layer": [(0.25, 0.75)]}, title="t", x_label="x", y_label="y"),
        bars({"one": 1.5}, title="t"),
    ]
    for plot, numbers in zip(plots, (("1.5", "2.5"), ("7", "9"), ("0.25", "0.75"), ("1.5",)), strict=True):
        assert all(f">{n}</t" in plot for n in numbers)


def ratios(**rows):
    return Ratios(title="t", x="times", cases=["small"], hollow=["large"], rows=rows)


def test_what_is_behind_stands_left_of_the_line_at_one():
    svg = ratios(keras={"small": 2.0, "large": 0.5}).svg()
    line = float(re.search(r'd="M([\d.]+) 20V', svg)[1])
    places = {said: float(x) for x, said in re.findall(r'cx="([\d.]+)"[^>]*><title>keras, (\w+): [\d.]+</title>', svg)}
    assert places["large"] < line < places["small"]
    assert places["small"] - line == pytest.approx(line - places["large"], abs=0.2)


def test_every_ratio_stands_in_the_table_and_a_lane_may_lack_a_case():
    html = ratios(keras={"small": 1.25}, flax={"small": 0.75, "large": 3.5}).html()
    assert all(f">{n}</t" in html for n in ("1.25", "0.75", "3.5"))


def test_a_key_never_runs_over_the_edge():
    cases = [f"a case of some length {n}" for n in range(9)]
    svg = Ratios(title="t", x="times", cases=cases, rows={"a": dict.fromkeys(cases, 2.0)}).svg()
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="start" fill="[^"]*">a case', svg)
    assert len({y for _, y in places}) > 1
    assert max(float(x) for x, _ in places) < 720 - 6.6 * len(cases[0])


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ShapeError, match="2 cells under 1 columns"):
        table([[1, 2]], columns=["one"])
    with pytest.raises(SettingsError, match="a bar cannot show -1"):
        bars({"below": -1.0}, title="t")
    with pytest.raises(ShapeError, match="b has 1 values for 2 places"):
        line_plot({"a": [1, 2], "b": [1]}, title="t")
    with pytest.raises(ShapeError, match="a map of 1 rows and 2 columns"):
        heat_map([[1.0]], title="t", rows=["a"], columns=["b", "c"])
    with pytest.raises(ShapeError, match="2 bins lie between 3 edges, and there are 2"):
        histogram([1, 2], [0, 1], title="t")
    with pytest.raises(SettingsError, match="the case 'huge', which is none of the key's"):
        ratios(keras={"huge": 1.0})
    with pytest.raises(SettingsError, match="small of 'keras' is 0"):
        ratios(keras={"small": 0.0})
    with pytest.raises(SettingsError, match="has no ratio"):
        ratios(keras={})


def test_a_page_carries_the_plotting_library_only_where_a_plot_needs_it():
    plain, plotted = (Page("t", [Section("s", part)]).html() for part in ("text", line_plot({"a": [1]}, title="t")))
    assert "uPlot" not in plain
    assert "uPlot" in plotted


def test_the_policy_names_every_script_that_may_run_and_lets_nothing_be_fetched():
    page = Page("t", [Section("s", line_plot({"a": [1]}, title="t"))], scripts=['"use strict";']).html()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = re.findall(r"'sha256-([^']*)'", policy)
    assert allowed == [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert "default-src 'none'" in policy
    assert not re.search(r"https?://(?!www\.w3\.org|github\.com/leeoniya)", page)


def test_the_plotting_library_is_the_one_that_its_note_names():
    folder = files("carrousel.pages") / "assets" / "uplot"
    note = json.loads((folder / "uplot.json").read_text())
    for name, sha256 in note["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert note["version"] in (folder / "uPlot.iife.min.js").read_text()
    assert sum(len((folder / name).read_bytes()) for name in note["sha256"]) < 300_000
    assert "MIT" in (folder / "LICENSE").read_text()
