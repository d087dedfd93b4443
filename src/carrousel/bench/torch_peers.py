"""The same work in PyTorch: what our figures stand beside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from carrousel.bench.sides import Calls, Letters, Side
from carrousel.errors import MissingPackageError, require


def torch(threads: int) -> Any:
    """PyTorch on so many threads."""
    package = require("torch", extra="torch")
    package.set_num_threads(threads)
    return package


def layer_step(
    kind: str, xs: np.ndarray, hidden: int, threads: int
) -> tuple[Callable[[], object], Any, Callable[[], tuple[Any, Any]]]:
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
    step = module_gradient(module, inputs)

    def results() -> tuple[Any, Any]:
        step()
        return module(inputs)[0].detach().numpy(), module.weight_hh_l0.grad.numpy()

    return step, module, results


def module_gradient(module: Any, inputs: Any) -> Callable[[], object]:
    """The gradient of a module's summed outputs by its parameters."""

    def backward() -> None:
        module.zero_grad()
        module(inputs)[0].sum().backward()

    return backward


def cudnn_step(kind: str, *, time: int, batch: int, hidden: int, threads: int) -> Callable[[], object]:
    """Forward and backward of one layer in bfloat16 on a GPU, with the gradient of its inputs.

    Raises:
        MissingPackageError: PyTorch is not installed, or sees no GPU.
    """
    t = torch(threads)
    if not t.cuda.is_available():
        raise MissingPackageError("PyTorch sees no GPU, so cuDNN was not measured; install its build for CUDA")
    module = getattr(t.nn, kind)(hidden, hidden).to("cuda", t.bfloat16)
    inputs = t.randn(time, batch, hidden, device="cuda", dtype=t.bfloat16, requires_grad=True)

    def step() -> None:
        module.zero_grad()
        inputs.grad = None
        module(inputs)[0].sum().backward()
        t.cuda.synchronize()

    return step


def module_calls(t: Any, module: Any, inputs: Any) -> Calls:
    """A module over time, forward without a gradient, and with that of its parameters."""

    def forward() -> None:
        with t.no_grad():
            module(inputs)

    return Calls(forward, module_gradient(module, inputs), None)


def torch_sides() -> list[Side]:
    """The layers of torch.nn."""
    return [
        Side(cell="lstm", peer="torch nn.LSTM", make=partial(_calls, "LSTM", "ifgo"), bar=_lstm_bar),
        Side(cell="gru", peer="torch nn.GRU", make=partial(_calls, "GRU", "rzn"), bar=lambda batch, hidden: 1.0),  # noqa: ARG005 - one for all sizes
        Side(cell="elman", peer="torch nn.RNN", make=partial(_calls, "RNN", "h"), bar=lambda batch, hidden: 1.0),  # noqa: ARG005
    ]


def _lstm_bar(batch: int, hidden: int) -> float:
    """Beside the fused kernel; with many rows and few units pointwise work rules."""
    return 1.6 if (batch, hidden) == (32, 128) else 1.3


def _calls(kind: str, gates: str, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
    t = torch(threads)
    module = getattr(t.nn, kind)(xs.shape[-1], hidden)
    inputs = t.from_numpy(np.array(xs))

    def outputs(letters: Letters) -> np.ndarray:
        none = np.zeros(hidden, np.float32)
        made = {
            "weight_ih_l0": [letters[f"W.{gate}"] for gate in gates],
            "weight_hh_l0": [letters[f"U.{gate}"] for gate in gates],
            "bias_ih_l0": [letters[f"b.{gate}"] for gate in gates],
            "bias_hh_l0": [letters.get(f"b.h{gate}", none) for gate in gates],
        }
        with t.no_grad():
            for name, parts in made.items():
                getattr(module, name).copy_(t.as_tensor(np.concatenate([np.asarray(part) for part in parts])))
            ys: np.ndarray = module(inputs)[0].numpy()
        return ys

    return module_calls(t, module, inputs)._replace(outputs=outputs)


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


def samplers(
    *, vocabulary: int, hidden: int, layers: int, threads: int, streams: int = 1
) -> dict[str, Callable[[int], None]]:
    """Sampling token by token, without gradient, in two usual ways: whole layers, and single cells."""
    t = torch(threads)
    embedding, head = t.nn.Embedding(vocabulary, hidden), t.nn.Linear(hidden, vocabulary)
    rnn = t.nn.LSTM(hidden, hidden, layers)
    cells = [t.nn.LSTMCell(hidden, hidden) for _ in range(layers)]

    def drawn(ys: Any) -> Any:
        return t.multinomial(t.softmax(head(ys), dim=-1), 1)

    def by_layers(tokens: int) -> None:
        token, state = t.zeros(1, streams, dtype=t.long), None
        with t.inference_mode():
            for _ in range(tokens):
                ys, state = rnn(embedding(token), state)
                token = drawn(ys[-1]).T

    def by_cells(tokens: int) -> None:
        token = t.zeros(streams, 1, dtype=t.long)
        states = [(t.zeros(streams, hidden), t.zeros(streams, hidden)) for _ in cells]
        with t.inference_mode():
            for _ in range(tokens):
                ys = embedding(token[:, 0])
                for place, cell in enumerate(cells):
                    states[place] = cell(ys, states[place])
                    ys = states[place][0]
                token = drawn(ys)

    return {"LSTM": by_layers, "LSTMCell": by_cells}
