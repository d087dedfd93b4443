"""Training a recurrent language model: texts in, a model folder out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from carrousel.models import LanguageModel, save_folder
from carrousel.text import Tokenizer, Tokens, streams, window_count
from carrousel.training.checkpoints import stored_position
from carrousel.training.corpora import Corpora, Texts, drop_training_tokens, prepare_corpora
from carrousel.training.feeds import Windows
from carrousel.training.folders import open_folder
from carrousel.training.objectives import language_model_objective
from carrousel.training.observers import Observer
from carrousel.training.optimisers import SPARSE
from carrousel.training.recipes import Recipe
from carrousel.training.run import CHECKPOINTS, Ended, Job, run
from carrousel.training.settings import TrainingSettings

CALL_TOKENS = 1 << 18
"""Tokens that one compiled call takes at most."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A trained model that a run goes on with."""

    network: LanguageModel
    tokenizer: Tokenizer


@dataclass(frozen=True, kw_only=True)
class Trained:
    """How the training of a language model ended."""

    ended: Ended
    corpora: Corpora
    parameters: int


def train_language_model(
    recipe: Recipe,
    texts: Callable[[], Texts],
    *,
    folder: Path,
    observer: Observer,
    stop: Callable[[], bool],
    named: dict[str, Any] | None = None,
    origin: Origin | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Trained:
    """Train until the last epoch is done, or `stop()` says so, and keep the best epoch's model in the folder.

    Args:
        recipe: all settings.
        texts: opens the texts; not called on resuming, since the folder holds their tokens.
        folder: the run: a model folder with `settings.toml`, `metrics.jsonl`, `checkpoints/` and `tokens/` beside it.
        observer: is told what goes on, and has the clock.
        stop: asked between compiled calls; once true, a checkpoint is written and the run ends unfinished.
        named: further settings that are stored and compared on resuming, such as the names of the texts.
        origin: a trained model to go on with, in the place of drawn weights and of a learned tokenizer.
        resume: go on with the run in the folder, exactly.
        overwrite: replace the run in the folder.

    Raises:
        TrainingError: the folder is not as it should be, a loss is not finite, or the file system refused.
        SettingsError: the run that is to be resumed was begun with other settings.
        TextError: a text cannot be read or is too short.
    """
    settings = recipe.training
    open_folder(folder, {**(named or {}), **recipe.flat()}, resume=resume, overwrite=overwrite)
    position = stored_position(folder / CHECKPOINTS) if resume else None
    if position is not None and position["validated"] >= settings.epochs:
        observer.note(f"the run in {folder} has ended: its best epoch is {position['best_epoch']}")
    corpora = prepare_corpora(
        folder, texts, recipe.text, tokenizer=origin.tokenizer if origin else None, begun=position is not None
    )
    for sentence in corpora.said:
        observer.note(sentence)
    tokenizer = corpora.tokenizer
    key = jax.random.split(jax.random.key(settings.seed))[0]
    network = (
        origin.network if origin else LanguageModel.from_settings(recipe.model, vocabulary=tokenizer.size, key=key)
    )
    feed = _feed(corpora.tokens["train"], settings, sparse_vocabulary=None if recipe.model.tied else tokenizer.size)
    read = feed.per_epoch * settings.unroll * settings.batch
    observer.note(
        f"{read:,} of {len(corpora.tokens['train']):,} training tokens fill whole windows of {settings.batch} streams of "
        f"{settings.unroll}; {len(corpora.tokens['valid']):,} are for validation; {tokenizer.size:,} different ones"
    )
    parameters = sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(network, eqx.is_inexact_array)))
    observer.note(f"{recipe.model.layers} x {recipe.model.cell} {recipe.model.hidden}, {parameters:,} parameters")

    def publish(network: LanguageModel, epoch: int) -> None:
        facts = {**recipe.flat(), **(named or {}), "epoch": epoch}
        save_language_model(folder, network, recipe.model, tokenizer, facts)

    def validate(network: LanguageModel) -> dict[str, float]:
        loss = mean_loss(network, corpora.tokens["valid"])
        return {"loss": loss, "perplexity": math.exp(loss)}

    job = Job(
        network=network,
        objective=language_model_objective(settings),
        feed=feed,
        start_state=lambda: network.start_state(settings.batch),
        validate=validate,
        publish=publish,
        table=_table if feed.vocabulary is not None else None,
    )
    ended = run(job, settings, folder=folder, resume=resume, observer=observer, stop=stop)
    if ended.finished:
        drop_training_tokens(folder)
    return Trained(ended=ended, corpora=corpora, parameters=parameters)


def _table(network: LanguageModel) -> jax.Array:
    return network.embedding.weight


def _feed(tokens: Tokens, settings: TrainingSettings, *, sparse_vocabulary: int | None) -> Windows:
    """The windows of the training tokens; they name embedding rows where that saves more than it costs."""
    window = settings.batch * settings.unroll
    few = sparse_vocabulary is not None and settings.optimiser in SPARSE and 2 * window <= sparse_vocabulary
    view = streams(tokens, settings.batch, unroll=settings.unroll)
    capacity = max(1, min(512, CALL_TOKENS // window, window_count(view, settings.unroll)))
    return Windows(
        streams=view, unroll=settings.unroll, capacity=capacity, vocabulary=sparse_vocabulary if few else None
    )


def mean_loss(network, tokens):  # STAND-IN until evaluation lands
    step = eqx.filter_jit(lambda n, x, y, s: n.losses(x, y, s))
    array, state, total = np.asarray(tokens.array, np.int32), network.start_state(1), 0.0
    for k in range(0, len(array) - 1, 256):
        x, y = array[k : k + 256][: len(array) - 1 - k], array[k + 1 : k + 257]
        n, state = step(network, x[:, None], y[:, None], state)
        total += float(n.sum())
    return total / (len(array) - 1)


def save_language_model(folder, network, settings, tokenizer, facts):  # STAND-IN until models lands
    arrays = {
        jax.tree_util.keystr(k): np.asarray(v)
        for k, v in jax.tree_util.tree_leaves_with_path(eqx.filter(network, eqx.is_array))
    }
    save_folder(
        folder, config={"model": vars(settings), "training": facts}, arrays=arrays, tokenizer=tokenizer.to_bytes()
    )
