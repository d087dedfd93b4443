"""`carrousel train`: a text in, a model folder out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from carrousel.cells import find_cell
from carrousel.cli.amounts import in_numbers
from carrousel.cli.arguments import FACT, TextName
from carrousel.cli.comparison import print_comparison, write_comparison
from carrousel.cli.own_cells import own_cell
from carrousel.cli.process import Device, choose_device
from carrousel.cli.progress import TrainingProgress, in_words
from carrousel.cli.settings_layers import train_layers
from carrousel.cli.signals import STOPPED, wish_to_stop
from carrousel.cli.train_texts import DEFAULT_TEXT, open_texts
from carrousel.engine import Cell
from carrousel.models import LanguageModelSettings
from carrousel.training.comparing import compare_cells
from carrousel.training.language import train_language_model
from carrousel.training.plans import Plan, Trained
from carrousel.training.recipes import Recipe
from carrousel.training.settings import TextSettings, TrainingSettings

FAILED: Final = 1

_TEXT, _NETWORK, _TRAINING = (Parameter(name="*", group=group) for group in ("Tokens", "Network", "Training"))


def train(
    *text: TextName,
    out: Path,
    valid: str | None = None,
    test: str | None = None,
    preset: str | None = None,
    config: Path | None = None,
    budget: str | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    resume: Annotated[bool, FACT] = False,
    overwrite: Annotated[bool, FACT] = False,
    device: Device | None = None,
    cutting: Annotated[TextSettings, _TEXT] = TextSettings(),  # noqa: B008 - frozen
    network: Annotated[LanguageModelSettings, _NETWORK] = LanguageModelSettings(),  # noqa: B008
    training: Annotated[TrainingSettings, _TRAINING] = TrainingSettings(),  # noqa: B008
) -> int:
    """Train a language model on a text: recurrent, or with a window of fixed size; or compare cells on it.

    The run is a folder that holds the model of the best epoch. A setting comes from its flag, else from the environment
    (CARROUSEL_HIDDEN=300), else from --config, else from --preset, else it has the default that stands here. Ctrl-C
    stops cleanly, and --resume goes on exactly. Leaves with 0 when all epochs are done and with 75 when stopped.

    --cell A,B,C trains the same model with each cell, in runs of their own within the folder, and prints one table.
    With --budget 1M the hidden size is the largest whose model trains no more numbers than that.

    Args:
        text: Files, folders, - for the standard input, builtin:english, builtin:python or builtin:agreement; several
            are one text. By default builtin:english.
        out: Folder of the run.
        valid: Text that decides which epoch is the best. By default the end of the text is held out.
        test: Text that the best epoch's model is judged on at the end.
        preset: Settings under a name: tiny, zaremba-small, zaremba-medium, zaremba-large, awd-lstm,
            mos or mogrifier.
        config: TOML file of settings, one a line: hidden = 300.
        budget: Numbers that a model may train, embedding and softmax included, as 1M or 500k; decides --hidden.
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
    names, own = list(text) or [DEFAULT_TEXT], [own_cell(cell) or cell for cell in network.cell.split(",")]
    named: dict[str, Any] = {"text": names, "valid": valid, "test": test, "preset": preset}
    named["from"] = None if from_ is None else str(from_)
    plan = Plan(
        recipe=Recipe(text=cutting, model=replace(network, cell=_names(own)), training=training),
        texts=lambda: open_texts(names, valid=valid, test=test, held_out=training.held_out),
        folder=out,
        named={name: value for name, value in named.items() if value is not None},
        budget=None if budget is None else in_numbers(budget),
        cells=tuple(cell for cell in own if not isinstance(cell, str)),
        origin=from_,
    )
    with (
        wish_to_stop("stopping after the updates under way; once more Ctrl-C stops at once") as stop,
        TrainingProgress(training.epochs) as progress,
    ):
        how: dict[str, Any] = {"observer": progress, "stop": stop, "resume": resume, "overwrite": overwrite}
        made = (
            train_language_model(plan, **how)
            if len(own) == 1
            else compare_cells(plan, told=lambda every: write_comparison(out, every), **how)
        )
    if isinstance(made, Trained):
        print(_account(out, made))
        return 0 if made.finished else STOPPED
    print_comparison(out, made)
    if stopped := not all(one.finished or one.failed for one in made):
        print(_stopped(out, "stopped"))
    return STOPPED if stopped else FAILED if any(one.failed for one in made) else 0


def _names(cells: Sequence[str | Cell | Callable[..., Any]]) -> str:
    """What the settings call cells, those of the catalogue as they were written."""
    return ",".join(cell if isinstance(cell, str) else find_cell(cell).name for cell in cells)


def _account(out: Path, trained: Trained) -> str:
    """What came of it, a sentence a line."""
    if not trained.finished:
        return _stopped(out, f"stopped after update {trained.update:,}")
    lines = [f"{out} holds the model of epoch {trained.best_epoch}"]
    for name, figures in (("validation", trained.best), ("test", trained.test)):
        if figures:
            lines.append(f"perplexity in {name} {in_words(figures['perplexity'])}")
        if "least_perplexity" in figures:
            lines[-1] += f"; knowing the grammar itself it would be {in_words(figures['least_perplexity'])}"
    return "\n".join(lines)


def _stopped(out: Path, when: str) -> str:
    return f"{when}; go on with: carrousel train --out {out} --resume"


app = App(name="train", config=train_layers(), default_parameter=Parameter(show_env_var=False))
app.default(train)
