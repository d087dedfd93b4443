"""State patching: one sentence is read with a state of another put in, at one step, in one layer.

Where the answer follows the state that was put in, the state at that step carries what the two sentences differ in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from carrousel.errors import TextError
from carrousel.inspection.hypotheses.forcing import run_forced
from carrousel.inspection.tracing import open_network, trace_words
from carrousel.model import Model


@dataclass(frozen=True, kw_only=True, eq=False)
class Patching:
    """How the answer to one sentence moves when states of another are put in."""

    base: tuple[str, ...]
    """The tokens of the sentence that is read."""
    source: tuple[str, ...]
    """The tokens of the sentence whose states are put in."""
    answers: tuple[str, str]
    """What the base answers and what the source answers; the score is ln p(source's) - ln p(base's)."""
    base_score: float
    source_score: float
    scores: dict[tuple[int, str], Float[np.ndarray, " steps"]]
    """(layer from 1, state) -> the score where this state was put in after each step but the last, whose states no
    answer reads."""
    whole: Float[np.ndarray, " steps"]
    """The same where all states of all layers were put in."""

    def moved(self, scores: np.ndarray) -> np.ndarray:
        """The part of the way from the base's score to the source's: 0 nothing, 1 all of it."""
        way = self.source_score - self.base_score
        return (scores - self.base_score) / way if way else np.full(len(scores), np.nan)

    def as_json(self) -> dict[str, Any]:
        """The table as plain values."""
        return {
            "base": list(self.base),
            "source": list(self.source),
            "answers": list(self.answers),
            "score": {"base": self.base_score, "source": self.source_score},
            "moved": [
                {"layer": layer, "state": state, "steps": _plain(self.moved(scores))}
                for (layer, state), scores in self.scores.items()
            ]
            + [{"layer": None, "state": None, "steps": _plain(self.moved(self.whole))}],
        }


def check_pair(model: Model, base: str, source: str) -> None:
    """See that states of one sentence can be put into another, step by step; TextError where they differ in length."""
    length, other = (len(model.tokenizer.encode(text)) for text in (base, source))
    if length != other:
        raise TextError(
            f"the two sentences have {length} and {other} tokens, and state patching compares them step by step, so "
            "take sentences of one length"
        )


def patch(model: Model, base: str, source: str, *, answers: tuple[str, str] | None = None) -> Patching:
    """Read one sentence with states of another put in, for every step, layer and state.

    Args:
        model: a recurrent language model.
        base: the sentence that is read.
        source: the sentence whose states are put in; it has as many tokens.
        answers: the next words whose probabilities are compared, that of the base and that of the source, by the first
            token in which they differ; by default the likeliest next token after each sentence.

    Raises:
        TextError: the sentences have different numbers of tokens or too few, or the answers are one or not known.
    """
    check_pair(model, base, source)
    network, tokenizer = open_network(model), model.tokenizer
    begin = [] if tokenizer.end is None else [tokenizer.end]
    read, given = (np.array([*begin, *tokenizer.encode(text).tolist()], np.int32) for text in (base, source))
    shared, own, other = ([], None, None) if answers is None else _answers(model, base, source, answers)
    read, given = (np.append(ids, np.array(shared, np.int32)) for ids in (read, given))
    time = len(read)
    if time < 2:
        raise TextError("a sentence of one token has no state before its last one to put in; take longer sentences")
    names = [s for layer in network.layers for s in layer.cell.signature.states]
    donor = trace_words(model, given, keep=names, top=1)
    what = tuple(tuple(jnp.asarray(layer.values[s])[:, None] for s in layer.states) for layer in donor.layers)
    places = [(n, s) for n, layer in enumerate(donor.layers) for s in range(len(layer.states))]
    cases: list[tuple[tuple[int, int] | None, int]] = [(place, t) for place in places for t in range(time - 1)]
    cases += [(None, t) for t in range(time - 1)]

    def chosen(n: int, s: int, shape: tuple[int, ...]) -> jax.Array:
        flags = np.array([place is None or place == (n, s) for place, _ in cases])
        return jnp.asarray(np.broadcast_to(flags.reshape(-1, *[1] * len(shape)), (len(cases), *shape)))

    where = tuple(
        tuple(chosen(n, s, layer.values[name].shape[1:]) for s, name in enumerate(layer.states))
        for n, layer in enumerate(donor.layers)
    )
    scores = np.asarray(
        run_forced(
            network,
            jnp.broadcast_to(jnp.asarray(read)[:, None], (time, len(cases))),
            jnp.full(len(cases), time),
            jnp.array([t for _, t in cases]),
            where,
            what,
        )
    )
    plain = [np.asarray(_after(model, ids)) for ids in (read, given)]
    if own is None or other is None:
        own, other = (int(scored.argmax()) for scored in plain)
    if own == other:
        raise TextError(
            f"both sentences are answered by {tokenizer.token(own)!r}, so nothing tells them apart; name two answers"
        )
    gaps = (scores[:, other] - scores[:, own]).reshape(-1, time - 1)
    keys = [(n + 1, donor.layers[n].states[s]) for n, s in places]
    return Patching(
        base=tuple(tokenizer.token(i) for i in read.tolist()),
        source=donor.names,
        answers=(tokenizer.token(own), tokenizer.token(other)),
        base_score=float(plain[0][other] - plain[0][own]),
        source_score=float(plain[1][other] - plain[1][own]),
        scores=dict(zip(keys, gaps[:-1], strict=True)),
        whole=gaps[-1],
    )


def _after(model: Model, ids: np.ndarray) -> np.ndarray:
    """The logarithms of the next word's probabilities after some words."""
    network = open_network(model)
    states = tuple(tuple(s[0] for s in layer) for layer in network.start_state(1))
    nowhere = jax.tree.map(lambda s: jnp.zeros((1, *s.shape), bool), states)
    nothing = jax.tree.map(lambda s: jnp.zeros((len(ids), 1, *s.shape), s.dtype), states)
    tokens = jnp.asarray(ids)[:, None]
    return np.asarray(run_forced(network, tokens, jnp.array([len(ids)]), jnp.array([0]), nowhere, nothing)[0])


def _answers(model: Model, base: str, source: str, answers: tuple[str, str]) -> tuple[list[int], int, int]:
    """The tokens with which both answers begin, and the first in which they differ."""
    tokenizer, found = model.tokenizer, []
    for text, answer in zip((base, source), answers, strict=True):
        found.append(tokenizer.encode(f"{text} {answer} ").tolist()[len(tokenizer.encode(text)) :])
        if tokenizer.unknown in found[-1]:
            raise TextError(f"this vocabulary does not know {answer!r}; name answers that it knows")
    for place, (own, other) in enumerate(zip(*found, strict=False)):
        if own != other:
            return found[0][:place], own, other
    raise TextError(f"the answers {answers[0]!r} and {answers[1]!r} are not told apart by their tokens; name others")


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]
