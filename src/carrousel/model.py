"""What `load` returns: a model of any kind with its tokenizer, ready for use on text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carrousel.engine import Cell
from carrousel.errors import SettingsError
from carrousel.generation import Network, Prepared, SamplingSettings, ScoredLine, divisor, prepare, score_lines
from carrousel.loading import open_model, save_network
from carrousel.ngram.stages import silent
from carrousel.sampling import Writer
from carrousel.text import Text, Tokenizer, memory_text

if TYPE_CHECKING:
    from carrousel.evaluation import Report, State
    from carrousel.evaluation.minimal_pairs import Method, MinimalPair, Verdict


@dataclass(frozen=True, kw_only=True)
class Model:
    """A language model of any kind and its tokenizer."""

    network: Network
    tokenizer: Tokenizer
    facts: dict[str, Any] = field(repr=False)
    """What was noted when the model was made."""
    note: str = ""
    """What a figure of this model must be read with."""

    def perplexity(self, text: str | Text, *, state: State = "carried") -> float:
        """The perplexity of a text; `evaluate` tells more."""
        return self.evaluate(text, state=state).perplexity

    def evaluate(
        self,
        text: str | Text,
        *,
        state: State = "carried",
        streams: int = 1,
        precision: str = "float32",
        watch: Callable[[int, int], None] | None = None,
    ) -> Report:
        """Measure how well the model predicts a text.

        Args:
            text: a string, or a text of `carrousel.text.open_text`, of any length.
            state: `carried` through the whole text, or `reset` after each line.
            streams: with a carried state, cut the text into so many parts that are read side by side: faster, and
                another figure.
            precision: `float32` or `mixed`.
            watch: called with the number of tokens scored so far, and of all.

        Raises:
            TextError: the text cannot be read, or leaves no token to score.
            SettingsError: a state or a number of streams that cannot be.
        """
        from carrousel.evaluation import evaluate, read_text  # noqa: PLC0415 - whoever only draws text waits less

        opened = memory_text(text, name="the text") if isinstance(text, str) else text
        with tempfile.TemporaryDirectory() as folder:
            tokens, corpus = read_text(opened, self.tokenizer, Path(folder))
            how: dict[str, Any] = {"state": state, "streams": streams, "precision": precision}
            if watch is not None:
                how["watch"] = lambda done: watch(done, len(tokens))
            report = evaluate(self.network, corpus, **how)
            tokens.release()
        return replace(report, protocol=f"{report.protocol}; {self.note}") if self.note else report

    def generate(self, prompt: str = "", *, tokens: int = 100, stop: str | Sequence[str] = (), **settings: Any) -> str:
        """Text that goes on after a prompt.

        Args:
            prompt: the text before; without one, what begins a line.
            tokens: how many to draw at most.
            stop: a string, or several, before which the text ends.
            settings: fields of `SamplingSettings`: temperature, top_k, top_p, seed.

        Returns:
            What comes after the prompt.

        Raises:
            SettingsError: a setting that cannot be, or no prompt for a model that knows no end of a line.
        """
        return "".join(self.stream(prompt, tokens=tokens, stop=stop, **settings))

    def stream(
        self, prompt: str = "", *, tokens: int = 100, stop: str | Sequence[str] = (), **settings: Any
    ) -> Iterator[str]:
        """The same in pieces, as they are drawn."""
        return self._writer.stream(prompt, tokens=tokens, stop=stop, settings=SamplingSettings(**settings))

    def samples(
        self, prompt: str = "", *, count: int, tokens: int = 100, stop: str | Sequence[str] = (), **settings: Any
    ) -> list[str]:
        """Several texts that go on after a prompt, drawn side by side; the first is what `generate` gives."""
        how = SamplingSettings(**settings)
        return self._writer.samples(prompt, count=count, tokens=tokens, stop=stop, settings=how)

    def score(self, lines: Iterable[str], *, base: str = "e") -> list[float]:
        """The logarithm of each line's probability, its end included where the model knows ends of lines.

        Args:
            lines: without their ends; each is scored on its own.
            base: of the logarithm: `e`, `2` or `10`.

        Raises:
            SettingsError: another base, or one string in place of several.
        """
        scale = divisor(base)
        return [line.log_probability / scale for line in self.score_tokens(lines)]

    def score_tokens(self, lines: Iterable[str]) -> Iterator[ScoredLine]:
        """The natural logarithm of the probability of each token of each line, in bounded memory."""
        if isinstance(lines, str):
            raise SettingsError("lines are scored each on its own, and one string came; for one line, give [line]")
        end = self.tokenizer.end
        last = np.zeros(0, np.int32) if end is None else np.full(1, end, np.int32)
        encoded = (np.concatenate([self.tokenizer.encode(line), last]) for line in lines)
        return score_lines(self.network, encoded, context=end)

    def judge(
        self,
        pairs: Sequence[MinimalPair],
        *,
        method: Method = "sentence",
        watch: Callable[[int, int], None] | None = None,
    ) -> list[Verdict]:
        """Which sentence of each pair is the likelier one: the whole (`sentence`), or its first word apart (`prefix`).

        Raises:
            SettingsError: the method cannot be used with this model, or these pairs.
        """
        from carrousel.evaluation.minimal_pairs import judge  # noqa: PLC0415 - as above

        return judge(self.network, self.tokenizer, pairs, method=method, watch=watch)

    def save(self, path: Path | str) -> None:
        """Write the model's folder, whole or not at all.

        Raises:
            ModelError: it cannot be written, or the model is of n-grams, whose folder `carrousel ngram` writes.
        """
        save_network(path, self.network, tokenizer=self.tokenizer.to_bytes(), facts=self.facts)

    @property
    def _writer(self) -> Writer:
        return Writer(self.tokenizer, partial(_programs, self.network))


def _programs(network: Network, settings: SamplingSettings, samples: int) -> Prepared:
    return prepare(network, settings=settings, samples=samples)


def load(
    path: Path | str,
    *,
    cells: Sequence[Cell | Callable[..., Any]] = (),
    report: Callable[[str], None] = silent,
) -> Model:
    """The model of a folder or an ARPA file; no code that the model names is ever run.

    Args:
        path: a model folder, of a network or of n-grams, or an ARPA file.
        cells: the recurrent cells of your own that the model may run.
        report: told what is being done, while an ARPA file is read.

    Raises:
        ModelError: the folder is missing, broken or of another kind, or its cell is not given or has changed.
        ArpaError: a line of the file is wrong.
    """
    return Model(**open_model(Path(path), cells=cells, report=report)._asdict())
