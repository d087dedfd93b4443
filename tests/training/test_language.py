"""Language models from texts to a folder: what the folder holds, how a run goes on from a model, what is refused."""

import json
import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from carrousel.engine import Matrices, Vector, tanh
from carrousel.errors import CarrouselError, ModelError, SettingsError, TextError, TrainingError
from carrousel.models import LanguageModelSettings, restore_language_model
from carrousel.storage import load_folder, verify_folder
from carrousel.text import memory_text, open_text
from carrousel.training.corpora import Texts
from carrousel.training.curve import learning_curve
from carrousel.training.language import train_language_model
from carrousel.training.locks import alone
from carrousel.training.observers import Silence
from carrousel.training.plans import Plan
from carrousel.training.recipes import Recipe
from carrousel.training.settings import TextSettings, TrainingSettings

RECIPE = Recipe(
    text=TextSettings(tokenizer="char"),
    model=LanguageModelSettings(cell="elman", layers=1, hidden=8),
    training=TrainingSettings(
        epochs=2, batch=4, unroll=8, optimiser="adam", learning_rate=0.02, schedule="cosine", interval=5
    ),
)


def texts(*, test=True, line_entropy=None):
    learned = "abab cdcd " * 60
    return Texts(
        train=memory_text(learned, name="train"),
        valid=memory_text("abab cdcd\n" * 9, name="valid", line_entropy=line_entropy),
        test=memory_text("cdcd abab " * 8, name="test") if test else None,
        said=("a text of two words",),
    )


class Notes(Silence):
    def __init__(self):
        self.notes, self.epochs = [], []

    def note(self, text):
        self.notes.append(text)

    def epoch(self, line):
        self.epochs.append(line)


def train(
    folder, *, observer=None, recipe=RECIPE, stop=lambda: False, opened=texts, resume=False, overwrite=False, **plan
):
    plan = Plan(recipe=recipe, texts=opened, folder=folder, **plan)
    return train_language_model(plan, observer=observer or Notes(), stop=stop, resume=resume, overwrite=overwrite)


def metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, observer = tmp_path_factory.mktemp("run"), Notes()
    trained = train(folder, observer=observer, opened=lambda: texts(line_entropy=0.5))
    return folder, trained, observer


def test_the_folder_of_a_run_is_a_model_folder_that_knows_how_it_was_made(run):
    folder, trained, _ = run
    verify_folder(folder)
    loaded = restore_language_model(folder, load_folder(folder))
    assert loaded.facts["epoch"] == trained.best_epoch > 0
    assert loaded.facts.items() >= RECIPE.flat().items()


def test_the_curve_of_the_run_lies_beside_its_metrics(run):
    folder, _, _ = run
    words = {element.text for element in ET.parse(folder / "curve.svg").iter() if element.tag.endswith("text")}
    assert {"training as it goes", "validation", "updates", "perplexity of a token"} <= words
    found = [(line["update"], line["perplexity"]) for line in metrics(folder) if line["kind"] == "valid"]
    assert list(learning_curve(folder / "metrics.jsonl").curves["validation"]) == found


def test_what_is_learned_shows_in_validation_and_test(run):
    _, trained, _ = run
    assert trained.finished
    assert trained.best["perplexity"] < 6
    assert math.exp(trained.test["loss"]) == pytest.approx(trained.test["perplexity"])


def test_metrics_end_with_the_test_of_the_best_epoch(run):
    folder, trained, _ = run
    last = metrics(folder)[-1]
    assert last == {"kind": "test", "epoch": trained.best_epoch, **trained.test}


def test_where_the_source_is_known_its_own_perplexity_stands_beside(run):
    _, trained, _ = run
    lines, scored = 9, 89
    assert trained.best["least_perplexity"] == pytest.approx(math.exp(0.5 * lines / scored))
    assert "least_perplexity" not in trained.test


