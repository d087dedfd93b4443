"""Settings, presets, schedules: every one of them means what it says."""

import ast
import inspect
import itertools
from dataclasses import fields

import equinox as eqx
import jax
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.models import LanguageModel, LanguageModelSettings
from carrousel.training.presets import PRESETS, preset
from carrousel.training.recipes import NAMES, read_toml, recipe, toml_text
from carrousel.training.schedules import learning_rates
from carrousel.training.settings import TextSettings, TrainingSettings


def rates(per_epoch=10, **settings):
    training = TrainingSettings(learning_rate=1.0, **settings)
    return learning_rates(training, first=0, count=training.epochs * per_epoch, per_epoch=per_epoch)


def test_steps_keep_the_full_rate_for_the_steady_epochs_and_then_divide_it_once_an_epoch():
    by_epoch = rates(epochs=6, schedule="steps", steady=4, decay=2.0).reshape(6, 10)
    assert (by_epoch == by_epoch[:, :1]).all()
    np.testing.assert_array_equal(by_epoch[:, 0], [1, 1, 1, 1, 0.5, 0.25])


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_a_rate_that_falls_to_zero_starts_whole_and_is_half_way_in_the_middle(schedule):
    falling = rates(epochs=4, schedule=schedule)
    assert falling[0] == 1
    assert falling[20] == pytest.approx(0.5)
    assert 0 < falling[-1] < 0.03
    assert (np.diff(falling) < 0).all()


def test_warm_up_rises_along_a_line_to_the_schedule():
    rising = rates(epochs=2, schedule="steps", steady=9, warmup=4)
    np.testing.assert_allclose(rising[:5], [0.25, 0.5, 0.75, 1, 1])


def test_rates_do_not_depend_on_where_a_chunk_begins():
    training = TrainingSettings(epochs=3, schedule="cosine", warmup=7)
    whole = learning_rates(training, first=0, count=30, per_epoch=10)
    np.testing.assert_array_equal(learning_rates(training, first=4, count=11, per_epoch=10), whole[4:15])


def test_every_preset_is_a_recipe():
    for name in PRESETS:
        assert recipe(preset(name)).flat().items() >= dict(PRESETS[name]).items()


@pytest.mark.parametrize(
    ("name", "hidden", "unroll", "dropout", "scale", "clip", "decay", "steady", "epochs"),
    [
        ("zaremba-small", 200, 20, 0.0, 0.1, 5, 2, 4, 13),
        ("zaremba-medium", 650, 35, 0.5, 0.05, 5, 1.2, 6, 39),
        ("zaremba-large", 1500, 35, 0.65, 0.04, 10, 1.15, 14, 55),
    ],
)
def test_the_zaremba_presets_are_those_of_the_paper(name, hidden, unroll, dropout, scale, clip, decay, steady, epochs):
    made = recipe(preset(name))
    assert (made.model.layers, made.model.hidden, made.model.dropout) == (2, hidden, dropout)
    assert (made.model.start, made.model.scale, made.model.tied) == ("uniform", scale, False)
    training = made.training
    assert (training.batch, training.unroll, training.epochs, training.clip) == (20, unroll, epochs, clip)
    assert (training.optimiser, training.learning_rate, training.average) == ("sgd", 1.0, "batch")
    assert (training.schedule, training.decay, training.steady) == ("steps", decay, steady)


def test_no_two_settings_bear_one_name():
    assert len(set(NAMES)) == len(NAMES)


def test_every_setting_says_what_it_is():
    for kind in (TextSettings, TrainingSettings, LanguageModelSettings):
        body = ast.parse(inspect.getsource(kind)).body[0].body
        named = [node.target.id for node in body if isinstance(node, ast.AnnAssign)]
        documented = [
            before.target.id
            for before, after in itertools.pairwise(body)
            if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr)
        ]
        assert documented == named == [field.name for field in fields(kind)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hiden": 3}, "no setting 'hiden'; did you mean hidden"),
        ({"epochs": 0}, "epochs is at least 1, got 0"),
        ({"clip": -1.0}, "clip is a finite number from 0 on, got -1.0"),
        ({"learning_rate": 0.0}, "learning_rate is a finite number above 0, got 0.0"),
        ({"beta1": 1.0}, "beta1 is from 0 up to, not including, 1, got 1.0"),
        ({"held_out": 1.0}, "held_out is a share between 0 and 1, got 1.0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_came(settings, message):
    with pytest.raises(SettingsError, match=message):
        recipe(settings)


def test_the_awd_preset_has_the_parameters_of_the_paper_s_less_the_second_bias_that_torch_adds():
    made, key = recipe(preset("awd-lstm")).model, jax.random.key(0)
    shapes = eqx.filter_eval_shape(lambda: LanguageModel.from_settings(made, vocabulary=10_000, key=key))
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes)) == 24_221_600 - 4 * (1150 + 1150 + 400)


def test_a_constant_rate_does_not_fall():
    assert np.array_equal(rates(epochs=3, schedule="constant"), np.ones(30, np.float32))


def test_an_unknown_preset_names_the_near_ones():
    with pytest.raises(SettingsError, match="no preset 'zaremba-smal'; did you mean zaremba-small"):
        preset("zaremba-smal")


def test_stored_settings_read_back_as_they_were(tmp_path):
    settings = {**recipe(preset("zaremba-medium")).flat(), "text": ['a "b"\\c', "ü"], "epsilon": 1e-8}
    (tmp_path / "s.toml").write_text(toml_text(settings), encoding="utf-8")
    assert read_toml(tmp_path / "s.toml") == settings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hidden = ", "is no TOML file: Invalid value"),
        (b"[model]\nhidden = 3", r"a table \[model\]"),
        (b"\xff", "utf-8"),
    ],
)
def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path, content, message):
    (tmp_path / "s.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=f"s.toml .*{message}"):
        read_toml(tmp_path / "s.toml")
