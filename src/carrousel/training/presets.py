"""Recipes under a name: what a preset says is overridden by the file, the environment and the flags."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from carrousel.errors import SettingsError
from carrousel.training.near import near

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
    }
)
"""`zaremba-…` are those of Zaremba, Sutskever & Vinyals 2014 as the paper has them: the rate falls from epoch
`steady` + 1 on (so does TensorFlow's version; the authors' Lua code begins one epoch later), and the medium model
divides it by 1.2 (TensorFlow's by 1.25). `tiny` learns from `builtin:english` in about three minutes on two cores."""


def preset(name: str) -> Mapping[str, Value]:
    """The settings of a preset.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in PRESETS:
        raise SettingsError(f"there is no preset {name!r}{near(name, PRESETS)}")
    return PRESETS[name]
