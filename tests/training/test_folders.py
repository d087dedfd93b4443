"""The folder of a run is never overwritten in silence, and resumed only as it was begun."""

import pytest

from carrousel.errors import SettingsError, TrainingError
from carrousel.training.folders import open_folder
from carrousel.training.recipes import read_toml

SETTINGS = {"hidden": 3, "cell": "lstm", "checkpoint": 60.0}


def begin(folder, settings=SETTINGS, *, resume=False, overwrite=False):
    open_folder(folder, settings, resume=resume, overwrite=overwrite)


def test_a_run_stores_its_settings(tmp_path):
    begin(tmp_path / "run")
    assert read_toml(tmp_path / "run" / "settings.toml") == SETTINGS


def test_an_existing_run_is_refused_with_both_ways_out(tmp_path):
    begin(tmp_path)
    with pytest.raises(
        TrainingError, match="is not empty; go on with the run in it by --resume, or replace it by --over"
    ):
        begin(tmp_path)


def test_overwriting_leaves_nothing_of_the_run_before(tmp_path):
    begin(tmp_path)
    for name in ("metrics.jsonl", "checkpoints/1/model.safetensors", "tokens/train.tokens", "model.safetensors"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("old")
    begin(tmp_path, {"hidden": 4}, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


def test_a_folder_with_other_things_in_it_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(TrainingError, match=r"holds thesis\.tex, which is no part of a run, so it is not overwritten"):
        begin(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").exists()


def test_resuming_where_no_run_is_says_so(tmp_path):
    with pytest.raises(TrainingError, match=r"there is no run in .* to resume"):
        begin(tmp_path / "none", resume=True)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(TrainingError, match="run is a file, and a run is a folder"):
        begin(tmp_path / "run")


@pytest.mark.parametrize("other", [{**SETTINGS, "hidden": 4}, {**SETTINGS, "tied": True}])
def test_a_run_is_not_resumed_with_other_settings(tmp_path, other):
    begin(tmp_path)
    with pytest.raises(
        SettingsError, match=r"was begun with (hidden = 3, not 4|tied = None, not True); a run goes on as"
    ):
        begin(tmp_path, other, resume=True)


def test_how_often_checkpoints_are_written_may_differ_on_resuming(tmp_path):
    begin(tmp_path)
    begin(tmp_path, {**SETTINGS, "checkpoint": 5.0}, resume=True)


def test_a_run_that_was_killed_before_it_began_can_be_begun_again(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".settings.toml.part").write_text("half")
    open_folder(folder, {"seed": 1}, resume=False, overwrite=False)
    assert (folder / "settings.toml").is_file()
