"""A recipe: how a text is cut into tokens, what the network is and how it is trained, as one flat list of settings."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from carrousel.errors import SettingsError, near
from carrousel.models import LanguageModelSettings
from carrousel.training.settings import TextSettings, TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All settings that decide what a run ends with, but for the text."""

    text: TextSettings = field(default_factory=TextSettings)
    model: LanguageModelSettings = field(default_factory=LanguageModelSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def flat(self) -> dict[str, Any]:
        """The settings by name; those that are None, which is a default everywhere, left out."""
        every = {**asdict(self.text), **asdict(self.model), **asdict(self.training)}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in every.items()}
        return {name: value for name, value in listed.items() if value is not None}


_PARTS: Final = {"text": TextSettings, "model": LanguageModelSettings, "training": TrainingSettings}
NAMES: Final = tuple(place.name for part in _PARTS.values() for place in fields(part))
"""The names of all settings."""


def recipe(settings: Mapping[str, Any]) -> Recipe:
    """The recipe of a flat mapping; what it lacks has its default.

    Raises:
        SettingsError: a name that nothing bears, or a value that cannot be.
    """
    for name in settings:
        if name not in NAMES:
            raise SettingsError(f"there is no setting {name!r}{near(name, NAMES)}")
    parts: dict[str, Any] = {
        name: part(
            **{
                place.name: _fitted(settings[place.name], place.type)
                for place in fields(part)
                if place.name in settings
            }
        )
        for name, part in _PARTS.items()
    }
    return Recipe(**parts)


def _fitted(value: Any, kind: Any) -> Any:
    """A whole number where a real one is meant is that number, and several values are a tuple."""
    if isinstance(value, list):
        return tuple(value)
    return float(value) if kind is float and type(value) is int else value


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file of settings, with `-` and `_` alike in names.

    Raises:
        SettingsError: it cannot be read, is no TOML, or has tables.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{path} is no TOML file: {error}") from error
    for name, value in content.items():
        if isinstance(value, dict):
            raise SettingsError(f"{path} has a table [{name}], and settings stand in no table; write them one a line")
    return {name.replace("-", "_"): value for name, value in content.items()}


def toml_text(settings: Mapping[str, Any]) -> str:
    """Settings as a TOML file that `read_toml` reads back."""
    return "".join(f"{name} = {_toml_value(value)}\n" for name, value in settings.items())


def _toml_value(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
