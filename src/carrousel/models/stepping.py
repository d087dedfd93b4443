"""A language model one word at a time, with all done beforehand that needs no word."""

from collections.abc import Callable
from typing import Any

from jax import Array

from carrousel.engine import Storage
from carrousel.layers import Embedding, Recurrent, SoftmaxHead, Stack, Window
from carrousel.models.parts import Head, Reader

States = tuple[Any, ...]
Step = Callable[[Array, States], tuple[Array, States]]


def step_by_step(
    embedding: Embedding,
    reader: Reader,
    head: Head,
    tied: dict[str, Array],
    *,
    storage: Storage | None = None,
    streams: int = 1,
    at_once: bool = False,
) -> Step:
    """A function of (tokens (batch,), state) to (logits (batch, vocabulary), state).

    Args:
        embedding: the vectors of words.
        reader: what reads them.
        head: what gives the logits.
        tied: what the head is told with each call: the table of words where it is tied.
        storage: what the matrices of recurrent layers and of a plain head are kept as; None leaves their numbers.
        streams: how many texts will be read side by side; of several the matrices are packed where that pays.
        at_once: whether what the first recurrent layer makes of a word alone is made beforehand, for all words.
    """
    if isinstance(reader, Window):
        read = reader.stepper(embedding)
    else:
        read = _recurrent(embedding, reader, storage, streams, at_once=at_once)
    if isinstance(head, SoftmaxHead):
        logits = head.reader(storage, streams=streams, **tied)
    else:
        logits = lambda ys: head.logits(ys, **tied)  # noqa: E731 - one of two functions

    def step(tokens: Array, state: States) -> tuple[Array, States]:
        ys, state = read(tokens, state)
        return logits(ys), state

    return step


def _recurrent(
    embedding: Embedding, stack: Stack[Recurrent], storage: Storage | None, streams: int, *, at_once: bool
) -> Step:
    first, *others = stack.layers
    steps = [first.stepper(storage=storage, streams=streams, words=embedding.weight if at_once else None)]
    steps += [layer.stepper(storage=storage, streams=streams) for layer in others]

    def read(tokens: Array, state: States) -> tuple[Array, States]:
        ys, last = tokens if at_once else embedding(tokens), []
        for one, given in zip(steps, state, strict=True):
            ys, new = one(ys, given)
            last.append(new)
        return ys, tuple(last)

    return read
