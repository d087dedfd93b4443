"""Cells against the same cell of another library, with copied weights: torch, torchrecurrent 0.2.5."""

from collections.abc import Callable

import numpy as np
import torch
import torchrecurrent

from carrousel.bench.torchrecurrent_table import PEERS, Peer, set_aside, stacked
from carrousel.cells import find_cell
from tests.oracles.registry import check, close, draw, play, sequence


def with_torchrecurrent(name: str, peer: Peer) -> Callable[[], None]:
    """The check of one cell against torchrecurrent's, outputs at every step from a state of zeros."""

    def run() -> None:
        size = find_cell(name).shape("x", (4,), inputs=4, hidden=6)[0]
        letters = set_aside(peer, draw(name, size, **peer.options))
        xs = sequence(size)
        theirs = getattr(torchrecurrent, peer.peer)(size, 6, dtype=torch.float64, **peer.arguments)
        with torch.no_grad():
            for parameter in theirs.parameters():
                parameter.zero_()
            for parameter, text in peer.letters.items():
                getattr(theirs, parameter).copy_(
                    torch.as_tensor(stacked(text, letters, 6)).reshape(getattr(theirs, parameter).shape)
                )
            outputs, state, past = [], None, []
            for x in torch.as_tensor(xs):
                if name == "tau-gru":
                    past.append(torch.zeros(6, dtype=torch.float64) if state is None else state)
                    out = theirs(x, state, past[-1 - peer.options["delay"]] if len(past) > 2 else None)
                else:
                    out = theirs(x, state)
                first, rest = out if isinstance(out, tuple) else (out, None)
                outputs.append(first.numpy())
                if rest is None:
                    state = first
                elif theirs.uses_double_state and not isinstance(rest, tuple) and name not in DECOUPLED:
                    state = (first, rest)
                else:
                    state = rest
        close(play(name, letters, xs, **peer.options)[0], np.stack(outputs))

    return run


DECOUPLED = ("intersection-rnn", "memory-controller-lstm", "typed-lstm")

for _name, _peer in PEERS.items():
    check(_name, "library", f"torchrecurrent 0.2.5, {_peer.peer}")(with_torchrecurrent(_name, _peer))


def with_torch(
    name: str, layer: torch.nn.RNNBase, gates: str, biases: dict[str, str] | None = None
) -> Callable[[], None]:
    """The check of one cell against a layer of torch.nn."""

    def run() -> None:
        options = {"projection": layer.proj_size} if layer.proj_size else {}
        letters, xs = draw(name, **options), sequence()
        stack = lambda space: np.concatenate([letters[f"{space}.{gate}"] for gate in gates])  # noqa: E731
        values = {"weight_ih_l0": stack("W"), "weight_hh_l0": stack("U"), "bias_ih_l0": stack("b")}
        values["bias_hh_l0"] = np.concatenate([letters.get(f"b.h{gate}", np.zeros(6)) for gate in gates])
        if layer.proj_size:
            values["weight_hr_l0"] = letters["P.h"]
        with torch.no_grad():
            for parameter, value in values.items():
                getattr(layer, parameter).copy_(torch.as_tensor(value))
            theirs, last = layer(torch.as_tensor(xs))
        ours, states = play(name, letters, xs, **options)
        close(ours, theirs.numpy())
        for mine, other in zip(states, last if isinstance(last, tuple) else (last,), strict=True):
            close(mine, other[0].numpy())

    return run


_kind = {"dtype": torch.float64}
check("elman", "library", "torch 2.13, nn.RNN")(with_torch("elman", torch.nn.RNN(4, 6, **_kind), "h"))
check("elman-relu", "library", 'torch 2.13, nn.RNN(nonlinearity="relu")')(
    with_torch("elman-relu", torch.nn.RNN(4, 6, nonlinearity="relu", **_kind), "h")
)
check("lstm", "library", "torch 2.13, nn.LSTM")(with_torch("lstm", torch.nn.LSTM(4, 6, **_kind), "ifgo"))
check("lstm-projected", "library", "torch 2.13, nn.LSTM(proj_size)")(
    with_torch("lstm-projected", torch.nn.LSTM(4, 6, proj_size=3, **_kind), "ifgo")
)
check("gru", "library", "torch 2.13, nn.GRU")(with_torch("gru", torch.nn.GRU(4, 6, **_kind), "rzn"))
