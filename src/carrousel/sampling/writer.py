"""What draws text: a tokenizer, and programs that draw words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from carrousel.errors import SettingsError
from carrousel.sampling.loop import Programs, check_counts, sample_words
from carrousel.sampling.settings import SamplingSettings
from carrousel.sampling.stopping import until
from carrousel.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class Writer:
    """Draws text that goes on after a prompt; errors are those of `sample_words`."""

    tokenizer: Tokenizer
    programs: Callable[[SamplingSettings, int], Programs]
    """What draws words with these settings, for so many texts side by side."""

    def stream(
        self, prompt: str, *, tokens: int, stop: str | Sequence[str], settings: SamplingSettings
    ) -> Iterator[str]:
        """A text in pieces, as they are drawn."""
        return self._spelled(prompt, self._drawn(prompt, tokens, 1, settings), 0, stop)

    def samples(
        self, prompt: str, *, count: int, tokens: int, stop: str | Sequence[str], settings: SamplingSettings
    ) -> list[str]:
        """Several texts, drawn side by side; the first is what `stream` gives."""
        drawn = list(self._drawn(prompt, tokens, count, settings))
        return ["".join(self._spelled(prompt, drawn, place, stop)) for place in range(count)]

    def _drawn(self, prompt: str, tokens: int, count: int, settings: SamplingSettings) -> Iterator[np.ndarray]:
        words = words_before(self.tokenizer, prompt)
        check_counts(tokens, count)
        return sample_words(self.programs(settings, count), words, words=tokens, settings=settings)

    def _spelled(
        self, prompt: str, drawn: Iterable[np.ndarray], place: int, stop: str | Sequence[str]
    ) -> Iterator[str]:
        """One of the texts in pieces; the prompt is spelled too, since what follows depends on it, and left out."""
        before = self.tokenizer.encode(prompt).tolist()
        words = chain(before, (int(word) for words in drawn for word in words[:, place]))
        pieces = self.tokenizer.spell(words)
        for _ in before:
            next(pieces)
        return until(pieces, [stop] if isinstance(stop, str) else stop)


def words_before(tokenizer: Tokenizer, prompt: str) -> np.ndarray:
    """The words before what is drawn: the end of a line, where there is one, and the prompt.

    Raises:
        SettingsError: there is none.
        TextError: the prompt cannot be read.
    """
    begin = np.zeros(0, np.int32) if tokenizer.end is None else np.full(1, tokenizer.end, np.int32)
    words = np.concatenate([begin, tokenizer.encode(prompt)])
    if not len(words):
        raise SettingsError("this model knows no end of a line, so nothing tells it how to begin; give a prompt")
    return words
