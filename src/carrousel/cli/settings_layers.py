"""Where settings come from when no flag gives them: the environment, a TOML file, a model, a preset, the stored run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cyclopts import App, ArgumentCollection, Token
from cyclopts.config import Dict, Env

from carrousel.errors import SettingsError, near
from carrousel.sampling.kept import KIND
from carrousel.storage import load_folder
from carrousel.text import Tokenizer
from carrousel.training.folders import SETTINGS
from carrousel.training.presets import preset
from carrousel.training.recipes import read_toml

Layer = Callable[[App, tuple[str, ...], ArgumentCollection], None]
PREFIX: Final = "CARROUSEL_"
TEXT: Final = "text"


def train_layers() -> tuple[Layer, ...]:
    """What fills the settings of `carrousel train` that no flag gives, in this order."""
    return (_one_size, Env(PREFIX, command=False), *map(_layer, (_of_file, _of_model, _of_preset, _of_run)))


def _one_size(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:  # noqa: ARG001 - a layer
    """Refuse two flags of which one decides what the other says."""
    if _given(arguments, "--budget") and _given(arguments, "--hidden"):
        raise SettingsError(
            "--budget decides the hidden size, so --hidden says nothing beside it; leave out one of them"
        )


def _of_file(arguments: ArgumentCollection) -> tuple[str, Mapping[str, Any]] | None:
    path = _given(arguments, "--config")
    return None if path is None else (path, read_toml(Path(path)))


def _of_model(arguments: ArgumentCollection) -> tuple[str, Mapping[str, Any]] | None:
    """A model that is gone on with has its own network and its own tokenizer."""
    path = _given(arguments, "--from")
    if path is None or _given(arguments, "--resume"):
        return None
    stored = load_folder(path)
    if stored.config.get("model") != KIND:
        raise SettingsError(f"{path} is no model of `carrousel train`, and --from goes on with one of these alone")
    settings = {name: value for name, value in stored.config.get("settings", {}).items() if value is not None}
    if stored.tokenizer is not None:
        settings["tokenizer"] = Tokenizer.from_bytes(stored.tokenizer).kind
    return f"the model {path}", settings


def _of_preset(arguments: ArgumentCollection) -> tuple[str, Mapping[str, Any]] | None:
    name = _given(arguments, "--preset")
    return None if name is None else (f"the preset {name}", preset(name))


def _of_run(arguments: ArgumentCollection) -> tuple[str, Mapping[str, Any]] | None:
    """A run that is resumed goes on as it began."""
    folder = _given(arguments, "--out")
    if folder is None or not _given(arguments, "--resume") or not (Path(folder) / SETTINGS).is_file():
        return None
    path = Path(folder) / SETTINGS
    return str(path), read_toml(path)


def _layer(source: Callable[[ArgumentCollection], tuple[str, Mapping[str, Any]] | None]) -> Layer:
    """Fill what is still open with the settings of a source, which has a name for messages."""

    def fill(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        found = source(arguments)
        if found is None:
            return
        name, settings = found[0], dict(found[1])
        _fill_texts(arguments, settings.pop(TEXT, ()), name)
        flags = [argument.name for argument in arguments if argument.name.startswith("--")]
        known = [flag.removeprefix("--").replace("-", "_") for flag in flags]
        for setting in settings:
            if setting not in known:
                close = near(setting, known)
                hint = close if "did you mean" in close else "; carrousel train --help lists them"
                raise SettingsError(f"{name} has a setting {setting!r} that does not exist{hint}")
        Dict(settings, use_commands_as_keys=False, source=name)(app, commands, arguments)

    return fill


def _fill_texts(arguments: ArgumentCollection, texts: str | Sequence[str], source: str) -> None:
    """Positional arguments, which have no name that the library could fill them by."""
    for argument in arguments:
        if argument.name == TEXT.upper() and not argument.tokens:
            for index, text in enumerate([texts] if isinstance(texts, str) else texts):
                argument.append(Token(keyword=TEXT, value=text, source=source, index=index))


def _given(arguments: ArgumentCollection, flag: str) -> str | None:
    """What a flag or an earlier layer says, as it was written; None where nothing does, or it says no."""
    for argument in arguments:
        if argument.name == flag and argument.tokens:
            token = argument.tokens[0]
            value = token.value or token.implicit_value
            return None if value in (False, "false", "False", "0", "no") else str(value)
    return None
