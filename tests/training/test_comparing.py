"""Cells compared: one budget, the same tokens, a run each, gone on with where it stopped."""

from dataclasses import replace

import pytest

from carrousel.engine import Matrices, Vector, exp, log, tanh
from carrousel.errors import SettingsError, TrainingError
from carrousel.models import LanguageModelSettings, restore_language_model, trained_numbers
from carrousel.storage import load_folder
from carrousel.text import memory_text
from carrousel.training.comparing import compare_cells
from carrousel.training.corpora import Texts
from carrousel.training.folders import open_folder
from carrousel.training.language import train_language_model
from carrousel.training.locks import alone
from carrousel.training.observers import Silence
from carrousel.training.plans import Plan
from carrousel.training.recipes import Recipe, read_toml
from carrousel.training.settings import TextSettings, TrainingSettings

BUDGET = 400


class Notes(Silence):
    def __init__(self):
        self.notes, self.updates = [], 0

    def note(self, text):
        self.notes.append(text)

    def progress(self, progress):
        self.updates += 1


def texts():
    valid = memory_text("abab cdcd\n" * 9, name="valid")
    return Texts(train=memory_text("abab cdcd " * 60, name="train"), valid=valid, test=valid)


def plan(folder, names="elman,mgu", budget=BUDGET, **fields):
    recipe = Recipe(
        text=TextSettings(tokenizer="char"),
        model=LanguageModelSettings(cell=names, layers=1, hidden=3),
        training=TrainingSettings(epochs=2, batch=4, unroll=8, optimiser="adam", learning_rate=0.02, interval=5),
    )
    return Plan(recipe=recipe, texts=texts, folder=folder, budget=budget, **fields)


def compare(plan, *, stop=lambda: False, observer=None, told=None, **how):
    seen = [] if told is None else told
    watch = observer or Notes()
    return compare_cells(plan, observer=watch, stop=stop, told=lambda every: seen.append(tuple(every)), **how)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder, told = tmp_path_factory.mktemp("compared") / "all", []
    return folder, compare(plan(folder), told=told), told


def weights(folder):
    return {name: array.tobytes() for name, array in load_folder(folder).arrays.items()}


def test_a_folder_that_another_comparison_is_in_is_left_alone(tmp_path):
    with alone(tmp_path / "all"), pytest.raises(TrainingError, match="is at a run in"):
        compare(plan(tmp_path / "all"), overwrite=True)


def test_each_cell_has_a_run_of_its_own_that_is_as_large_as_the_budget_allows(compared):
    folder, every, _ = compared
    for one, name in zip(every, ("elman", "mgu"), strict=True):
        loaded = restore_language_model(folder / name, load_folder(folder / name))
        assert (one.cell, one.folder) == (name, folder / name)
        assert loaded.network.settings.cell == name
        assert loaded.network.settings.hidden == one.hidden
        assert trained_numbers(loaded.network) == one.parameters
        assert BUDGET * 0.8 < one.parameters <= BUDGET
    assert every[0].hidden > every[1].hidden


def test_a_run_is_the_one_that_the_cell_would_have_alone(compared, tmp_path):
    folder, every, _ = compared
    model = replace(plan(tmp_path).recipe.model, cell="mgu", hidden=every[1].hidden)
    alone = replace(plan(tmp_path / "mgu", budget=None), recipe=replace(plan(tmp_path).recipe, model=model))
    trained = train_language_model(alone, observer=Silence(), stop=lambda: False)
    assert weights(folder / "mgu") == weights(tmp_path / "mgu")
    assert trained == every[1].trained


def test_what_came_of_each_is_told_with_speed_and_the_best_update(compared):
    _, every, told = compared
    assert [[one.finished for one in step] for step in told] == [[False, False], [True, False], [True, True]]
    for one in every:
        assert one.trained.best["perplexity"] > 1
        assert one.trained.test["perplexity"] == pytest.approx(one.trained.best["perplexity"])
        assert one.best_update == 18 * one.trained.best_epoch
        assert one.tokens_per_second > 0


