"""`carrousel train` as it is called: where each setting comes from, which texts are opened, what is printed."""

import pytest

from carrousel.cli import app, train
from carrousel.cli.train_texts import open_texts
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
        ("[model]\nhidden = 3", (), "has a table [model]"),
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
