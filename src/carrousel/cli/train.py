"""`carrousel train`: a text in, a model folder out."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, ArgumentCollection, Parameter

from carrousel.cli.process import Device, choose_device
from carrousel.cli.progress import TrainingProgress
from carrousel.cli.settings_layers import Layer, environment, given, given_path, layer
from carrousel.cli.signals import wish_to_stop
from carrousel.models import LanguageModelSettings
from carrousel.text import hold_out, join_texts, open_text
from carrousel.training.corpora import Texts
from carrousel.training.folders import SETTINGS
from carrousel.training.language import train_language_model
from carrousel.training.presets import preset as named_preset
from carrousel.training.recipes import Recipe, read_toml
from carrousel.training.settings import TextSettings, TrainingSettings

STOPPED = 75
DEFAULT_TEXT = "builtin:english"
_TEXT, _NETWORK, _TRAINING = (Parameter(name="*", group=group) for group in ("Tokens", "Network", "Training"))
_FACT = Parameter(negative="")


def train(
    *text: str,
    out: Path,
    valid: str | None = None,
    test: str | None = None,
    preset: str | None = None,
    config: Path | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    resume: Annotated[bool, _FACT] = False,
    overwrite: Annotated[bool, _FACT] = False,
    device: Device | None = None,
    cutting: Annotated[TextSettings, _TEXT] = TextSettings(),  # noqa: B008 - frozen
    network: Annotated[LanguageModelSettings, _NETWORK] = LanguageModelSettings(),  # noqa: B008
    training: Annotated[TrainingSettings, _TRAINING] = TrainingSettings(),  # noqa: B008
) -> int:
    """Train a recurrent language model on a text.

    Args:
        text: Files, folders, `-` for the standard input, or builtin:english, builtin:python, builtin:agreement; several
            are one text. By default builtin:english.
        out: Folder of the run, which is the model too.
        valid: Text that decides which epoch is the best. By default the end of the text is held out.
        test: Text that the best epoch's model is judged on at the end.
        preset: Settings under a name: tiny, zaremba-small, zaremba-medium, zaremba-large. Flags count before it.
        config: TOML file of settings, `hidden = 300`, one a line. The environment, as CARROUSEL_HIDDEN=300, and flags
            count before it.
        from_: Model to go on with on new text; its tokenizer is used.
        resume: Go on with the run in the folder, exactly as if it had never stopped.
        overwrite: Replace the run in the folder.
        device: What to compute on; by default the best there is.
        cutting: How the text is cut into tokens.
        network: What the network is.
        training: How it is trained.
    """
    del config  # read before the call, with all other layers of settings
    choose_device(device)
    recipe = Recipe(text=cutting, model=network, training=training)
    names = list(text) or [DEFAULT_TEXT]
    named: dict[str, Any] = {"text": names}
    named |= {name: value for name, value in (("valid", valid), ("test", test), ("preset", preset)) if value}
    with (
        wish_to_stop("stopping after the updates under way; once more Ctrl-C stops at once") as stop,
        TrainingProgress(training.epochs) as progress,
    ):
        trained = train_language_model(
            recipe,
            lambda: _texts(names, valid, test, training.held_out),
            folder=out,
            observer=progress,
            stop=stop,
            named=named,
            resume=resume,
            overwrite=overwrite,
        )
    if not trained.ended.finished:
        print(
            f"stopped after update {trained.ended.position.update:,}; go on with: carrousel train --out {out} --resume"
        )
        return STOPPED
    return 0


def _texts(names: list[str], valid: str | None, test: str | None, held_out: float) -> Texts:
    """Open the texts, holding out the end where there is none to validate on."""
    opened = [open_text(name) for name in names]
    said = [
        f"{one.name}: {one.bytes:,} bytes, sha256 {one.sha256}, {one.origin}"
        if one.name.startswith("builtin:")
        else f"{one.name}: {one.bytes:,} bytes"
        for one in opened
    ]
    train = join_texts(opened)
    if valid is not None:
        validation = open_text(valid)
    else:
        train, validation = hold_out(train, held_out)
        said.append(f"no text was given for validation, so {validation.name} is held out")
    return Texts(train=train, valid=validation, test=open_text(test) if test else None, said=tuple(said))


def train_layers() -> tuple[Layer, ...]:
    """Flags, then the environment, the file, the preset, and on resuming what the run was begun with."""

    def from_file(arguments: ArgumentCollection) -> tuple[str, dict[str, Any]] | None:
        path = given_path(arguments, "--config")
        return None if path is None else (str(path), read_toml(path))

    def from_preset(arguments: ArgumentCollection) -> tuple[str, Any] | None:
        name = given(arguments, "--preset")
        return None if name is None else (f"the preset {name}", named_preset(name))

    def from_run(arguments: ArgumentCollection) -> tuple[str, dict[str, Any]] | None:
        folder = given_path(arguments, "--out")
        if given(arguments, "--resume") != "True" or folder is None or not (folder / SETTINGS).is_file():
            return None
        stored = read_toml(folder / SETTINGS)
        if ":" in stored.get("cell", ""):  # code is run only where the call names it
            del stored["cell"]
        return str(folder / SETTINGS), stored

    return environment(), layer(from_file), layer(from_preset), layer(from_run)


app = App(name="train", config=train_layers(), default_parameter=Parameter(show_env_var=False))
app.default(train)
