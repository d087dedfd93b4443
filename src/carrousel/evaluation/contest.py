"""What stands in a contest of models: how several are evaluated, each one, and what it said of the texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol, get_args, runtime_checkable

import numpy as np
from jaxtyping import Float32

from carrousel.errors import SettingsError
from carrousel.evaluation.caches import CacheSettings
from carrousel.evaluation.corpus import Corpus, State, Watch
from carrousel.evaluation.dynamic import Dynamic
from carrousel.evaluation.dynamic_settings import DynamicSettings
from carrousel.evaluation.predictors import AsTrained, Scorer
from carrousel.evaluation.report import Report
from carrousel.evaluation.texts import read_text
from carrousel.generation import Network
from carrousel.text import Text, Tokenizer

Mix = Literal["linear", "log", "none"]
MIXES: Final[tuple[Mix, ...]] = get_args(Mix)


@runtime_checkable
class Contestant(Protocol):
    """A model with its tokenizer, as `carrousel.load` gives it."""

    @property
    def network(self) -> Network:
        """The model."""

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts text for it."""

    @property
    def note(self) -> str:
        """What a figure of it must be read with."""


@dataclass(frozen=True, kw_only=True)
class TogetherSettings:
    """How models are evaluated side by side."""

    mix: str | None = None
    """linear, log or none; None is linear for models that can be mixed."""
    state: State = "carried"
    """Whether the state is carried through the whole text, or reset after each line."""
    streams: int = 1
    """Parts of the text that are read side by side."""
    precision: str = "float32"
    """float32 or mixed."""
    cache: CacheSettings | None = None
    """A cache for each model that it can act on."""
    dynamic: DynamicSettings | None = None
    """How the models that can learn go on learning."""

    def __post_init__(self) -> None:
        """See that each value can be.

        Raises:
            SettingsError: one cannot, or not with the others.
        """
        if self.mix is not None and self.mix not in MIXES:
            raise SettingsError(f"mix is one of {', '.join(MIXES)}, not {self.mix!r}")
        if (self.cache or self.dynamic) and (self.state != "carried" or self.streams != 1):
            raise SettingsError(
                "a cache and dynamic evaluation remember the text from its start, so it is read in one stream with the "
                "state carried; leave state and streams away"
            )
        if self.mix == "log" and self.streams != 1:
            raise SettingsError("a log-linear mixture is read in one stream; leave streams away")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one model, or of a mixture."""

    name: str
    report: Report
    how: dict[str, Any]
    """What was done beyond reading the text, as JSON values."""


class Side(NamedTuple):
    """A text as a model has read it."""

    corpus: Corpus
    logs: Float32[np.ndarray, " words"]
    """The logarithm of each word's probability; nan where it is not scored."""


class Entry(NamedTuple):
    """A model in the contest."""

    name: str
    model: Contestant
    predictor: AsTrained | Dynamic
    test: Side
    valid: Side | None


class Reader:
    """Lets models read texts; what they say of each word goes to files of a folder, so that no text is too long."""

    def __init__(self, folder: Path, watch: Watch) -> None:
        self._folder = folder
        self._watch = watch
        self._read: dict[tuple[int, str], Corpus] = {}
        self._columns = 0

    def corpus(self, text: Text, tokenizer: Tokenizer) -> Corpus:
        """A text in a tokenizer's tokens; it is cut once."""
        key = id(text), tokenizer.sha256
        if key not in self._read:
            self._read[key] = read_text(text, tokenizer, self._folder).corpus
        return self._read[key]

    def side(self, title: str, scorer: Scorer, corpus: Corpus) -> Side:
        """What a model says of each word of a text."""
        self._columns += 1
        logs = np.memmap(self._folder / f"logs-{self._columns}", np.float32, "w+", shape=(len(corpus.words),))
        logs[: corpus.first] = np.nan
        done = corpus.first
        for places, said in scorer.scored(corpus):
            logs[places] = said
            done += len(places)
            self._watch(title, done, len(logs))
        return Side(corpus, logs)
