"""The n-grams of a model as plain arrays, and how they are found.

The n-grams of one order are sorted by their tokens, so those that continue the same history lie side by side, and at
the history's place, in the order below, is noted where they start.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int64, Integer, UInt

from carrousel.ngram.sql import END, START

ABSENT: Final = -1
"""The place of an n-gram that the model does not hold."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """The n-grams of one order."""

    tokens: UInt[np.ndarray, " grams"]
    """The last token of each; of the unigrams 0, 1, 2, …"""
    logs: Float32[np.ndarray, " grams"]
    """log10 of each one's probability; NaN where it is there only as a history."""
    weights: Float32[np.ndarray, " grams"] | None
    """log10 of what a shorter history's probabilities are multiplied by behind each; None in the highest order."""
    starts: UInt[np.ndarray, " grams_and_one"] | None
    """Where in the order above the continuations of each start, and, last, how many there are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trie:
    """All orders, from the unigrams, whose places are the token ids themselves, to the highest."""

    levels: tuple[Level, ...]
    unseen: float = 0.0
    """log10 of the weight of a history that the model does not hold."""

    @property
    def order(self) -> int:
        """Tokens of the longest n-grams."""
        return len(self.levels)

    def find(
        self, order: int, histories: Int64[np.ndarray, " n"], tokens: Integer[np.ndarray, " n"]
    ) -> Int64[np.ndarray, " n"]:
        """The places of n-grams of an order from 2 on, given those of their histories; `ABSENT` where there is none.

        All are searched for at once, each by halving the range of its history's continuations.
        """
        starts, known = self.levels[order - 2].starts, self.levels[order - 1].tokens
        if starts is None or not len(known) or not len(histories):
            return np.full(len(histories), ABSENT)
        first, last = starts.take(histories).astype(np.int64), starts.take(histories + 1).astype(np.int64) - 1
        wanted = tokens.astype(known.dtype)
        place = first - 1
        step = 1 << int((last - place).max()).bit_length()
        probe, token = np.empty_like(place), np.empty_like(wanted)
        while step > 1:
            step >>= 1
            np.minimum(np.add(place, step, out=probe), last, out=probe)
            before = known.take(probe, out=token, mode="clip") <= wanted
            probe -= place  # going there by a product: a choice by a mask takes twice as long
            probe *= before
            place += probe
        found = place >= first
        found &= known.take(place) == wanted
        return np.where(found, place, ABSENT)

    def scores(self, tokens: Integer[np.ndarray, "rows width"]) -> Float64[np.ndarray, " rows"]:
        """log10 of the probability of each row's last token behind the others, of which up to order - 1 matter.

        Behind an end of line a new one starts, whatever stood before. Rows that are the windows of one running text,
        each a token further, share their work.
        """
        tokens = tokens[:, -self.order :]
        width = tokens.shape[1]
        if len(tokens) > 1 and np.array_equal(tokens[1:, :-1], tokens[:-1, 1:]):
            running = np.concatenate([tokens[0], tokens[1:, -1]])
            return self.running_scores(running, width=width)[width - 1 :]
        totals = self._unigrams(tokens[:, -1])
        places = np.where(tokens == END, START, tokens).astype(np.int64)
        for order in range(2, width + 1):
            histories = places[:, :-1]
            places = self._continued(order, histories, tokens[:, order - 1 :])
            penalties = self._penalties(order, tokens[:, -order:])[..., -1]
            totals = self._longer(order, totals, histories[:, -1], places[:, -1], penalties)
        return totals

    def running_scores(
        self, tokens: Integer[np.ndarray, " time"], *, width: int | None = None
    ) -> Float64[np.ndarray, " time"]:
        """log10 of the probability of each token behind those that stand before it, or the last width - 1 of them."""
        totals = self._unigrams(tokens)
        places = np.where(tokens == END, START, tokens).astype(np.int64)
        for order in range(2, min(width or self.order, self.order, len(tokens)) + 1):
            histories = places[:-1]
            places = self._continued(order, histories, tokens[order - 1 :])
            penalties = self._penalties(order, tokens)
            totals[order - 1 :] = self._longer(order, totals[order - 1 :], histories, places, penalties)
        return totals

    def distribution(self, history: Integer[np.ndarray, " time"]) -> Float64[np.ndarray, " tokens"]:
        """log10 of the probability of every token behind a history, of which the last order - 1 tokens matter."""
        totals = self.levels[0].logs.astype(np.float64)
        history = history[np.flatnonzero(history == END)[-1:].sum() :]
        for order in range(2, min(self.order, len(history) + 1) + 1):
            place = self._place(history[len(history) - order + 1 :])
            level, above = self.levels[order - 2], self.levels[order - 1]
            if place == ABSENT or level.weights is None or level.starts is None:
                totals += self.unseen
                continue
            totals += level.weights[place]
            own = slice(int(level.starts[place]), int(level.starts[place + 1]))
            logs = above.logs[own]
            said = ~np.isnan(logs)
            totals[above.tokens[own][said]] = logs[said]
        return totals

    def _place(self, gram: Integer[np.ndarray, " time"]) -> int:
        places = np.array([START if gram[0] == END else gram[0]], np.int64)
        for order, token in enumerate(gram[1:], 2):
            if places[0] != ABSENT:
                places = self.find(order, places, np.array([token]))
        return int(places[0])

    def _unigrams(self, tokens: Integer[np.ndarray, "*n"]) -> Float64[np.ndarray, "*n"]:
        logs: np.ndarray = self.levels[0].logs[tokens].astype(np.float64)
        return logs

    def _continued(
        self, order: int, histories: Int64[np.ndarray, "*n"], tokens: Integer[np.ndarray, "*n"]
    ) -> Int64[np.ndarray, "*n"]:
        """The places of histories with a token more; `ABSENT` also where a history is."""
        places = np.full(histories.size, ABSENT)
        held = np.flatnonzero(histories >= 0)
        places[held] = self.find(order, histories.ravel().take(held), tokens.ravel().take(held))
        return places.reshape(histories.shape)

    def _penalties(self, order: int, tokens: Integer[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*cut"]:
        """The weights of the histories of order - 1 tokens if the model holds none of them, column by column.

        Where a line starts inside a history, there is none so long, and nothing is to pay. One zero stands for all.
        """
        if not self.unseen:
            return np.zeros(1)
        count = tokens.shape[-1] - order + 1
        ends = np.cumsum(tokens == END, axis=-1)
        inside = ends[..., order - 2 : order - 2 + count] - ends[..., :count]
        return np.where(inside == 0, self.unseen, 0.0)

    def _longer(
        self,
        order: int,
        totals: Float64[np.ndarray, " n"],
        histories: Int64[np.ndarray, " n"],
        places: Int64[np.ndarray, " n"],
        penalties: Float64[np.ndarray, "..."],
    ) -> Float64[np.ndarray, " n"]:
        """The scores when one more token of the histories is taken into account.

        That of an n-gram which the model holds is its own; that of another is the shorter one's times the weight.
        """
        weights, logs = self.levels[order - 2].weights, self.levels[order - 1].logs
        if weights is None or not len(weights):
            return totals + penalties
        backed = totals + np.where(histories >= 0, weights[histories], penalties)
        if not len(logs):
            return backed
        own = logs[places]
        return np.where((places >= 0) & ~np.isnan(own), own, backed)
