"""Which sentence of a pair a model takes for the likelier one."""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Int32

from carrousel.errors import SettingsError
from carrousel.evaluation.minimal_pairs.pair import MinimalPair
from carrousel.evaluation.minimal_pairs.spelling import Spelling
from carrousel.generation import Network, score_lines
from carrousel.text import Tokenizer

Method = Literal["sentence", "prefix"]
METHODS: Final = get_args(Method)


class Verdict(NamedTuple):
    """What a model said of a pair."""

    pair: MinimalPair
    margin: float
    """The logarithm of the right sentence's probability, or word's, less that of the wrong one; natural."""
    known: bool
    """Whether the model knows all the words in which the two differ, and they differ at all in its spelling."""

    @property
    def right(self) -> float:
        """1 where the right one is likelier, 0 where the wrong one is, half of it where neither is."""
        return 0.5 if self.margin == 0 else float(self.margin > 0)


def judge(
    network: Network,
    tokenizer: Tokenizer,
    pairs: Sequence[MinimalPair],
    *,
    method: Method = "sentence",
    watch: Callable[[int, int], None] | None = None,
) -> list[Verdict]:
    """Ask a model about pairs of sentences, each sentence on its own, written as the model's vocabulary has it.

    Args:
        network: the model.
        tokenizer: its own.
        pairs: the sentences.
        method: `sentence`, the probability of all words and of the end of the line, where the model knows one; or
            `prefix`, that of the first word in which the two differ, behind what stands before it in both.
        watch: told how many sentences are scored, and of how many.

    Raises:
        SettingsError: a method that cannot be: of another name, `prefix` for a model whose tokens are parts of words,
            `sentence` for pairs that stop at the word that decides.
    """
    _check(tokenizer, pairs, method)
    spelling = Spelling.of(tokenizer)
    end = np.array([] if tokenizer.end is None or method == "prefix" else [tokenizer.end], np.int32)
    encoded = [
        (tokenizer.encode(spelling.write(pair.right)), tokenizer.encode(spelling.write(pair.wrong))) for pair in pairs
    ]
    lines = [np.concatenate([line, end]) for both in encoded for line in _compared(*both, method)]
    scores = _scores(network, lines, tokenizer.end, watch)
    return [
        Verdict(pair, _margin(right, wrong), known=_known(*both, tokenizer.unknown))
        for pair, both, right, wrong in zip(pairs, encoded, scores[::2], scores[1::2], strict=True)
    ]


def _check(tokenizer: Tokenizer, pairs: Sequence[MinimalPair], method: str) -> None:
    if method not in METHODS:
        raise SettingsError(f"the method is one of {', '.join(METHODS)}, not {method!r}")
    if method == "prefix" and tokenizer.kind != "word":
        raise SettingsError(
            f"the method prefix compares two words, and the tokens of this model are of kind {tokenizer.kind}; take "
            "the method sentence"
        )
    if method == "sentence" and not all(pair.whole for pair in pairs):
        raise SettingsError("these pairs stop at the word that decides; take the method prefix")


def _compared(right: np.ndarray, wrong: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray]:
    """What is scored of each: all of it, or what stands up to the first difference, which says the same as one word."""
    if method == "sentence":
        return right, wrong
    stop = _alike(right, wrong) + 1
    return right[:stop], wrong[:stop]


def _alike(first: Sequence[int] | np.ndarray, other: Sequence[int] | np.ndarray) -> int:
    """How many words the two begin with in common."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(first, other, strict=False)))


def _known(right: np.ndarray, wrong: np.ndarray, unknown: int | None) -> bool:
    """Whether what is left without the common beginning and end is there, and without unknown words."""
    begin = _alike(right, wrong)
    end = _alike(right[begin:][::-1], wrong[begin:][::-1])
    different = [line[begin : len(line) - end] for line in (right, wrong)]
    return sum(map(len, different)) > 0 and not any((line == unknown).any() for line in different)


def _scores(
    network: Network,
    lines: Sequence[Int32[np.ndarray, " _"]],
    end: int | None,
    watch: Callable[[int, int], None] | None,
) -> list[float]:
    """The logarithm of each line's probability; lines that come twice are scored once, those of a length together."""
    places: dict[bytes, int] = {}
    which = [places.setdefault(line.tobytes(), len(places)) for line in lines]
    different: Iterator[np.ndarray] = (np.frombuffer(line, np.int32) for line in places)
    scores = []
    for scored in score_lines(network, different, context=end):
        scores.append(scored.log_probability)
        if watch is not None:
            watch(len(scores), len(places))
    return [scores[place] for place in which]


def _margin(right: float, wrong: float) -> float:
    return 0.0 if right == wrong else right - wrong