def test_the_observer_hears_of_the_texts_the_windows_and_the_parameters(run):
    notes = "\n".join(run[2].notes)
    assert "a text of two words" in notes
    assert "600 tokens for training and 90 for validation" in notes
    assert "whole windows of 8 in 4 streams" in notes
    assert "1 x elman of 8 units" in notes
    assert [line["epoch"] for line in run[2].epochs] == [1, 2]


def test_a_run_that_has_ended_says_so_on_resuming_and_keeps_no_training_tokens(run):
    folder, trained, _ = run
    observer = Notes()
    again = train(folder, observer=observer, resume=True)
    assert again == trained
    assert "has ended before" in observer.notes[0]
    assert not (folder / "tokens" / "train.tokens").exists()


def test_seeds_differ_and_a_seed_repeats(run, tmp_path):
    weights = []
    for seed in (1, 2):
        recipe = replace(RECIPE, training=replace(RECIPE.training, seed=seed))
        train(tmp_path / str(seed), recipe=recipe)
        weights.append((tmp_path / str(seed) / "model.safetensors").read_bytes())
    assert weights[0] == (run[0] / "model.safetensors").read_bytes() != weights[1]


def test_a_run_without_its_tokens_does_not_go_on_with_others(tmp_path):
    train(tmp_path, stop=lambda: True)
    (tmp_path / "tokens" / "train.tokens").unlink()
    with pytest.raises(TrainingError, match=r"the tokens of the run .* cannot be used .*, so it cannot go on"):
        train(tmp_path, resume=True)


def test_a_model_is_gone_on_with_from_its_own_weights_and_tokenizer(run, tmp_path):
    folder, trained, _ = run
    still = replace(RECIPE.training, learning_rate=1e-30, epochs=1)
    other = Texts(train=memory_text("dcba " * 30, name="new"), valid=memory_text("abab cdcd\n" * 9, name="valid"))
    gone_on = train(tmp_path, recipe=replace(RECIPE, training=still), opened=lambda: other, origin=folder)
    assert gone_on.best["perplexity"] == pytest.approx(trained.best["perplexity"], rel=1e-6)
    assert (tmp_path / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(RECIPE, model=replace(RECIPE.model, hidden=9)), "has hidden = 8 and goes on with it, not with 9"),
        (
            replace(RECIPE, text=TextSettings(tokenizer="byte")),
            "has tokenizer = 'char' and goes on with it, not with 'byt",
        ),
    ],
)
def test_a_model_that_is_gone_on_with_keeps_its_shape(run, tmp_path, recipe, message):
    with pytest.raises(TrainingError, match=message):
        train(tmp_path, recipe=recipe, origin=run[0])


def own(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    return tanh(W.h @ x + U.h @ h)


def test_a_cell_of_one_s_own_is_trained_and_stored_by_name_and_hash(tmp_path):
    recipe = replace(RECIPE, model=replace(RECIPE.model, cell="own"), training=replace(RECIPE.training, epochs=1))
    train(tmp_path, recipe=recipe, cells=(own,))
    stored = load_folder(tmp_path)
    restore_language_model(tmp_path, stored, cells=(own,))
    with pytest.raises(ModelError, match="a cell of its maker's own, own; give its function"):
        restore_language_model(tmp_path, stored)


def test_steps_that_are_too_long_are_told(tmp_path):
    observer, far = (
        Notes(),
        replace(RECIPE.training, optimiser="sgd", learning_rate=1e5, clip=0.0, epochs=2, interval=1),
    )
    train(tmp_path, observer=observer, recipe=replace(RECIPE, training=far))
    assert sum("was worse in training than a guess among the" in note for note in observer.notes) == 1
    assert all(math.isfinite(line["perplexity"]) for line in metrics(tmp_path))


def test_a_folder_that_another_run_is_in_is_left_alone(tmp_path):
    with alone(tmp_path / "run"), pytest.raises(TrainingError, match="is at a run in"):
        train(tmp_path / "run", overwrite=True)


def test_a_text_shorter_than_one_window_is_refused_with_both_sizes(tmp_path):
    with pytest.raises(TextError, match="600 tokens, and 4 streams of 999 steps need 4000"):
        train(tmp_path / "of" / "runs", recipe=replace(RECIPE, training=replace(RECIPE.training, unroll=999)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        {"opened": lambda: open_text("no such text")},
        {"recipe": replace(RECIPE, training=replace(RECIPE.training, unroll=999))},
        {"recipe": replace(RECIPE, model=replace(RECIPE.model, cell="lstn"))},
        {"recipe": replace(RECIPE, model=replace(RECIPE.model, hidden=1_000_000))},
    ],
    ids=["text", "window", "cell", "memory"],
)
def test_a_call_that_cannot_begin_leaves_the_run_that_it_was_to_replace(tmp_path, wrong):
    held = tmp_path / "run"
    held.mkdir()
    (held / "settings.toml").write_text("hidden = 8\n")
    with pytest.raises(CarrouselError):
        train(held, overwrite=True, **wrong)
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "settings.toml"]
    assert (held / "settings.toml").read_text() == "hidden = 8\n"


