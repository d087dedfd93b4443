"""Where settings come from when no flag gives them: the environment, a TOML file, a model, a preset, the stored run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cyclopts import App, ArgumentCollection, Token
from cyclopts.config import Dict, Env

from carrousel.errors import SettingsError
from carrousel.training.near import near

Layer = Callable[[App, tuple[str, ...], ArgumentCollection], None]
PREFIX: Final = "CARROUSEL_"
TEXT: Final = "text"


def environment() -> Layer:
    """`CARROUSEL_HIDDEN=300` is `--hidden 300`."""
    return Env(PREFIX, command=False)


def layer(source: Callable[[ArgumentCollection], tuple[str, Mapping[str, Any]] | None]) -> Layer:
    """Settings by name that fill what flags and earlier layers left open.

    Args:
        source: what they are called in messages, and the settings; None where there are none. It may look at the
            arguments that are there already.
    """

    def fill(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        found = source(arguments)
        if found is None:
            return
        name, settings = found[0], dict(found[1])
        _fill_texts(arguments, settings.pop(TEXT, ()), name)
        known = {argument.name.removeprefix("--").replace("-", "_") for argument in arguments}
        for setting in settings:
            if setting not in known:
                raise SettingsError(f"{name} has a setting {setting!r} that does not exist{near(setting, known)}")
        Dict(settings, use_commands_as_keys=False, source=name)(app, commands, arguments)

    return fill


def _fill_texts(arguments: ArgumentCollection, texts: str | Sequence[str], source: str) -> None:
    """Positional arguments have no name for the library to fill them by."""
    for argument in arguments:
        if argument.name == TEXT.upper() and not argument.tokens:
            for index, text in enumerate([texts] if isinstance(texts, str) else texts):
                argument.append(Token(keyword=TEXT, value=text, source=source, index=index))


def given(arguments: ArgumentCollection, flag: str) -> str | None:
    """What a flag or an earlier layer says, as it was written; None where nothing does."""
    for argument in arguments:
        if argument.name == flag and argument.tokens:
            token = argument.tokens[0]
            return str(token.value or token.implicit_value)
    return None


def given_path(arguments: ArgumentCollection, flag: str) -> Path | None:
    """The same as a path."""
    value = given(arguments, flag)
    return None if value is None else Path(value)
