"""Whether two models cut every text into the same tokens, so that their probabilities are of the same things."""

import numpy as np
from jaxtyping import Int

from carrousel.text import Tokenizer


def why_apart(first: Tokenizer, other: Tokenizer) -> str | None:
    """What keeps two models from being mixed: a sentence about their vocabularies, or None where nothing does."""
    if first.sha256 == other.sha256:
        return None
    if first.kind != other.kind:
        return f"one cuts text into tokens of kind {first.kind} and the other of kind {other.kind}"
    if first.kind == "bpe":
        return "their bpe tokenizers join pairs in different orders"
    one, two = _tokens(first), _tokens(other)
    lacking = [token for token in one if token not in two] + [token for token in two if token not in one]
    if lacking:
        return f"one knows {len(one):,} tokens and the other {len(two):,}, and {lacking[0]!r} is known to one alone"
    return None


def numbers_by(first: Tokenizer, other: Tokenizer) -> Int[np.ndarray, " vocabulary"] | None:
    """The other's number of each token of the first; None where the numbers are the same."""
    places = _tokens(other)
    numbers = np.array([places[token] for token in _tokens(first)])
    return None if np.array_equal(numbers, np.arange(len(numbers))) else numbers


def _tokens(tokenizer: Tokenizer) -> dict[str, int]:
    return {tokenizer.token(index): index for index in range(tokenizer.size)}
