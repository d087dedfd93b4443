"""The layers of torchrecurrent, loops over time in Python, with our letters."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np

from carrousel.bench.sides import Calls, Letters, Side
from carrousel.bench.torch_peers import module_calls, torch
from carrousel.bench.torchrecurrent_table import OTHERS, PEERS, Peer, set_aside, stacked
from carrousel.errors import require

ALLOWED: Final = 1 / 1.2


def torchrecurrent_sides() -> list[Side]:
    """Every cell that both libraries have."""
    same = [
        Side(
            cell=cell,
            peer=f"torchrecurrent {_layer(peer.peer)}",
            make=partial(_calls, peer),
            bar=lambda batch, hidden: ALLOWED,  # noqa: ARG005 - one for all sizes
            options=peer.options,
            letters=partial(set_aside, peer),
        )
        for cell, peer in PEERS.items()
    ]
    others = [
        Side(
            cell=cell,
            peer=f"torchrecurrent {_layer(name)}",
            make=partial(_calls, Peer(name, {})),
            bar=lambda batch, hidden: ALLOWED,  # noqa: ARG005
            differs=differs,
        )
        for cell, (name, differs) in OTHERS.items()
    ]
    return [*same, *others]


def _layer(cell: str) -> str:
    return cell.removesuffix("Cell")


def _calls(peer: Peer, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
    t = torch(threads)
    layers = require("torchrecurrent", extra="bench")
    module = getattr(layers, _layer(peer.peer))(xs.shape[-1], hidden, **peer.arguments, **peer.options)
    inputs = t.from_numpy(np.array(xs))

    def outputs(letters: Letters) -> np.ndarray:
        cell: Any = module.cells[0]
        with t.no_grad():
            for parameter in cell.parameters():
                parameter.zero_()
            for name, text in peer.letters.items():
                parameter = getattr(cell, name)
                parameter.copy_(t.as_tensor(stacked(text, letters, hidden)).reshape(parameter.shape))
            ys: np.ndarray = module(inputs)[0].numpy()
        return ys

    return module_calls(t, module, inputs)._replace(outputs=outputs if peer.letters else None)
