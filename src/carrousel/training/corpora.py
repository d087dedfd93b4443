"""The texts of a run as tokens in its folder, so that it can go on when the texts are gone."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrousel.errors import CarrouselError, TrainingError
from carrousel.text import Text, Tokenizer, Tokens, learn_tokenizer, open_tokens, tokenise
from carrousel.training.folders import write_whole
from carrousel.training.settings import TextSettings

TOKENS: Final = "tokens"
NAMES: Final = ("train", "valid", "test")
_FACTS: Final = "facts.json"
_TOKENIZER: Final = "tokenizer.json"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What a run reads."""

    train: Text
    """What it learns from."""
    valid: Text
    """What decides which epoch is the best."""
    test: Text | None = None
    """What the best is judged on when the run has ended."""
    said: tuple[str, ...] = ()
    """What a person should know of them, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Corpora:
    """Texts as tokens."""

    tokenizer: Tokenizer
    """What cuts them."""
    tokens: Mapping[str, Tokens]
    """By name: `train`, `valid` and, if there is one, `test`."""
    line_entropy: Mapping[str, float]
    """Nats a line of the process that wrote the text, of each text where that is known."""
    said: tuple[str, ...]
    """What a person should know of the texts."""


def prepare_corpora(
    folder: Path,
    texts: Callable[[], Texts],
    settings: TextSettings,
    *,
    tokenizer: Tokenizer | None = None,
    begun: bool = False,
) -> Corpora:
    """The tokens in the run's folder, made from the texts where they are not there yet.

    Args:
        folder: the run.
        texts: opens the texts; not called where the tokens are there.
        settings: how a tokenizer is learned.
        tokenizer: one that was learned before, in the place of a new one.
        begun: whether updates were made from these tokens, so that others would not do.

    Raises:
        TextError: a text cannot be read, or the tokens cannot be written.
        TrainingError: the run was begun and its tokens are not there.
    """
    try:
        return open_corpora(folder)
    except (OSError, ValueError, KeyError, TypeError, CarrouselError) as error:
        if begun:
            raise TrainingError(
                f"the tokens of the run in {folder} cannot be used ({error}), so it cannot go on; begin it anew"
            ) from error
    place = folder / TOKENS
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    opened = texts()
    tokenizer = tokenizer or learn_tokenizer(
        settings.tokenizer, opened.train, size=settings.vocabulary, min_count=settings.min_count
    )
    (place / _TOKENIZER).write_bytes(tokenizer.to_bytes())
    named = {name: text for name in NAMES if (text := getattr(opened, name)) is not None}
    tokens = {name: tokenise(text, tokenizer, place / f"{name}.tokens") for name, text in named.items()}
    entropy = {name: text.line_entropy for name, text in named.items() if text.line_entropy is not None}
    facts = {"tokens": list(tokens), "line_entropy": entropy, "said": opened.said}
    write_whole(place / _FACTS, json.dumps(facts, indent=1))
    return Corpora(tokenizer=tokenizer, tokens=tokens, line_entropy=entropy, said=opened.said)


def share_corpora(source: Path, folder: Path) -> None:
    """Give a run the tokens that lie in another folder; the files are shared where the file system can do that.

    Raises:
        TrainingError: the file system refused.
    """
    place = folder / TOKENS
    try:
        place.mkdir(exist_ok=True)
        for file in sorted((source / TOKENS).iterdir(), key=lambda file: file.name == _FACTS):  # last, as they are made
            (place / file.name).unlink(missing_ok=True)
            try:
                (place / file.name).hardlink_to(file)
            except OSError:
                shutil.copyfile(file, place / file.name)
    except OSError as error:
        raise TrainingError(
            f"the tokens cannot be put into {folder}: {error.strerror}; make room and resume"
        ) from error


def drop_training_tokens(folder: Path) -> None:
    """Delete the training tokens of a run that has ended; those it was judged on stay."""
    (folder / TOKENS / "train.tokens").unlink(missing_ok=True)


def open_corpora(folder: Path, *, ended: bool = False) -> Corpora:
    """The tokens that are in the folder of a run; of one that has ended, those it is judged on."""
    place = folder / TOKENS
    facts: dict[str, Any] = json.loads((place / _FACTS).read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_bytes((place / _TOKENIZER).read_bytes())
    names = [name for name in facts["tokens"] if not (ended and name == "train")]
    tokens = {name: open_tokens(place / f"{name}.tokens", tokenizer=tokenizer) for name in names}
    return Corpora(tokenizer=tokenizer, tokens=tokens, line_entropy=facts["line_entropy"], said=tuple(facts["said"]))
