"""Questions and answers as rows of symbols: whole ones, one after the other, until the next does not fit.

A question is read up to `@`, which asks for the answer; the answer ends with a full stop. The network reads the
question, `@` and the answer's own characters, and is to say the answer and the full stop, one step ahead. Only these
have a weight.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Int, Int32

from carrousel.text.tasks.questions import Question
from carrousel.text.tasks.sequences import Sequences

ANSWERS: Final = "0123456789-."
"""What an answer is written with; the classes are these places."""
ALPHABET: Final = ANSWERS + "abcdefghijlnoprstx +*=<>()#:;@"
"""What the network reads; the symbols are these places."""
ASK: Final = "@"
END: Final = "."

_PLACES: Final = np.full(128, -1, np.int32)
_PLACES[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(len(ALPHABET))


def numbers(text: str) -> Int32[np.ndarray, " characters"]:
    """The places in ALPHABET of a text's characters; they are not checked."""
    return _PLACES[np.frombuffer(text.encode(), np.uint8)]


def rows(asked: Iterator[Question], *, count: int, length: int) -> Sequences:
    """So many rows of at most so many steps, each as full as whole questions make it.

    The question that did not fit opens the next row, so that long ones are not rarer than they are drawn; `resets` is
    true where a question begins, for nothing is to be known there of the one before.
    """
    taken: list[Question] = []
    row, at = 0, 0
    place: list[tuple[int, int]] = []
    while True:
        question = next(asked)
        steps = len(question.text) + len(ASK) + len(question.answer)
        if at + steps > length:
            row, at = row + 1, 0
        if row == count:
            break
        taken.append(question)
        place.append((row, at))
        at += steps
    return _written(taken, np.array(place, np.int64), count=count, length=length)


def _written(taken: list[Question], place: Int[np.ndarray, "questions 2"], *, count: int, length: int) -> Sequences:
    symbols = numbers("".join(f"{question.text}{ASK}{question.answer}{END}" for question in taken))
    before = np.array([len(question.text) for question in taken])
    steps = before + len(ASK) + np.array([len(question.answer) for question in taken])
    first = place[:, 0] * length + place[:, 1]
    within = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)
    flat = np.repeat(first, steps) + within
    source = np.repeat(np.cumsum(steps + 1) - steps - 1, steps) + within
    inputs, targets = np.zeros((2, count * length), np.int32)
    weights, resets = np.zeros(count * length, np.float32), np.zeros(count * length, bool)
    answers = within >= np.repeat(before, steps)
    inputs[flat] = symbols[source]
    targets[flat[answers]] = symbols[source[answers] + 1]
    weights[flat[answers]] = 1
    resets[first] = True
    lengths = np.zeros(count, np.int32)
    np.maximum.at(lengths, place[:, 0], (place[:, 1] + steps).astype(np.int32))
    shape = (count, length)
    return Sequences(
        inputs=inputs.reshape(shape).T,
        targets=targets.reshape(shape).T,
        weights=weights.reshape(shape).T,
        lengths=lengths,
        resets=resets.reshape(shape).T,
    )
