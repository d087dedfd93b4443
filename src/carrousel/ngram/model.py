"""An n-gram model that answers: probabilities of tokens and lines, what comes next, samples."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, final

import numpy as np
from jaxtyping import Float64, Integer

from carrousel.errors import SettingsError, ShapeError
from carrousel.ngram.sampling import drawn
from carrousel.ngram.trie import Trie
from carrousel.ngram.vocabulary import Vocabulary
from carrousel.text.tokenizer import Tokenizer

_NATS = float(np.log(10))


@final
class NgramModel:
    """An n-gram model with the tokenizer of its text; `open_ngram` makes one of a folder or an ARPA file.

    Ids are the tokenizer's and logarithms are natural. Where a line ends, histories do too: the token behind an end of
    line is the first of a new one.
    """

    def __init__(self, trie: Trie, vocabulary: Vocabulary, tokenizer: Tokenizer, config: Mapping[str, Any]) -> None:
        self.tokenizer = tokenizer
        self.config = config
        """What config.json says: the settings, the counts by order, the discounts."""
        self.trie = trie
        self.vocabulary = vocabulary
        self._line = np.array([] if tokenizer.end is None else [tokenizer.end], np.int64)

    @property
    def order(self) -> int:
        """Tokens of the longest n-grams."""
        return self.trie.order

    @property
    def size(self) -> int:
        """The number of different tokens."""
        return self.tokenizer.size

    @property
    def adds_up(self) -> bool:
        """Whether the probabilities behind a history add up to one; the scores of stupid back-off do not."""
        return not self.trie.unseen

    def encode(self, text: str) -> Integer[np.ndarray, " tokens"]:
        """The tokens of a text; unknown words are `<unk>`."""
        return self.tokenizer.encode(text)

    def log_probabilities(
        self, tokens: Integer[np.ndarray, " time"], *, history: Integer[np.ndarray, " before"] | None = None
    ) -> Float64[np.ndarray, " time"]:
        """The logarithm of each token's probability behind those before it, which are `history`, then the tokens.

        Without a history the first token starts a line. Minus infinity where the model says that it cannot be.
        """
        before = self._line if history is None else history[-(self.order - 1) :] if self.order > 1 else history[:0]
        scores = self.trie.running_scores(self._inner(np.concatenate([before, tokens])))
        return _NATS * scores[len(before) :]

    def ask(self, ngrams: Integer[np.ndarray, "batch width"]) -> Float64[np.ndarray, " batch"]:
        """The logarithm of the probability of each row's last token behind the others; one token or more a row."""
        if not ngrams.shape[1]:
            raise ShapeError("an n-gram has at least one token, got rows of none")
        return _NATS * self.trie.scores(self._inner(ngrams))

    def next_log_probabilities(self, history: Integer[np.ndarray, " time"]) -> Float64[np.ndarray, " size"]:
        """The logarithm of every token's probability behind a history, by id; behind none, a line starts."""
        whole = np.concatenate([self._line, history])
        inner = self.trie.distribution(self._inner(whole))
        outer = np.full(self.size, -np.inf)
        outer[self.vocabulary.outer[self.vocabulary.predicted]] = inner[self.vocabulary.predicted]
        return _NATS * outer

    def completions(self, prompt: str, *, count: int = 10) -> list[tuple[str, float]]:
        """The most probable next tokens behind a prompt, as text, each with its probability."""
        logs = self.next_log_probabilities(self.encode(prompt))
        best = np.argsort(-logs, kind="stable")[:count]
        return [(self.tokenizer.token(int(token)), float(np.exp(logs[token]))) for token in best]

    def score(self, lines: Iterable[str]) -> list[float]:
        """The logarithm of the probability of each line, its end included."""
        return [float(self.log_probabilities(self.encode(f"{line}\n")).sum()) for line in lines]

    def generate(
        self,
        prompt: str = "",
        *,
        tokens: int = 50,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """What the model writes behind a prompt, piece by piece as it is drawn; all joined it is the text.

        Args:
            prompt: which is not repeated.
            tokens: how many are drawn.
            temperature: by which logarithms are divided; 0 takes the most probable token each time.
            top_k: draw among the most probable so many only.
            seed: of the random numbers.

        Raises:
            SettingsError: a number that cannot be.
        """
        if tokens < 0:
            raise SettingsError(f"the number of tokens to draw is from 0 on, got {tokens}")
        started = self.encode(prompt)
        source = drawn(
            self.next_log_probabilities,
            started,
            temperature=temperature,
            top_k=top_k,
            random=np.random.default_rng(seed),
        )
        spelled = self.tokenizer.spell(token for _, token in zip(range(tokens), source, strict=False))
        if self.tokenizer.kind == "word" and len(started) and started[-1] != self.tokenizer.end and tokens:
            yield " "
        yield from spelled

    def _inner(self, tokens: Integer[np.ndarray, "*shape"]) -> Integer[np.ndarray, "*shape"]:
        """The model's own ids."""
        inner: np.ndarray = self.vocabulary.inner[tokens]
        return inner
