"""Training a recurrent language model: texts in, a model folder out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jax

from carrousel.errors import SettingsError, TrainingError
from carrousel.models import (
    LanguageModel,
    named_arrays,
    restore_language_model,
    save_language_model,
    trained_numbers,
    with_named_arrays,
)
from carrousel.storage import load_folder
from carrousel.text import Tokenizer, Tokens, streams, window_count
from carrousel.training.beginning import begin
from carrousel.training.checkpoints import stored_position
from carrousel.training.corpora import Corpora, drop_training_tokens, open_corpora, prepare_corpora
from carrousel.training.curve import Drawing
from carrousel.training.cuts import random_cuts
from carrousel.training.doubts import Doubting
from carrousel.training.feeds import Windows
from carrousel.training.judging import judge
from carrousel.training.locks import alone
from carrousel.training.metrics import Figure, MetricsFile
from carrousel.training.objectives import language_model_objective
from carrousel.training.observers import Observer
from carrousel.training.optimisers import moves_read_rows_only
from carrousel.training.plans import Plan, Trained
from carrousel.training.recipes import Recipe
from carrousel.training.run import CHECKPOINTS, METRICS, Job, run

CALL_TOKENS: Final = 1 << 18
"""Tokens that one compiled call takes at most."""

SHAPE: Final = (
    *("model", "window", "direct", "cell", "layers", "hidden", "last", "embedding"),
    *("head", "experts", "cutoffs", "tied", "product_norm"),
)
"""Settings that a network cannot change once it has weights."""


def train_language_model(
    plan: Plan, *, observer: Observer, stop: Callable[[], bool], resume: bool = False, overwrite: bool = False
) -> Trained:
    """Train until the last epoch is done, or `stop()` says so, and keep the best epoch's model in the folder.

    Args:
        plan: what is to be trained.
        observer: is told what goes on, and has the clock.
        stop: asked between compiled calls; once true, a checkpoint is written and the run ends unfinished.
        resume: go on with the run in the folder, exactly.
        overwrite: replace the run in the folder.

    Raises:
        TrainingError: the folder is not as it should be, a loss is not finite, or the file system refused.
        SettingsError: the run that is to be resumed was begun with other settings, or a budget leaves nothing for the
            cell.
        TextError: a text cannot be read or is too short.
        ModelError: the model to go on with is broken, or does not fit the settings.
    """
    if plan.origin is not None and plan.budget is not None:
        raise SettingsError(f"the model {plan.origin} has its size already; leave out the budget, or the model")
    with alone(plan.folder):
        return _train(plan, observer, stop, resume=resume, overwrite=overwrite)


def _train(plan: Plan, observer: Observer, stop: Callable[[], bool], *, resume: bool, overwrite: bool) -> Trained:
    known = None if resume or plan.origin is None else _origin(plan, plan.origin)[0]
    plan = begin(plan, resume=resume, overwrite=overwrite, tokenizer=known)
    recipe, folder = plan.recipe, plan.folder
    position = stored_position(folder / CHECKPOINTS)
    if position is None or position["validated"] < recipe.training.epochs:
        job, corpora = _prepare(plan, observer, begun=position is not None)
        doubting = Doubting(observer, tokens=corpora.tokenizer.size, settings=recipe.training)
        drawing = Drawing(doubting, folder / METRICS)
        ended = run(job, recipe.training, folder=folder, resume=True, observer=drawing, stop=stop)
        position = ended.position.stored()
        if not ended.finished:
            return _trained(position, finished=False)
    else:
        corpora = open_corpora(folder, ended=True)
        observer.note(f"the run in {folder} has ended before, after epoch {position['validated']}")
    drop_training_tokens(folder)
    return _trained(position, finished=True, test=_tested(plan, corpora, position))


def _prepare(plan: Plan, observer: Observer, *, begun: bool) -> tuple[Job, Corpora]:
    """The network, its batches and its judge; says what there is."""
    tokenizer, weights = (None, None) if begun or plan.origin is None else _origin(plan, plan.origin)
    corpora = prepare_corpora(plan.folder, plan.texts, plan.recipe.text, tokenizer=tokenizer, begun=begun)
    recipe, settings, tokenizer = plan.recipe, plan.recipe.training, corpora.tokenizer
    key = jax.random.split(jax.random.key(settings.seed))[0]
    network = LanguageModel.from_settings(recipe.model, vocabulary=tokenizer.size, key=key, cells=plan.cells)
    if weights is not None:
        network = with_named_arrays(network, weights)
    feed = _windows(corpora.tokens["train"], recipe, vocabulary=tokenizer.size)
    for sentence in (*corpora.said, *_account(network, feed, corpora)):
        observer.note(sentence)

    def publish(network: LanguageModel, epoch: int) -> None:
        facts = {**plan.settings, "epoch": epoch}
        save_language_model(plan.folder, network, tokenizer=tokenizer.to_bytes(), facts=facts)

    job = Job(
        network=network,
        objective=language_model_objective(settings),
        feed=feed,
        start_state=lambda: network.start_state(settings.batch),
        validate=lambda network: judge(network, corpora, "valid", streams=settings.batch),
        publish=publish,
        table=None if feed.vocabulary is None else lambda network: network.embedding.weight,
    )
    return job, corpora


def _origin(plan: Plan, path: Path) -> tuple[Tokenizer, dict[str, Any]]:
    """The tokenizer and the weights of the model that is gone on with."""
    loaded = restore_language_model(path, load_folder(path), cells=plan.cells)
    tokenizer = Tokenizer.from_bytes(loaded.tokenizer)
    own = {name: getattr(loaded.network.settings, name) for name in SHAPE} | {"tokenizer": tokenizer.kind}
    wanted = {name: getattr(plan.recipe.model, name) for name in SHAPE} | {"tokenizer": plan.recipe.text.tokenizer}
    for name, value in own.items():
        if wanted[name] != value:
            raise TrainingError(
                f"the model {path} has {name} = {value!r} and goes on with it, not with {wanted[name]!r}"
            )
    return tokenizer, named_arrays(loaded.network)


def _windows(tokens: Tokens, recipe: Recipe, *, vocabulary: int) -> Windows:
    """The windows of the training tokens; they name the embedding's rows where that saves more than it costs."""
    settings = recipe.training
    window = settings.batch * settings.unroll
    few = moves_read_rows_only(settings) and not recipe.model.tied and 2 * window <= vocabulary
    few = few and recipe.model.model == "recurrent"  # a window carries words by their numbers, not as rows
    view = streams(tokens, settings.batch, unroll=settings.unroll)
    cuts = random_cuts(view.shape[1] - 1, settings) if settings.lengths == "random" else None
    capacity = max(1, min(512, CALL_TOKENS // window, window_count(view, settings.unroll)))
    rows = vocabulary if few else None
    how: dict[str, Any] = {"unroll": settings.unroll, "capacity": capacity, "vocabulary": rows, "cuts": cuts}
    return Windows(tokens=tokens, streams=view, **how)


def _account(network: LanguageModel, feed: Windows, corpora: Corpora) -> tuple[str, ...]:
    """What is trained on what, in figures."""
    parameters = trained_numbers(network)
    batch, tokens, size = feed.streams.shape[0], len(corpora.tokens["train"]), corpora.tokenizer.size
    read = batch * (feed.per_epoch * feed.unroll if feed.cuts is None else feed.cuts.steps)
    windows = f"whole windows of {feed.unroll}" if feed.cuts is None else f"windows of about {feed.unroll}"
    return (
        f"{tokens:,} tokens for training and {len(corpora.tokens['valid']):,} for validation, {size:,} different ones",
        f"{read:,} tokens an epoch are predicted: {windows} in {batch} streams",
        f"{network.settings.in_words()}, {parameters:,} parameters",
    )


def _tested(plan: Plan, corpora: Corpora, position: dict[str, Any]) -> dict[str, Figure]:
    """What the test text says of the best model, written into metrics.jsonl too; empty where there is none."""
    if "test" not in corpora.tokens:
        return {}
    best = restore_language_model(plan.folder, load_folder(plan.folder), cells=plan.cells).network
    figures = judge(best, corpora, "test")
    metrics = MetricsFile(plan.folder / METRICS, length=position["metrics"])
    metrics.append({"kind": "test", "epoch": position["best_epoch"], **figures})
    return figures


def _trained(position: dict[str, Any], *, finished: bool, test: dict[str, Figure] | None = None) -> Trained:
    return Trained(
        finished=finished,
        update=position["update"],
        best_epoch=position["best_epoch"],
        best=position["best_figures"],
        test=test or {},
    )
