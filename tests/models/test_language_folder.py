import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from carrousel.engine import Cell, Matrices, Vector, relu, tanh
from carrousel.errors import ModelError
from carrousel.models import LanguageModel, named_arrays, restore_language_model
from carrousel.models import save_language_model as save
from carrousel.storage import load_folder, save_folder

KEY = jax.random.key(0)
WORDS = jnp.array([[1, 2], [3, 0], [2, 2]])


def plain(x: Vector, h: Vector, *, W: Matrices, U: Matrices, gain: float = 1.0) -> Vector:
    return tanh(W.h @ x + gain * (U.h @ h))


def changed(x: Vector, h: Vector, *, W: Matrices, U: Matrices, gain: float = 1.0) -> Vector:
    return relu(W.h @ x + gain * (U.h @ h))


def model(**settings):
    return LanguageModel(5, key=KEY, **{"layers": 1, "hidden": 3, "start": "uniform", **settings})


@eqx.filter_jit
def loss(network):
    return network.loss(WORDS, WORDS)[0]


def restore(path, cells=()):
    return restore_language_model(path, load_folder(path), cells=cells)


def rewrite(path, **changes):
    stored = load_folder(path)
    config = {name: value for name, value in {**stored.config, **changes}.items() if value is not None}
    save_folder(path, config=config, arrays=stored.arrays, tokenizer=stored.tokenizer)


def test_a_model_comes_back_as_it_was(tmp_path):
    network = model(tied=True, dropout=0.5, layers=2)
    save(tmp_path / "m", network, tokenizer=b"words", facts={"epoch": 3})
    loaded = restore(tmp_path / "m")
    assert loaded.tokenizer == b"words"
    assert loaded.facts == {"epoch": 3}
    assert loaded.network.settings == network.settings
    arrays, wanted = named_arrays(loaded.network), named_arrays(network)
    assert {name: a.tobytes() for name, a in arrays.items()} == {name: a.tobytes() for name, a in wanted.items()}
    assert jax.tree.structure(loaded.network) == jax.tree.structure(network)
    assert loss(loaded.network) == loss(network)


def test_names_of_arrays_say_where_they_stand():
    assert set(named_arrays(model())) == {
        "embedding.weight",
        "head.weight",
        "head.bias",
        *(f"stack.layers.0.letters.{space}.{gate}" for space in "WUb" for gate in "ifgo"),
    }


def test_a_cell_of_ones_own_is_given_each_time(tmp_path):
    own = Cell(plain, gain=0.5)
    network = model(cell=own)
    save(tmp_path / "m", network, tokenizer=b"")
    with pytest.raises(ModelError, match=r"config\.json runs a cell of its maker's own, plain; give its function"):
        restore(tmp_path / "m")
    loaded = restore(tmp_path / "m", cells=[plain])
    assert loaded.network.cell.options == {"gain": 0.5}
    assert loss(loaded.network) == loss(network)


def test_a_cell_whose_equations_changed_is_refused(tmp_path):
    save(tmp_path / "m", model(cell=plain), tokenizer=b"")
    with pytest.raises(ModelError, match=r"cell plain is not what .* was trained with: its equations changed"):
        restore(tmp_path / "m", cells=[Cell(changed, name="plain")])


def test_loading_never_imports_what_a_model_names(tmp_path, monkeypatch):
    (tmp_path / "cells_of_nobody.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    save(tmp_path / "m", model(), tokenizer=b"")
    settings = load_folder(tmp_path / "m").config["settings"]
    for name in ("cells_of_nobody:plain", "cells_of_nobody.py:plain", "cells_of_nobody"):
        for own in (True, False):
            entry = {"name": name, "options": {}, "own": own, "fingerprint": "0"}
            rewrite(tmp_path / "m", settings={**settings, "cell": name}, cell=entry)
            with pytest.raises(ModelError, match=r"config\.json"):
                restore(tmp_path / "m")
    assert "cells_of_nobody" not in sys.modules


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "tagger"}, "is of a 'tagger', and a language model is wanted"),
        ({"model": None}, "is of a None, and a language model is wanted"),
        ({"vocabulary": "5"}, "lacks vocabulary"),
        ({"vocabulary": 1}, "describes no model that can be: a vocabulary has at least two words"),
        ({"vocabulary": 6}, r"model\.safetensors does not fit config\.json"),
        ({"settings": None}, "has no settings"),
        ({"settings": {"colour": "blue"}}, "setting 'colour' that this version lacks"),
        ({"settings": {"layers": -1}}, "layers is a whole number from 1"),
        ({"settings": {"layers": 2, "hidden": 3}}, r"stack\.layers\.1.* is missing"),
        (
            {"settings": {"layers": 1, "hidden": 3, "tied": True}},
            r"head\.weight is one of 1 arrays that this network does not",
        ),
        ({"settings": {"layers": 1, "hidden": 3, "cell": "lstn"}}, "near it are lstm"),
        ({"cell": None}, "has no cell"),
        ({"cell": {"options": {"gain": 1}}}, "cell that cannot be had"),
    ],
)
def test_a_config_that_does_not_hold_together_is_one_clear_error(tmp_path, changes, words):
    save(tmp_path / "m", model(), tokenizer=b"")
    rewrite(tmp_path / "m", **changes)
    with pytest.raises(ModelError, match=words):
        restore(tmp_path / "m")


def test_arrays_of_another_kind_are_refused(tmp_path):
    network = model()
    half = eqx.tree_at(lambda m: m.head.bias, network, network.head.bias.astype(jnp.float16))
    save(tmp_path / "m", half, tokenizer=b"")
    with pytest.raises(ModelError, match=r"head\.bias is float16\(5,\) where this network has float32\(5,\)"):
        restore(tmp_path / "m")


def test_a_model_without_tokenizer_is_refused(tmp_path):
    save(tmp_path / "m", model(), tokenizer=b"")
    stored = load_folder(tmp_path / "m")
    save_folder(tmp_path / "m", config=stored.config, arrays=stored.arrays)
    with pytest.raises(ModelError, match=r"tokenizer\.json is missing"):
        restore(tmp_path / "m")
