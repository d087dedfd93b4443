"""The lab's ground: runs that resume, reports for three readers, the course's pages."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from carrousel.cli.app import call
from carrousel.cli.lab import lab
from carrousel.errors import SettingsError, TrainingError
from carrousel.lab import CLAIMS, find_claim, last_recorded
from carrousel.lab.claim import Claim
from carrousel.lab.course import page_with, pictures, recorded_block
from carrousel.lab.record import Record
from carrousel.lab.report import Finding, Report, Table
from carrousel.lab.runs import Order, run_claim
from carrousel.lab.workbench import Stopped, Workbench
from carrousel.pages import Curves
from carrousel.training.locks import alone

COMPUTED = []
DOCS = Path(__file__).parents[2] / "docs"


def measure(bench: Workbench) -> Report:
    def compute():
        COMPUTED.append(bench.scale)
        return {"lag": bench.pick(100, 10)}

    lag = bench.kept("lag", compute)["lag"]
    for seed in bench.each(bench.seeds, "seed"):
        bench.kept(f"seed-{seed}", lambda seed=seed: seed * lag)
    return Report(
        findings=[
            Finding(what="lag <learned>", ours=f"{lag} steps", published="about 100", verdict="agrees"),
            Finding(what="speed", ours="2", published="3", verdict="disagrees", because="another machine"),
        ],
        parts=[
            "A paragraph.",
            Table(caption="lags", columns=["net", "lag"], rows=[["LSTM", lag], ["RNN", 7.5]]),
            Curves(title="gradients", x="lag", y="gain", log_y=True, curves={"LSTM": [(1, 1.0), (2, 0.5), (3, 0.0)]}),
        ],
        figures={"lag": lag},
    )


CLAIM = Claim(name="lags", title="Lags", source="S4", says="About 100.", protocol="Count.", run=measure)


def order(folder, **changes):
    how = {"seeds": (1, 2), "scale": "full", "data": None, "command": "carrousel lab lags", **changes}
    return Order(claim=CLAIM, folder=folder, **how)


def clock():
    return 0.0


@pytest.fixture
def record(tmp_path):
    return run_claim(order(tmp_path / "run"), now=clock)


def test_a_report_is_written_for_three_readers(record, tmp_path):
    folder = tmp_path / "run"
    stored = json.loads((folder / "report.json").read_text())
    assert stored["figures"] == {"lag": 100}
    assert [finding["verdict"] for finding in stored["findings"]] == ["disagrees", "agrees"]
    assert stored["verdict"] == "in part"
    text = (folder / "report.txt").read_text()
    assert text.index("disagrees") < text.index("agrees", text.index("disagrees") + 9)
    assert "LSTM" in text
    page = (folder / "report.html").read_text()
    assert "lag &lt;learned&gt;" in page
    assert "<svg" in page
    svg = ET.fromstring((folder / "pictures" / "lags-1.svg").read_text())
    assert svg.find("{http://www.w3.org/2000/svg}title").text == "gradients"


def test_a_folder_that_another_run_is_in_is_left_alone(tmp_path):
    with alone(tmp_path / "run"), pytest.raises(TrainingError, match="is at a run in"):
        run_claim(order(tmp_path / "run", overwrite=True), now=clock)


def test_a_stored_report_is_the_same_report(record):
    stored = json.loads(json.dumps(record.json()))
    again = Record(**{**vars(record), "report": Report.from_json(stored)})
    assert again.json() == record.json()


def test_a_run_that_was_stopped_goes_on_without_computing_again(tmp_path):
    COMPUTED.clear()
    asked = iter([False, False, False, True])
    with pytest.raises(Stopped):
        run_claim(order(tmp_path / "run"), now=clock, stop=lambda: next(asked))
    made = run_claim(order(tmp_path / "run", resume=True), now=clock)
    assert COMPUTED == ["full"]
    assert made.report.figures == {"lag": 100}
    with pytest.raises(SettingsError, match="begun with seeds"):
        run_claim(order(tmp_path / "run", resume=True, seeds=(1,)), now=clock)


def test_a_folder_is_replaced_only_when_that_is_said_and_it_holds_a_run(record, tmp_path):
    with pytest.raises(TrainingError, match="is not empty"):
        run_claim(order(tmp_path / "run"), now=clock)
    made = run_claim(order(tmp_path / "run", overwrite=True, scale="reduced"), now=clock)
    assert made.report.figures == {"lag": 10}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letters.txt").write_text("dear")
    with pytest.raises(TrainingError, match="is not empty"):
        run_claim(order(tmp_path / "other", overwrite=True), now=clock)
    assert (tmp_path / "other" / "letters.txt").read_text() == "dear"
    with pytest.raises(TrainingError, match="leave out --resume"):
        run_claim(order(tmp_path / "none", resume=True), now=clock)


def test_the_course_shows_what_was_recorded(record):
    block = recorded_block(record.json())
    assert "| lag <learned> | 100 steps | about 100 | agrees |  |" in block
    assert "![gradients](pictures/lags-1.svg)" in block
    page = page_with("# Lags\n", block)
    assert page_with(page, block.replace("100 steps", "90 steps")).count("90 steps") == 1
    assert list(pictures(record.json())) == ["lags-1.svg"]


def test_every_claim_is_listed_with_its_source(capsys):
    assert lab(as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(CLAIMS)
    assert all(row["source"] and row["title"] for row in rows)
    assert call(["lab", "perpetual-motion"]) == 2
    assert "there is no claim 'perpetual-motion'" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(CLAIMS))
def test_the_pages_of_the_course_are_what_was_recorded(name):
    assert find_claim(name).name == name
    stored = last_recorded(name)
    if stored is None:
        return
    page = (DOCS / "lab" / f"{name}.md").read_text(encoding="utf-8")
    assert recorded_block(stored) in page
    for file, svg in pictures(stored).items():
        assert (DOCS / "lab" / "pictures" / file).read_text(encoding="utf-8") == svg


def test_curves_stand_on_their_axes():
    plot = Curves(title="a", x="T", y="loss", log_x=True, curves={"a": [(1, 0.0), (10, 5.0), (100, 10.0)]})
    places = [tuple(map(float, pair)) for pair in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', plot.svg())]
    (x0, y0), (x1, y1), (x2, y2) = places
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    assert y0 > y2
    gap = Curves(title="a", x="T", y="loss", log_y=True, curves={"a": [(1, 1.0), (2, 0.0), (3, 1e3)]})
    assert gap.svg().count("<circle") == 2
    with pytest.raises(SettingsError, match="no curve"):
        Curves(title="a", x="T", y="loss", curves={})
