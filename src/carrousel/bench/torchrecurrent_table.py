"""The cells of torchrecurrent 0.2.5 that are in our catalogue, with how its parameters are made of our letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np


@dataclass(frozen=True)
class Peer:
    """A cell of torchrecurrent that computes the same."""

    peer: str
    letters: dict[str, str]
    """The peer's parameter: our letters one below the other, each perhaps times a number; the rest are zero."""
    arguments: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    """Options of ours."""
    fixed: dict[str, str] = field(default_factory=dict)
    """Letters of ours that the peer has not, set to zeros (`0`) or ones (`1`) so that it does not matter."""


def stacked(text: str, letters: Mapping[str, Any], hidden: int) -> np.ndarray:
    """Letters one below the other: `"W.i 0.5*W.f I 0"`; I is the identity, 0 zeros of the hidden size, .one a 1."""
    known = {"I": np.eye(hidden), "0": np.zeros(hidden), ".one": np.ones(())}
    words = [word.rpartition("*") for word in text.split()]
    parts = [
        float(factor or 1) * np.asarray(known[name] if name in known else letters[name]) for factor, _, name in words
    ]
    return np.concatenate(parts) if parts[0].ndim else parts[0]


def set_aside(peer: Peer, letters: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The letters with those that the peer has not set so that they do not matter."""
    values = {"0": np.zeros_like, "1": np.ones_like}
    return {**letters, **{name: values[value](np.asarray(letters[name])) for name, value in peer.fixed.items()}}


LSTM_ROWS: Final = {"weight_ih": "W.i W.f W.g W.o", "weight_hh": "U.i U.f U.g U.o", "bias_ih": "b.i b.f b.g b.o"}
PEERS: Final[Mapping[str, Peer]] = {
    "antisymmetric-rnn": Peer(
        "AntisymmetricRNNCell",
        {"weight_ih": "V.h", "weight_hh": "W.h", "bias_ih": "b.h"},
        arguments={"epsilon": 0.1, "gamma": 0.01},
    ),
    "gated-antisymmetric-rnn": Peer(
        "GatedAntisymmetricRNNCell",
        {"weight_ih": "V.z V.h", "weight_hh": "W.h", "bias_ih": "b.z b.h"},
        arguments={"epsilon": 0.1, "gamma": 0.01},
    ),
    "atr": Peer("ATRCell", {"weight_ih": "W.h", "weight_hh": "U.h"}),
    "brc": Peer("BRCell", {"weight_ih": "U.a U.c U.h", "weight_hh": "w.a w.c"}),
    "nbrc": Peer("NBRCell", {"weight_ih": "U.a U.c U.h", "weight_hh": "W.a W.c"}),
    "cfn": Peer(
        "CFNCell", {"weight_ih": "V.theta V.eta W.h", "weight_hh": "U.theta U.eta", "bias_hh": "b.theta b.eta"}
    ),
    "cornn": Peer(
        "coRNNCell",
        {"weight_ih": "V.y", "weight_hh": "W.y", "weight_ch": "W.z", "bias_ih": "b.y"},
        arguments={"dt": 0.042, "gamma": 2.7, "epsilon": 4.7},
    ),
    "fastrnn": Peer(
        "FastRNNCell",
        {"weight_ih": "W.h", "weight_hh": "U.h", "bias_ih": "b.h", "alpha": "s.alpha", "beta": "s.beta"},
        arguments={"nonlinearity": "tanh"},
    ),
    "fastgrnn": Peer(
        "FastGRNNCell",
        {"weight_ih": "W.h", "weight_hh": "U.h", "bias_ih": "b.z b.h", "zeta": "s.zeta", "nu": "s.nu"},
        arguments={"nonlinearity": "sigmoid"},
    ),
    "indrnn": Peer(
        "IndRNNCell", {"weight_ih": "W.h", "vector_u": "u.h", "bias_ih": "b.h"}, arguments={"nonlinearity": "relu"}
    ),
    "intersection-rnn": Peer(
        "IntersectionRNNCell",
        {"weight_ih": "W.y W.h W.gy W.gh", "weight_hh": "U.y U.h U.gy U.gh", "bias_ih": "b.y b.h b.gy b.gh"},
    ),
    "janet": Peer("JANETCell", {"weight_ih": "W.f W.c", "weight_hh": "U.f U.c", "bias_ih": "b.f b.c", "beta": ".one"}),
    "light-ru": Peer("LightRUCell", {"weight_ih": "W.h W.f", "weight_hh": "U.f", "bias_hh": "b.f"}),
    "lstm-1997-tanh": Peer(
        "OriginalLSTMCell", {"weight_ih": "W.i W.g W.o", "weight_hh": "U.i U.g U.o", "bias_ih": "b.i b.g b.o"}
    ),
    "memory-controller-lstm": Peer(
        "MCLSTMCell",
        {"weight_ih": "W.f W.i W.o W.m W.g", "weight_hh": "U.f U.i U.o U.m U.g", "bias_ih": "b.f b.i b.o b.m b.g"},
    ),
    "mgu": Peer("MGUCell", {"weight_ih": "W.f W.h", "weight_hh": "U.f U.h", "bias_ih": "b.f b.h"}),
    "minimal-rnn": Peer(
        "MinimalRNNCell",
        {"weight_ih": "W.x", "weight_hh": "U.h", "weight_mm": "U.z", "bias_ih": "b.z", "bias_hh": "b.u"},
    ),
    "miru-1": Peer("MiRU1Cell", {"weight_ih": "W.r W.h", "weight_hh": "U.r U.h", "bias_ih": "b.r b.h"}),
    "miru-2": Peer("MiRU2Cell", {"weight_ih": "W.h", "weight_hh": "U.h", "bias_ih": "b.h"}),
    "multiplicative-lstm": Peer(
        "MultiplicativeLSTMCell",
        {
            "weight_ih": "W.mx W.ix W.fx W.hx W.ox",
            "weight_hh": "W.mh",
            "weight_mh": "W.im W.fm W.hm W.om",
            "bias_mh": "b.i b.f b.h b.o",
        },
    ),
    "mut-1": Peer(
        "MUT1Cell", {"weight_ih": "W.xz W.xr I", "weight_hh": "W.hr W.hh", "bias_hh": "b.r b.h", "bias_ih": "b.z 0 0"}
    ),
    "mut-2": Peer("MUT2Cell", {"weight_ih": "W.xz I W.xh", "weight_hh": "W.hz W.hr W.hh", "bias_hh": "b.z b.r b.h"}),
    "mut-3": Peer("MUT3Cell", {"weight_ih": "W.xz W.xr W.xh", "weight_hh": "W.hz W.hr W.hh", "bias_hh": "b.z b.r b.h"}),
    "nas": Peer(
        "NASCell",
        {
            "weight_ih": " ".join(f"W.{k}" for k in range(8)),
            "weight_hh": " ".join(f"U.{k}" for k in range(8)),
            "bias_ih": "b.0 b.1 b.2 0 b.4 b.5 b.6 b.7",
        },
        fixed={"U.3": "0", "b.3": "1"},
    ),
    "peephole-lstm": Peer("PeepholeLSTMCell", {**LSTM_ROWS, "weight_ph": "p.i p.f p.o"}),
    "ran": Peer("RANCell", {"weight_ih": "W.c W.i W.f", "weight_hh": "U.i U.f", "bias_ih": "b.i b.f"}),
    "res-lstm": Peer(
        "ResLSTMCell",
        {
            "weight_ih": "W.xi W.xf W.xc W.xo",
            "weight_hh": "W.hi W.hf W.hc W.ho",
            "weight_ph": "w.ci w.cf w.co",
            "bias_ih": "b.i b.f b.c b.o",
            "weight_proj": "W.p",
            "weight_res": "W.h",
        },
    ),
    "sgrn": Peer("SGRNCell", {"weight_ih": "W.h", "weight_hh": "U.h", "bias_hh": "b.f"}),
    # torch's hard sigmoid has the slope 1 / 6 where the authors' has 1 / 5
    "sgu": Peer("SGUCell", {"weight_ih": "W.xh 1.2*W.xz", "weight_hh": "W.zxh 1.2*W.hz", "bias_ih": "b.g 1.2*b.z"}),
    "dsgu": Peer(
        "DSGUCell",
        {"weight_ih": "W.xh 1.2*W.xz", "weight_hh": "W.zxh 1.2*W.hz", "bias_ih": "b.g 1.2*b.z", "weight_ho": "W.go"},
    ),
    "star": Peer("STARCell", {"weight_ih": "W.z W.k", "weight_hh": "U.k", "bias_ih": "b.z b.k"}),
    "tau-gru": Peer(
        "tauGRUCell",
        {"weight_ih": "U.1 U.2 U.3 U.4", "weight_hh": "W.1 W.2 W.3 W.4", "bias_ih": "b.1 b.2 b.3 b.4"},
        options={"delay": 2},
    ),
    "typed-rnn": Peer("TRNNCell", {"weight_ih": "W.z V.f", "bias_ih": "0 b.f"}),
    "typed-gru": Peer("TGRUCell", {"weight_ih": "W.z W.f W.o", "weight_hh": "V.z V.f V.o", "bias_ih": "b.z b.f b.o"}),
    "typed-lstm": Peer("TLSTMCell", {"weight_ih": "W.z W.f W.o", "weight_hh": "V.z V.f V.o", "bias_ih": "b.z b.f b.o"}),
    "ugrnn": Peer("UGRNNCell", {"weight_ih": "W.c W.g", "weight_hh": "U.c U.g", "bias_ih": "b.c b.g"}),
    "unicornn": Peer(
        "UnICORNNCell",
        {"weight_ih": "V.y", "weight_hh": "w.y", "weight_ch": "c.s", "bias_ih": "b.y"},
        arguments={"dt": 0.1, "alpha": 1.0},
    ),
    "wmc-lstm": Peer("WMCLSTMCell", {**LSTM_ROWS, "weight_mh": "V.i V.f V.o"}),
}
"""What torchrecurrent 0.2.5 computes as we do; NAS all but for one leaf of eight."""

OTHERS: Final[Mapping[str, tuple[str, str]]] = {
    "lem": ("LEMCell", "its y reads the old z, the paper's the new"),
    "li-gru": ("LiGRUCell", "it leaves out the normalisation"),
    "scrn": ("SCRNCell", "its context is as wide as its hidden layer, and it has an output layer"),
}
"""Cells of the same name there that compute something else, and what."""