def test_a_model_that_this_machine_cannot_hold_is_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"GiB at least, and this machine has .* give a smaller hidden"):
        train(tmp_path / "run", recipe=replace(RECIPE, model=replace(RECIPE.model, hidden=1_000_000)))


def test_other_settings_are_refused_on_resuming(run):
    with pytest.raises(SettingsError, match="was begun with hidden = 8, not 9"):
        train(run[0], recipe=replace(RECIPE, model=replace(RECIPE.model, hidden=9)), resume=True)


def test_rows_of_a_large_vocabulary_train_as_the_whole_table_does(tmp_path):
    words = np.random.default_rng(0).integers(0, 200, 900)
    made = Texts(
        train=memory_text(" ".join(f"w{word}" for word in words), name="words"),
        valid=memory_text(" ".join(f"w{word}" for word in words[:50]), name="valid"),
    )
    sgd = replace(RECIPE.training, optimiser="sgd", learning_rate=0.1, epochs=1)
    weights = []
    for name, steps in (("rows", {}), ("whole", {"tied": False, "optimiser": "adam", "epsilon": 1e30, "beta1": 0.0})):
        scaled = {"learning_rate": 0.1 * 1e30} if steps else {}
        training = replace(sgd, **{key: value for key, value in (steps | scaled).items() if key != "tied"})
        recipe = replace(RECIPE, text=TextSettings(tokenizer="word"), training=training)
        train(tmp_path / name, recipe=recipe, opened=lambda: made)
        weights.append(load_folder(tmp_path / name).arrays["embedding.weight"])
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-4, atol=1e-7)


KINDS = {
    "window": (
        LanguageModelSettings(model="window", window=3, hidden=8, dropout=0.1, head="adaptive", cutoffs=(4,)),
        {},
    ),
    "awd": (
        LanguageModelSettings(
            head="mixture",
            experts=2,
            layers=1,
            hidden=9,
            last=8,
            embedding=8,
            tied=True,
            dropout=0.1,
            masks="sequence",
            embedding_dropout=0.1,
            weight_drop=0.1,
        ),
        {"lengths": "random", "averaging": "always", "average": "tokens", "activation_penalty": 0.1},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_learns_and_goes_on_as_if_it_had_not_been_stopped(kind, tmp_path):
    model, training = KINDS[kind]
    recipe = replace(RECIPE, model=model, training=replace(RECIPE.training, **training))
    whole = train(tmp_path / "whole", recipe=recipe)
    asked = iter([False, True])
    assert not train(tmp_path / "stopped", recipe=recipe, stop=lambda: next(asked)).finished
    resumed = train(tmp_path / "stopped", recipe=recipe, resume=True)
    assert resumed == whole
    assert whole.best["perplexity"] < 7  # eight characters, and the mean of all weights since the first update
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "stopped"))
    assert first == second
