"""`carrousel inspect`: what every gate and state of a model does on a text, as tables and as one page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from carrousel.cli.arguments import FACT, DocumentName, TextName
from carrousel.cli.documents import STANDARD_OUTPUT, check_places, write_document
from carrousel.cli.look_tables import print_look
from carrousel.cli.models import load_model, own_cells, split_models
from carrousel.cli.process import Device, choose_device
from carrousel.cli.progress import watched
from carrousel.cli.train_texts import DEFAULT_TEXT
from carrousel.errors import ModelError, SettingsError, near
from carrousel.inspection import Trace, checkpoint_models, gradient_flow, summarise
from carrousel.inspection import inspect as trace_text
from carrousel.inspection import untrained as untrained_model
from carrousel.inspection.comparison import Summary
from carrousel.inspection.findings import (
    Finding,
    Question,
    over_checkpoints,
    patched,
    probed,
    searched,
    side_by_side,
)
from carrousel.inspection.findings.probed import BLANKS
from carrousel.inspection.flow import GradientFlow
from carrousel.inspection.hypotheses import SETS, check_pair
from carrousel.inspection.look import Look
from carrousel.inspection.page import inspection_page
from carrousel.inspection.search import THRESHOLD
from carrousel.inspection.tracing import open_network, trace_words
from carrousel.model import Model
from carrousel.text import Text, memory_text, open_text, tokens_in_memory

TOKENS: Final = 1000
"""Tokens that are read by default."""


def inspect(
    *arguments: Annotated[TextName, Parameter(name="MODEL… [TEXT]")],
    out: Path | None = None,
    text: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    tokens: int = TOKENS,
    save: Path | None = None,
    probe: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    patch: tuple[str, str] | None = None,
    answers: tuple[str, str] | None = None,
    search: str | None = None,
    corpus: TextName = DEFAULT_TEXT,
    layer: int | None = None,
    value: str | None = None,
    threshold: float = THRESHOLD,
    gradients: bool = True,
    untrained: Annotated[bool, FACT] = False,
    checkpoints: Annotated[bool, FACT] = False,
    cell: str | None = None,
    device: Device | None = None,
    json: DocumentName = None,
) -> int:
    """Look inside models: every gate and state at every step of a text, how gradients flow back, what units carry.

    Args:
        arguments: Folders of models, and a text: a file, a folder, - for the standard input, or a built-in one. Several
            models are shown side by side. By default the beginning of builtin:english.
        out: File for the page: one HTML file that asks for nothing.
        text: A sentence or more to look into, in the place of a TEXT.
        tokens: How many tokens of the text are read at most, in whole lines.
        save: File for the exact values of every step, npz; with several models each has its number in the name.
        probe: A ready-made set of lines: number, gender, quotes, brackets, position, or notes for the blanks of the
            lecture notes. May be given several times.
        patch: Two sentences of one length: the states of the second are put into the first.
        answers: The next words that --patch compares: that of the first sentence, that of the second.
        search: A piece of the text, or two steps as FIRST:STOP: where else are the units that are on over it?
        corpus: The text that --search goes through.
        layer: The layer whose units --search looks at; by default the last.
        value: The value that --search looks at; by default the state that is kept.
        threshold: Above it --search takes a unit to be on.
        gradients: Whether to follow gradients back.
        untrained: Follow gradients back in the same network before training too.
        checkpoints: Show how gates and gradients changed over the checkpoints that the run's folder has.
        cell: Function of a cell that a model runs and the catalogue lacks: FILE.py:NAME.
        device: What to compute on; by default the best there is.
        json: File for the figures as JSON; - prints them in the place of the words.
    """
    choose_device(device)
    check_places(out, save, json)
    models, name = split_models(arguments)
    if not models:
        raise SettingsError("inspect needs a model; give the folder of one")
    _fitting(text, name, tokens, probe, patch=patch, answers=answers)
    loaded = [_with_layers(path, load_model(path, cell)) for path in models]
    if patch is not None:
        for model in loaded:
            check_pair(model, *patch)
    opened = memory_text(text, name="the sentence") if text is not None else open_text(name or DEFAULT_TEXT)
    question = None if search is None else Question(span=search, layer=layer, value=value, threshold=threshold)
    looks: list[Look] = []
    results: list[dict[str, Any]] = []
    for path, shown, model in zip(models, _short_names(models), loaded, strict=True):
        with watched(f"{shown}: reading") as watch:
            trace = trace_text(model, _beginning(opened, model, tokens), watch=watch)
        look = Look(
            name=shown,
            trace=trace,
            flows=_flows(model, trace, shown, before=untrained) if gradients else {},
            findings=_findings(model, trace, shown, probe, patch, answers, question, corpus),
        )
        if checkpoints:
            stages = _stages(path, trace, shown, cell)
            more = {stage.name: stage.flow for stage in stages}
            look = replace(look, flows={**look.flows, **more}, findings=(*look.findings, over_checkpoints(stages)))
        if looks and _same_tokens(looks[0].trace, trace):
            both = side_by_side(looks[0].trace, trace, names=(looks[0].name, shown))
            look = replace(look, findings=(*look.findings, both))
        looks.append(look)
        results.append({"model": path, "text": opened.name, **look.as_json()})
        if save is not None:
            trace.save(save if len(models) == 1 else save.with_suffix(f".{len(looks)}.npz"))
        if json != STANDARD_OUTPUT:
            print_look(look, opened.name)
    if out is not None:
        size = inspection_page(looks, text=opened.name).write(out)
        if json != STANDARD_OUTPUT:
            print(f"{out} holds the page, {size:,} bytes")
    if json is not None:
        write_document(json, "inspect", results)
    return 0


def _with_layers(path: str, model: Model) -> Model:
    """The model of a path, which has layers to look into: this is known before the first of several is read."""
    try:
        open_network(model)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    return model


def _same_tokens(first: Trace, second: Trace) -> bool:
    same = first.tokenizer.sha256 == second.tokenizer.sha256
    return same and first.ids.tolist() == second.ids.tolist()


def _fitting(
    text: str | None, name: str | None, tokens: int, probe: Sequence[str], *, patch: object, answers: object
) -> None:
    """Refuse what cannot be, or does not go together, before anything is read."""
    for chosen in probe:
        if chosen not in (BLANKS, *SETS):
            raise SettingsError(f"there is no set {chosen!r}{near(chosen, (*SETS, BLANKS))}")
    if text is not None and not text.strip():
        raise SettingsError("--text is empty; give a sentence, or leave it out")
    if text is not None and name is not None:
        raise SettingsError(f"--text gives what is read, and {name} is a text too; leave one of them out")
    if tokens < 2:
        raise SettingsError(f"--tokens is a number of tokens from 2, not {tokens}")
    if answers is not None and patch is None:
        raise SettingsError("--answers are compared by --patch; give it two sentences")


def _short_names(models: Sequence[str]) -> list[str]:
    """The last part of each path where that tells the models apart, else the path."""
    names = [Path(path).name or path for path in models]
    return names if len(set(names)) == len(names) else list(models)


def _beginning(text: Text, model: Model, tokens: int) -> str:
    """So many whole lines of a text that no more than the wanted tokens are in them, one at least."""
    lines: list[str] = []
    count = 0
    for line in text.lines():
        count += len(model.tokenizer.encode(line)) + 1
        if lines and count > tokens:
            break
        lines.append(line)
    return "\n".join(lines)


def _flows(model: Model, trace: Trace, name: str, *, before: bool) -> dict[str, GradientFlow]:
    """How gradients flow back, and on the same text before training."""
    with watched(f"{name}: following gradients back"):
        found = {name: gradient_flow(model, trace)}
        if before:
            fresh = untrained_model(model)
            again = trace_words(fresh, trace.ids, context=trace.context, top=1)
            found[f"{name} before training"] = gradient_flow(fresh, again)
    return found


def _stages(path: str, trace: Trace, name: str, cell: str | None) -> list[Summary]:
    """The run's checkpoints on the same text."""
    found = []
    with watched(f"{name}: going through checkpoints"):
        for update, model in checkpoint_models(path, cells=own_cells(cell)):
            again = trace_words(model, trace.ids, context=trace.context, top=1)
            found.append(summarise(model, again, name=f"{name} at update {update:,}"))
    return found


def _findings(
    model: Model,
    trace: Trace,
    name: str,
    sets: Sequence[str],
    patch: tuple[str, str] | None,
    answers: tuple[str, str] | None,
    question: Question | None,
    corpus: str,
) -> list[Finding]:
    """What the flags ask for."""
    found: list[Finding] = []
    for chosen in sets:
        with watched(f"{name}: probing {chosen}") as watch:
            found += probed(model, chosen, watch=watch)
    if patch is not None:
        with watched(f"{name}: patching states"):
            found.append(patched(model, *patch, answers=answers))
    if question is not None:
        opened = open_text(corpus)
        with watched(f"{name}: searching {opened.name}") as watch:
            words = tokens_in_memory(opened, model.tokenizer).array
            found.append(searched(model, trace, question, words, name=opened.name, watch=watch))
    return found
