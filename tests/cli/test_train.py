"""`carrousel train` as it is called: where each setting comes from, which texts are opened, what is printed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from carrousel.cli import app, train
from carrousel.cli.train_texts import open_texts
from carrousel.storage import save_folder
from carrousel.training.comparing import Compared
from carrousel.training.folders import open_folder
from carrousel.training.plans import Trained
from carrousel.training.recipes import Recipe


@pytest.fixture
def plans(monkeypatch):
    """The plans that would be trained, in the place of training them."""
    made = []

    def note(plan, **how):
        made.append((plan, how))
        return Trained(finished=len(made) < 2, update=7, best_epoch=3, best={"loss": 1.0, "perplexity": 2.718}, test={})

    monkeypatch.setattr(train, "train_language_model", note)
    return made


@pytest.fixture
def call(plans, tmp_path):
    """Calls `carrousel train` and gives the recipe, or the exit code where there was no plan."""

    def call(*arguments, out=None):
        before = len(plans)
        code = app.call(["train", "--out", str(out or tmp_path / "run"), *map(str, arguments)])
        return plans[-1][0].recipe if len(plans) > before else code

    return call


def test_a_flag_goes_before_the_environment_before_the_file_before_the_preset_before_the_default(
    call, tmp_path, monkeypatch
):
    file = tmp_path / "settings.toml"
    file.write_text("epochs = 2\nunroll = 2\nhidden = 2\nlayers = 2\nlearning-rate = 2")
    monkeypatch.setenv("CARROUSEL_UNROLL", "3")
    monkeypatch.setenv("CARROUSEL_HIDDEN", "3")
    recipe = call("--preset", "zaremba-medium", "--config", file, "--hidden", 4)
    found = recipe.model.hidden, recipe.training.unroll, recipe.training.epochs, recipe.training.decay
    assert found == (4, 3, 2, 1.2)
    assert recipe.training.learning_rate == 2.0
    assert recipe.training.beta1 == Recipe().training.beta1


def test_a_preset_may_stand_in_the_file(call, tmp_path):
    (tmp_path / "settings.toml").write_text('preset = "zaremba-small"')
    assert call("--config", tmp_path / "settings.toml").model.start == "uniform"


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("hiden = 3", (), "settings.toml has a setting 'hiden' that does not exist; did you mean hidden?"),
        ("qqqqq = 3", (), "has a setting 'qqqqq' that does not exist; carrousel train --help lists them"),
        ("[model]\nhidden = 3", (), "has a table [model]"),
        ("", ("--valid",), "--valid requires an argument"),
        ("", ("--hiden", "3"), "there is no option --hiden; did you mean --hidden?"),
        ("", ("--preset", "tinny"), "there is no preset 'tinny'; did you mean tiny?"),
        ("", ("--optimiser", "sdg"), 'invalid value "sdg" for --optimiser'),
        ("clip = -1", (), "clip is a finite number from 0 on, got -1"),
        ("bidirectional = true", (), "a language model cannot be bidirectional"),
    ],
)
def test_a_setting_that_cannot_be_is_a_wrong_call_wherever_it_stands(call, tmp_path, capsys, content, arguments, said):
    (tmp_path / "settings.toml").write_text(content)
    assert call("--config", tmp_path / "settings.toml", *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_run_needs_a_folder_and_goes_on_with_a_model_of_its_kind_alone(tmp_path, capsys):
    assert app.call(["train", "t.txt"]) == 2
    assert "carrousel train needs --out" in capsys.readouterr().err
    save_folder(tmp_path / "counts", config={"kind": "ngram", "settings": {"order": 2}}, arrays={"w": np.ones(1)})
    assert app.call(["train", "t.txt", "--out", str(tmp_path / "run"), "--from", str(tmp_path / "counts")]) == 2
    assert "is no model of `carrousel train`" in capsys.readouterr().err


def test_the_standard_input_is_a_text(call, plans):
    call("-")
    assert plans[-1][0].named == {"text": ["-"]}


def test_the_texts_are_those_named_and_else_the_built_in_english(call, plans):
    call("a.txt", "b.txt", "--valid", "c.txt")
    assert plans[-1][0].named == {"text": ["a.txt", "b.txt"], "valid": "c.txt"}
    call()
    assert plans[-1][0].named == {"text": ["builtin:english"]}


def test_resuming_fills_everything_from_the_run(call, plans, tmp_path):
    begun = call("a.txt", "--preset", "tiny", "--hidden", 5, "--test", "t.txt")
    open_folder(tmp_path / "run", plans[-1][0].settings, resume=False, overwrite=False)
    assert call("--resume") == begun
    assert plans[-1][0].settings == plans[0][0].settings
    assert plans[-1][1]["resume"] is True


def test_a_run_that_was_stopped_says_how_to_go_on_and_has_an_exit_code_of_its_own(plans, tmp_path, capsys):
    codes = [app.call(["train", "--out", str(tmp_path)]) for _ in range(2)]
    assert codes == [0, 75]
    said = capsys.readouterr().out
    assert "holds the model of epoch 3\nperplexity in validation 2.72" in said
    assert f"stopped after update 7; go on with: carrousel train --out {tmp_path} --resume" in said


def test_a_cell_in_a_file_is_taken_by_its_name_in_the_call(call, plans, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from carrousel.engine import Matrices, Vector, tanh\n\n\n"
        "def mycell(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:\n"
        "    return tanh(W.h @ x + U.h @ h)\n"
    )
    assert call("--cell", f"{tmp_path}/mine.py:mycell").model.cell == "mycell"
    assert [cell.__name__ for cell in plans[-1][0].cells] == ["mycell"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (None, "mycell", "there is no file"),
        ("def other(x): ...", "mycell", "mine.py has no cell mycell; it has other"),
        ("1 / 0", "mycell", "mine.py cannot be run: ZeroDivisionError"),
    ],
)
def test_a_cell_that_cannot_be_had_from_a_file_says_why(call, tmp_path, capsys, content, name, said):
    if content is not None:
        (tmp_path / "mine.py").write_text(content)
    assert call("--cell", f"{tmp_path}/mine.py:{name}") == 1
    assert said in capsys.readouterr().err


def test_a_file_alone_is_no_cell(call, capsys):
    assert call("--cell", "mine.py") == 1
    assert "give mine.py:NAME" in capsys.readouterr().err


def test_without_a_text_for_validation_the_end_is_held_out_and_that_is_said(tmp_path):
    (tmp_path / "a.txt").write_text("some words on a line\n" * 100)
    texts = open_texts([str(tmp_path / "a.txt")], valid=None, test=None, held_out=0.1)
    assert texts.train.bytes + texts.valid.bytes == 2100
    assert texts.valid.bytes == pytest.approx(210, abs=21)
    assert texts.said == (
        f"{tmp_path}/a.txt: 2,100 bytes",
        f"without --valid, the last 10% of {tmp_path}/a.txt is held out for it",
    )


def test_of_a_built_in_text_the_size_the_hash_and_the_origin_are_said():
    texts = open_texts(["builtin:agreement"], valid=None, test=None, held_out=0.05)
    assert "builtin:agreement: 2,825,509 bytes, sha256 " in texts.said[0]
    assert "true entropy" in texts.said[0]


def test_several_cells_are_compared_under_a_budget_that_is_written_short(monkeypatch, tmp_path, capsys):
    seen = []

    def note(plan, *, told, **how):
        seen.append((plan, how))
        trained = Trained(finished=True, update=9, best_epoch=2, best={"loss": 1.5, "perplexity": 4.48}, test={})
        worse = replace(trained, best={"loss": 2.0, "perplexity": 7.39})
        every = (
            Compared(cell="gru", hidden=7, parameters=999_000, folder=tmp_path / "gru", trained=worse, best_update=6),
            Compared(
                cell="mine", hidden=8, parameters=998_000, folder=tmp_path / "mine", trained=trained, best_update=9
            ),
            *([Compared(cell="ran", hidden=1, parameters=3, folder=tmp_path, failed="it blew up")] * (len(seen) > 1)),
        )
        told(every)
        return every

    monkeypatch.setattr(train, "compare_cells", note)
    (tmp_path / "mine.py").write_text(
        "from carrousel.engine import Matrices, Vector, tanh\n\n\n"
        "def mine(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:\n"
        "    return tanh(W.h @ x + U.h @ h)\n"
    )
    call = ["train", "--out", str(tmp_path), "--cell", f"gru,{tmp_path}/mine.py:mine", "--budget", "1M"]
    assert app.call(call) == 0
    plan, _ = seen[0]
    assert (plan.budget, plan.recipe.model.cell, len(plan.cells)) == (1_000_000, "gru,mine", 1)
    out = capsys.readouterr().out
    assert out.index("mine") < out.index("gru")  # the best first
    assert "4.48" in out
    assert "998,000" in out
    entries = json.loads((tmp_path / "compare.json").read_text())["results"]
    assert [(e["cell"], e["perplexity"], e["parameters"], e["finished"]) for e in entries] == [
        ("gru", 7.39, 999_000, True),
        ("mine", 4.48, 998_000, True),
    ]
    assert app.call(call) == 1
    assert "ran failed: it blew up" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--budget", "1M", "--hidden", "5"), "leave out one of them"),
        (("--budget", "plenty"), "written as 1M, 500k or 250000, got 'plenty'"),
        (("--budget", "0"), "got '0'"),
    ],
)
def test_a_budget_that_says_nothing_is_a_wrong_call(call, capsys, arguments, said):
    assert call(*arguments) == 2
    assert said in capsys.readouterr().err


def test_a_budget_overrides_the_hidden_size_of_a_preset_and_stands_in_the_run(call, plans):
    call("--preset", "tiny", "--budget", "2.5M")
    assert plans[-1][0].settings["budget"] == 2_500_000