def test_a_comparison_that_stops_anywhere_goes_on_with_what_is_unfinished(compared, tmp_path):
    folder, every, _ = compared
    for seen in (1, 20):  # stops in each of the runs
        observer = Notes()
        resume = tmp_path.joinpath("all").exists()
        left = compare(
            plan(tmp_path / "all"), observer=observer, stop=lambda o=observer, n=seen: o.updates >= n, resume=resume
        )
        assert not all(one.finished for one in left)
    gone = replace(plan(tmp_path / "all"), texts=lambda: pytest.fail("the tokens are there"))
    last = compare(gone, resume=True)
    assert [one.trained for one in last] == [one.trained for one in every]
    assert [weights(tmp_path / "all" / c) for c in ("elman", "mgu")] == [weights(folder / c) for c in ("elman", "mgu")]


def broken(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    return tanh(W.h @ x + U.h @ h) * log(-exp(h))


def test_a_run_that_fails_does_not_stop_the_others(tmp_path):
    first, second = compare(plan(tmp_path / "all", "broken,elman", cells=(broken,)))
    assert "is not a finite number" in first.failed
    assert first.trained is None
    assert second.finished


def test_another_run_in_the_place_of_a_cells_run_is_a_wrong_call(tmp_path):
    compare(plan(tmp_path / "all"), stop=lambda: True)
    open_folder(tmp_path / "all" / "elman", {"hidden": 3, "seed": 2}, resume=False, overwrite=False)
    with pytest.raises(SettingsError, match="was begun with"):
        compare(plan(tmp_path / "all"), resume=True)


def test_without_a_budget_all_have_the_hidden_size_that_is_asked_for(tmp_path):
    left = compare(plan(tmp_path / "all", budget=None), stop=lambda: True)
    assert [one.hidden for one in left] == [3, 3]


def test_one_cell_under_a_budget_is_a_plain_run(compared, tmp_path):
    _, every, _ = compared
    trained = train_language_model(plan(tmp_path / "mgu", "mgu"), observer=Notes(), stop=lambda: False)
    assert trained == every[1].trained
    assert (
        read_toml(tmp_path / "mgu" / "settings.toml").items() >= {"budget": BUDGET, "hidden": every[1].hidden}.items()
    )
    again = train_language_model(plan(tmp_path / "mgu", "mgu"), observer=Notes(), stop=lambda: False, resume=True)
    assert again == trained
    with pytest.raises(SettingsError, match="was begun with budget = 400, not 500"):
        train_language_model(
            plan(tmp_path / "mgu", "mgu", budget=500), observer=Notes(), stop=lambda: False, resume=True
        )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"names": "elman,mgu", "budget": 20}, "a budget of 20 numbers leaves nothing for elman"),
        ({"names": "elman,elman"}, "named once each"),
        ({"names": "elman,"}, "named once each"),
        ({"names": "elman"}, "at least two cells"),
        ({"names": "elman,tokens"}, "rename it"),
    ],
)
def test_a_comparison_that_cannot_be_leaves_everything_as_it_was(tmp_path, fields, said):
    with pytest.raises(SettingsError, match=said):
        compare(plan(tmp_path / "all", **fields))
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_gone_on_with_has_its_size_and_its_cell(compared, tmp_path):
    folder, _, _ = compared
    with pytest.raises(SettingsError, match="has its size already"):
        train_language_model(plan(tmp_path, "mgu", origin=folder / "mgu"), observer=Notes(), stop=lambda: False)
    with pytest.raises(SettingsError, match="has its cell already"):
        compare(plan(tmp_path, origin=folder / "mgu"))


def test_overwriting_replaces_the_runs_and_nothing_else(tmp_path):
    folder = tmp_path / "all"
    compare(plan(folder), stop=lambda: True)
    (folder / "elman").mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(TrainingError, match=r"holds notes\.txt"):
        compare(plan(folder, "elman,gru"), overwrite=True)
    (folder / "notes.txt").unlink()
    compare(plan(folder, "gru,ran"), stop=lambda: True, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {"settings.toml", "tokens"}
