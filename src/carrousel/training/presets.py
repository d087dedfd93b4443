"""Recipes under a name: what a preset says is overridden by the file, the environment and the flags."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from carrousel.errors import SettingsError, near

Value = str | int | float | bool

_ZAREMBA: Final[Mapping[str, Value]] = {
    "tokenizer": "word",
    "cell": "lstm",
    "layers": 2,
    "tied": False,
    "start": "uniform",
    "batch": 20,
    "optimiser": "sgd",
    "learning_rate": 1.0,
    "schedule": "steps",
    "average": "batch",
}

_MERITY: Final[Mapping[str, Value]] = {
    "tokenizer": "word",
    "cell": "lstm",
    "layers": 3,
    "tied": True,
    "input_dropout": 0.4,
    "output_dropout": 0.4,
    "embedding_dropout": 0.1,
    "weight_drop": 0.5,
    "masks": "sequence",
    "unroll": 70,
    "lengths": "random",
    "optimiser": "sgd",
    "schedule": "constant",
    "clip": 0.25,
    "average": "tokens",
    "weight_decay": 1.2e-6,
    "activation_penalty": 2.0,
    "change_penalty": 1.0,
    "averaging": "triggered",
    "patience": 5,
}

PRESETS: Final[Mapping[str, Mapping[str, Value]]] = MappingProxyType(
    {
        "tiny": {
            "tokenizer": "char",
            "cell": "lstm",
            "layers": 1,
            "hidden": 256,
            "batch": 32,
            "unroll": 64,
            "optimiser": "adam",
            "learning_rate": 0.004,
            "schedule": "cosine",
            "clip": 1.0,
            "epochs": 2,
        },
        "zaremba-small": {
            **_ZAREMBA,
            "hidden": 200,
            "dropout": 0.0,
            "scale": 0.1,
            "unroll": 20,
            "clip": 5.0,
            "steady": 4,
            "decay": 2.0,
            "epochs": 13,
        },
        "zaremba-medium": {
            **_ZAREMBA,
            "hidden": 650,
            "dropout": 0.5,
            "scale": 0.05,
            "unroll": 35,
            "clip": 5.0,
            "steady": 6,
            "decay": 1.2,
            "epochs": 39,
        },
        "zaremba-large": {
            **_ZAREMBA,
            "hidden": 1500,
            "dropout": 0.65,
            "scale": 0.04,
            "unroll": 35,
            "clip": 10.0,
            "steady": 14,
            "decay": 1.15,
            "epochs": 55,
        },
        "awd-lstm": {
            **_MERITY,
            "hidden": 1150,
            "last": 400,
            "embedding": 400,
            "layer_dropout": 0.25,
            "batch": 20,
            "learning_rate": 30.0,
            "epochs": 500,
        },
        "mos": {
            **_MERITY,
            "hidden": 960,
            "last": 620,
            "embedding": 280,
            "head": "mixture",
            "experts": 15,
            "layer_dropout": 0.225,
            "expert_dropout": 0.29,
            "batch": 12,
            "learning_rate": 20.0,
            "epochs": 1000,
        },
        "mogrifier": {
            "tokenizer": "word",
            "cell": "mogrifier-lstm",
            "layers": 2,
            "hidden": 785,
            "tied": True,
            "input_dropout": 0.729,
            "layer_dropout": 0.291,
            "state_dropout": 0.387,
            "output_dropout": 0.716,
            "masks": "sequence",
            "batch": 64,
            "unroll": 70,
            "optimiser": "adam",
            "beta1": 0.0,
            "learning_rate": 0.0023,
            "schedule": "constant",
            "clip": 10.0,
            "average": "batch",
            "weight_decay": 2.5e-4,
            "averaging": "triggered",
            "patience": 50,
            "epochs": 1000,
        },
    }
)
"""`zaremba-…` are those of Zaremba, Sutskever & Vinyals 2014 as the paper has them: the rate falls from epoch
`steady` + 1 on (so does TensorFlow's version; the authors' Lua code begins one epoch later), and the medium model
divides it by 1.2 (TensorFlow's by 1.25). On the Penn Treebank they report test perplexities of 114.5, 82.7 and 78.4.

`awd-lstm` is that of Merity, Keskar & Socher 2018 for the Penn Treebank, as their published commands have it: test
perplexity 58.8 (validation 61.2), after fine-tuning 56.5, with a neural cache after that 52.5. To fine-tune, go on with
the model by `--from` with `--averaging always`: weights are averaged from the first update on. Beside the paper, layers
start as they do here, not in torch's range, and a gate has one bias in the place of two.

`mos` is that of Yang, Dai, Salakhutdinov & Cohen 2018, with what their command leaves unsaid as in `awd-lstm`: test
perplexity 55.97 (validation 58.08), after fine-tuning 54.44, with dynamic evaluation 47.69.

`mogrifier` has the rates of the configuration that Melis, Kočiský & Blunsom 2020 published for 24 million parameters:
test perplexity 50.1 (validation 51.4), with dynamic evaluation 44.8. It is not their model: the catalogue's cell has
matrices of full rank where theirs have 84, so units are fewer for the same size; theirs adds the layers' outputs, caps
the input gate, now and then forgets its state, and counts patience in turns of 200 updates, which here are epochs of
207. No figure of ours has been measured with it.

`tiny` learns from `builtin:english` in about three minutes on two cores."""


def preset(name: str) -> Mapping[str, Value]:
    """The settings of a preset.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in PRESETS:
        raise SettingsError(f"there is no preset {name!r}{near(name, PRESETS)}")
    return PRESETS[name]
