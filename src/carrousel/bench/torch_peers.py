"""The same work in PyTorch: what our figures stand beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from carrousel.errors import require


def torch(threads: int) -> Any:
    """PyTorch on so many threads."""
    package = require("torch", extra="torch")
    package.set_num_threads(threads)
    return package


def layer_step(
    kind: str, xs: np.ndarray, hidden: int, threads: int
) -> tuple[Callable[[], None], Any, Callable[[], tuple[Any, Any]]]:
    """Forward and backward of one layer without the gradient of its inputs.

    Args:
        kind: `LSTM`, `GRU` or `RNN`.
        xs: (time, batch, inputs).
        hidden: the hidden size.
        threads: how many threads PyTorch may use.

    Returns:
        The call that is timed, the module, and a call that gives its outputs and the gradient of its recurrent matrix.
    """
    t = torch(threads)
    module = getattr(t.nn, kind)(xs.shape[-1], hidden)
    inputs = t.from_numpy(np.array(xs))

    def step() -> None:
        module.zero_grad()
        module(inputs)[0].sum().backward()

    def results() -> tuple[Any, Any]:
        step()
        return module(inputs)[0].detach().numpy(), module.weight_hh_l0.grad.numpy()

    return step, module, results


def language_model_step(
    *, vocabulary: int, hidden: int, time: int, batch: int, layers: int, bfloat16: bool, threads: int
) -> Callable[[], float]:
    """One training step of an LSTM language model: cross-entropy, norm clipping at 5, SGD, carried state."""
    t = torch(threads)
    embedding, rnn = t.nn.Embedding(vocabulary, hidden), t.nn.LSTM(hidden, hidden, layers)
    head = t.nn.Linear(hidden, vocabulary)
    parameters = [*embedding.parameters(), *rnn.parameters(), *head.parameters()]
    optimiser = t.optim.SGD(parameters, lr=1.0)
    tokens = t.randint(vocabulary, (time + 1, batch))
    carried = [tuple(t.zeros(layers, batch, hidden) for _ in range(2))]

    def step() -> float:
        optimiser.zero_grad()
        with t.autocast("cpu", t.bfloat16, enabled=bfloat16):
            ys, state = rnn(embedding(tokens[:-1]), carried[0])
            logits = head(ys).reshape(-1, vocabulary)
            loss = t.nn.functional.cross_entropy(logits, tokens[1:].reshape(-1)) * time
        loss.backward()
        t.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        carried[0] = tuple(s.detach() for s in state)
        return float(loss.detach())

    return step


def sampler(*, vocabulary: int, hidden: int, layers: int, threads: int) -> Callable[[int], None]:
    """Sampling one stream token by token, without gradient."""
    t = torch(threads)
    embedding, rnn = t.nn.Embedding(vocabulary, hidden), t.nn.LSTM(hidden, hidden, layers)
    head = t.nn.Linear(hidden, vocabulary)

    def sample(tokens: int) -> None:
        token, state = t.zeros(1, 1, dtype=t.long), None
        with t.inference_mode():
            for _ in range(tokens):
                ys, state = rnn(embedding(token), state)
                token = t.multinomial(t.softmax(head(ys[-1]), dim=-1), 1)

    return sample
