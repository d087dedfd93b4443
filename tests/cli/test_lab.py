"""`carrousel lab`: the list of claims, and what a claim needs."""

import sys

import pytest

from carrousel.cli import app
from carrousel.lab import CLAIMS


def test_names_of_claims_stand_whole_on_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert app.call(["lab"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert set(CLAIMS) <= {line.split()[0] for line in lines if line.split()}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("slide", "--png", "--reduced", "--out", "run"), 1, "pip install --editable '.[plot]'"),
        (("slid",), 2, "did you mean slide"),
        (("digits", "--data", "no", "--out", "run"), 1, "carrousel data mnist_t10k brings it"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_runs(capsys, monkeypatch, tmp_path, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert app.call(["lab", *arguments]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run" / "report.txt").exists()
