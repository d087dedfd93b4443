"""The LSTM family held from outside: identities with other cells, closed forms, numbers of papers."""

from typing import Any

import numpy as np
import torch

from carrousel.cells import find_cell
from carrousel.engine import plan_cell
from tests.oracles.registry import OPEN, SHUT, check, close, draw, logistic, play, sequence, steps_agree

ZERO, NONE = np.zeros((6, 6)), np.zeros(6)
Letters = dict[str, np.ndarray]


def layer_norm(v: np.ndarray) -> np.ndarray:
    """Layer normalisation by torch."""
    return torch.nn.functional.layer_norm(torch.as_tensor(v), v.shape).numpy()


def constant(gate: str, bias: float) -> Letters:
    """Letters that hold a gate of an LSTM at the logistic of a bias."""
    return {f"W.{gate}": np.zeros((6, 4)), f"U.{gate}": ZERO, f"p.{gate}": NONE, f"b.{gate}": NONE + bias}


def same_sequence(name: str, letters: Letters, other: str, others: Letters, **how: Any) -> None:
    """Two cells give the same outputs and the same h and c."""
    xs = sequence()
    ours, states = play(name, letters, xs, **how)
    theirs, lasts = play(other, others, xs)
    close(ours, theirs)
    close(states[:2], lasts[:2])


@check("lstm-1997", "identity", "lstm-1997-tanh of half the cell, each gate once for the cells of its block")
def lstm_1997() -> None:
    d, xs = draw("lstm-1997"), sequence()
    letters = {k: np.repeat(v, 2, axis=0) if v.shape[0] == 3 else v / 2 for k, v in d.items()}
    ours, (_, c) = play("lstm-1997", d, xs)
    theirs, (_, half) = play("lstm-1997-tanh", letters, xs)
    close(ours, theirs)
    close(c, 2 * half)
    g = 4 * logistic(d["W.g"] @ xs[0] + d["b.g"]) - 2
    close(play("lstm-1997", {**d, "b.i": np.full(3, OPEN), "W.i": np.zeros((3, 4))}, xs[:1])[1][1], g)


@check("lstm-1997-full", "numbers", "every weight count of the paper's table 10; lstm-1997 where no gate is heard")
def lstm_1997_full() -> None:
    d, xs = draw("lstm-1997-full"), sequence()
    deaf = {k: 0 * v if k[0] in "VR" else v for k, v in d.items()}
    close(play("lstm-1997-full", deaf, xs)[0], play("lstm-1997", d, xs)[0])
    for inputs, blocks, cells, outputs, biases, weights in TABLE_10:
        cell = find_cell("lstm-1997-full").with_options(
            cells=cells, gate_biases=biases != "none", cell_biases=biases in ("hidden", "all")
        )
        hidden = plan_cell(cell, inputs=inputs, hidden=blocks * cells).parameters
        read = outputs * blocks * cells + (outputs if biases == "all" else 0)
        assert hidden + read == weights, (inputs, blocks, cells, hidden + read, weights)


TABLE_10 = (
    (7, 4, 1, 7, "gates", 264),
    (7, 3, 2, 7, "gates", 276),
    (54, 2, 1, 2, "none", 364),
    (104, 2, 1, 2, "none", 664),
    (204, 2, 1, 2, "none", 1264),
    (504, 2, 1, 2, "none", 3064),
    (1004, 2, 1, 2, "none", 6064),
    (1, 3, 1, 1, "hidden", 102),
    (2, 2, 2, 1, "all", 93),
    (8, 2, 2, 4, "all", 156),
    (8, 3, 2, 8, "all", 308),
)
"""Inputs, blocks, cells a block, outputs, who has biases, weights: Hochreiter & Schmidhuber 1997, table 10."""


@check(
    "lstm-1997-bare",
    "numbers",
    "the constant error carrousel as numpy's running sum; the paper's 10,504 weights for its task 2a",
)
def lstm_1997_bare() -> None:
    d, xs = draw("lstm-1997-bare"), sequence()
    close(play("lstm-1997-bare", d, xs)[0], np.cumsum(logistic(xs @ d["W.i"].T) * logistic(xs @ d["W.g"].T), axis=0))
    symbols = 101  # task 2a, p = 100: every symbol is an input and an output, joined directly and through one cell
    cell = plan_cell(find_cell("lstm-1997-bare"), inputs=symbols, hidden=1).parameters
    assert cell + symbols * symbols + symbols == 10504


@check("lstm-nig", "identity", "peephole-lstm with the input gate open")
def lstm_nig() -> None:
    d = draw("peephole-lstm")
    same_sequence("lstm-nig", d, "peephole-lstm", {**d, **constant("i", OPEN)})


@check("lstm-nfg", "identity", "peephole-lstm with the forget gate open; lstm-1997-tanh without peepholes")
def lstm_nfg() -> None:
    d = draw("peephole-lstm")
    same_sequence("lstm-nfg", d, "peephole-lstm", {**d, **constant("f", OPEN)})
    same_sequence("lstm-nfg", {**d, "p.i": NONE, "p.o": NONE}, "lstm-1997-tanh", d)


@check("lstm-nog", "identity", "peephole-lstm with the output gate open")
def lstm_nog() -> None:
    d = draw("peephole-lstm")
    same_sequence("lstm-nog", d, "peephole-lstm", {**d, **constant("o", OPEN)})


@check("lstm-niaf", "identity", "peephole-lstm whose cell input is given squashed")
def lstm_niaf() -> None:
    d, xs = draw("peephole-lstm"), sequence()
    d["U.g"] = ZERO
    squashed = np.hstack([xs, np.tanh(xs @ d["W.g"].T + d["b.g"])])
    letters = {k: np.hstack([v, ZERO]) if k[0] == "W" else v for k, v in d.items()}
    letters |= {"W.g": np.hstack([np.zeros((6, 4)), np.eye(6)]), "b.g": NONE}
    close(play("lstm-niaf", letters, squashed)[0], play("peephole-lstm", d, xs)[0])


@check(
    "lstm-noaf", "identity", "peephole-lstm, whose output is that of this cell squashed, where the gates hear no output"
)
def lstm_noaf() -> None:
    d, xs = draw("peephole-lstm"), sequence()
    d |= {f"U.{gate}": ZERO for gate in "ifgo"} | constant("o", 0.3)
    raw = play("lstm-noaf", d, xs)[0] / logistic(0.3)
    close(play("peephole-lstm", d, xs)[0], logistic(0.3) * np.tanh(raw))


@check("lstm-cifg", "identity", "peephole-lstm whose forget gate has the input gate's letters negated")
def lstm_cifg() -> None:
    d = draw("peephole-lstm")
    same_sequence("lstm-cifg", d, "peephole-lstm", {**d, **{f"{k}.f": -d[f"{k}.i"] for k in "WUpb"}})


@check("lstm-fgr", "identity", "peephole-lstm where no gate is heard; gates heard one step late")
def lstm_fgr() -> None:
    d, xs = draw("lstm-fgr"), sequence()
    deaf = {k: 0 * v if k[0] == "R" else v for k, v in d.items()}
    same_sequence("lstm-fgr", deaf, "peephole-lstm", d)

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c, i, f, o = state
        heard = {g: d[f"R.i{g}"] @ i + d[f"R.f{g}"] @ f + d[f"R.o{g}"] @ o for g in "ifo"}
        letters = d | {f"b.{g}": d[f"b.{g}"] + v for g, v in heard.items()}
        return play("peephole-lstm", letters, x[None], (h, c))[0][0]

    steps_agree("lstm-fgr", d, xs, step)


def given_gates(c: np.ndarray, **gates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of the LSTM whose gates have these sums: its output and cell."""
    letters = {k: v for g in "ifgo" for k, v in constant(g, 0.0).items()} | {f"b.{g}": v for g, v in gates.items()}
    _, (h, c) = play("lstm", letters, np.zeros((1, 4)), (NONE, c))
    return h, c


@check("layer-norm-lstm", "identity", "lstm given sums that torch's layer norm made, its cell normalised to be read")
def layer_norm_lstm() -> None:
    d, xs = draw("layer-norm-lstm"), sequence()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c = state
        p = layer_norm(np.concatenate([d[f"W.{g}"] @ x for g in "ifgo"])).reshape(4, 6)
        q = layer_norm(np.concatenate([d[f"U.{g}"] @ h for g in "ifgo"])).reshape(4, 6)
        sums = {g: d[f"a.{g}"] * p[k] + d[f"k.{g}"] * q[k] + d[f"b.{g}"] for k, g in enumerate("ifgo")}
        c = given_gates(c, **sums)[1]
        return logistic(sums["o"]) * np.tanh(d["k.c"] * layer_norm(c) + d["b.c"])

    steps_agree("layer-norm-lstm", d, xs, step)


@check("layer-norm-lstm-stored", "identity", "layer-norm-lstm for one step; the stored cell is the one that was read")
def layer_norm_lstm_stored() -> None:
    d, xs = draw("layer-norm-lstm-stored"), sequence()
    steps_agree("layer-norm-lstm-stored", d, xs, lambda x, s: play("layer-norm-lstm", d, x[None], tuple(s))[0][0])
    _, (h, c) = play("layer-norm-lstm-stored", {**d, "b.o": NONE + OPEN + 40}, xs)
    close(h, np.tanh(c))


@check("layer-norm-lstm-gatewise", "identity", "lstm given sums that torch's layer norm made, gate by gate")
def layer_norm_lstm_gatewise() -> None:
    d, xs = draw("layer-norm-lstm-gatewise"), sequence()
    state: Any = (NONE, NONE)
    for x in xs:
        h, c = state
        sums = {g: d[f"a.{g}"] * layer_norm(d[f"W.{g}"] @ x + d[f"U.{g}"] @ h) + d[f"b.{g}"] for g in "ifgo"}
        c = d["a.c"] * layer_norm(given_gates(c, **sums)[1]) + d["b.c"]
        _, after = play("layer-norm-lstm-gatewise", d, x[None], tuple(state))
        close(after, [logistic(sums["o"]) * np.tanh(c), c])
        state = after


@check(
    "peephole-lstm-projected",
    "identity",
    "peephole-lstm, the projection being the identity; lstm-projected without peepholes",
)
def peephole_lstm_projected() -> None:
    d, xs = draw("peephole-lstm-projected", projection=6), sequence()
    names = {"i": "i", "f": "f", "g": "c", "o": "o"}
    plain = {f"{ours}.{g}": d[f"W.{p}{how}"] for g, p in names.items() for ours, how in (("W", "x"), ("U", "r"))}
    plain |= {f"b.{g}": d[f"b.{p}"] for g, p in names.items()} | {f"p.{g}": d[f"w.{g}c"] for g in "ifo"}
    whole = play("peephole-lstm-projected", {**d, "W.rm": np.eye(6)}, xs, projection=6)[0]
    close(whole, play("peephole-lstm", plain, xs)[0])
    blind = {k: 0 * v if k[0] == "w" else v for k, v in d.items()}
    projected = {**plain, "P.h": d["W.rm"]}
    ours, _ = play("peephole-lstm-projected", blind, xs, projection=6)
    close(ours, play("lstm-projected", projected, xs, projection=6)[0])
    more = {**d, "W.pm": np.random.default_rng(5).normal(size=(2, 6))}
    longer, (r, _) = play("peephole-lstm-projected", {**more, "W.rm": np.eye(6)}, xs, projection=6, further=2)
    close(longer[-1], np.concatenate([r, more["W.pm"] @ r]))


@check(
    "depth-gated-lstm",
    "identity",
    "peephole-lstm where the depth gate is shut, and with the cell below added where open",
)
def depth_gated_lstm() -> None:
    d, xs, below = draw("depth-gated-lstm"), sequence(), sequence(6, seed=3)
    shut = {**d, "W.d": 0 * d["W.d"], "p.d": NONE, "p.below": NONE, "b.d": NONE + SHUT}
    close(play("depth-gated-lstm", shut, xs, inputs={"below": below})[0], play("peephole-lstm", d, xs)[0])
    start = (NONE, np.linspace(-1, 1, 6))
    c = play("peephole-lstm", d, xs[:1], start)[1][1]
    both = play("depth-gated-lstm", d, xs[:1], start, {"below": below[:1]})[1][1]
    d_gate = logistic(d["W.d"] @ xs[0] + d["p.d"] * start[1] + d["p.below"] * below[0] + d["b.d"])
    close(both - c, d_gate * below[0])


@check("highway-lstm", "identity", "lstm where the highway is shut, a linear map where it is open")
def highway_lstm() -> None:
    d, xs = draw("highway-lstm"), sequence()
    plain = {**d, "W.g": d["W.c"], "U.g": d["U.c"], "b.g": d["b.c"]}
    close(play("highway-lstm", {**d, **constant("r", OPEN)}, xs)[0], play("lstm", plain, xs)[0])
    close(play("highway-lstm", {**d, **constant("r", SHUT)}, xs)[0], xs @ d["W.h"].T)


@check("mogrifier-lstm", "identity", "lstm on what the rounds make of input and state")
def mogrifier_lstm() -> None:
    d, xs = draw("mogrifier-lstm"), sequence()
    close(play("mogrifier-lstm", d, xs, rounds=0)[0], play("lstm", d, xs)[0])

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c = state
        x = x * 2 * logistic(d["Q.1"] @ h)
        h = h * 2 * logistic(d["R.2"] @ x)
        x = x * 2 * logistic(d["Q.3"] @ h)
        h = h * 2 * logistic(d["R.4"] @ x)
        x = x * 2 * logistic(d["Q.5"] @ h)
        return play("lstm", d, x[None], (h, c))[0][0]

    steps_agree("mogrifier-lstm", d, xs, step)


@check("nested-lstm", "identity", "lstm inside, seen whole where the outer gates are open")
def nested_lstm() -> None:
    d, xs = draw("nested-lstm"), sequence()
    inner = {
        f"{o}.{g}": d[f"{s}.{p}"]
        for g, p in zip("ifgo", "ifco", strict=True)
        for o, s in zip("WUb", "VRa", strict=True)
    }
    wide = {k: v @ d["W.c"] if k[0] == "W" else v for k, v in inner.items()}
    wide |= {f"b.{g}": inner[f"b.{g}"] + inner[f"W.{g}"] @ d["b.c"] for g in "ifgo"}
    open_ = d | constant("i", OPEN) | constant("f", OPEN) | constant("o", OPEN) | {"U.c": ZERO}
    close(play("nested-lstm", open_, xs)[0], np.tanh(play("lstm", wide, xs)[0]))

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c, n = state
        i, f, o = (logistic(d[f"W.{g}"] @ x + d[f"U.{g}"] @ h + d[f"b.{g}"]) for g in "ifo")
        put = i * (d["W.c"] @ x + d["U.c"] @ h + d["b.c"])
        return o * np.tanh(play("lstm", inner, put[None], (f * c, n))[0][0])

    steps_agree("nested-lstm", d, xs, step)


@check("phased-lstm", "numbers", "mean openness 0.02549875 of ratio 0.05 and leak 0.001; peephole-lstm where wide open")
def phased_lstm() -> None:
    d, xs = draw("phased-lstm"), sequence()
    plain = {k: d[k.replace("p.", "w.").replace(".g", ".c")] for k in draw("peephole-lstm")}
    d |= {"T.tau": NONE + 4.0, "T.s": NONE + 1.0}
    peak = {"t": np.full(5, 1 + 4.0 * 0.025)}
    close(play("phased-lstm", d, xs, inputs=peak)[0], play("peephole-lstm", plain, xs)[0])
    asleep = {"t": 1 + 4.0 * np.linspace(0.06, 0.99, 5)}
    start = (np.linspace(-1, 1, 6), np.linspace(2, -2, 6))
    ys, (_, c) = play("phased-lstm", d, xs, start, asleep, leak=0.0)
    assert (ys == start[0]).all()
    assert (c == start[1]).all()
    units = 400  # each at a phase of its own; the cell takes 1 and keeps nothing, so that it is the openness
    full = {f"{space}.{gate}": np.zeros((units, units)) for space in "WU" for gate in "ifco"}
    full |= {f"w.{gate}": np.zeros(units) for gate in "ifo"} | {f"b.{gate}": np.full(units, OPEN) for gate in "ico"}
    full |= {"b.f": np.full(units, SHUT), "T.tau": np.ones(units), "T.s": -(np.arange(units) + 0.5) / units}
    _, (_, opened) = play("phased-lstm", full, np.zeros((1, units)), inputs={"t": np.zeros(1)}, hidden=units)
    close(opened.mean(), 0.02549875)
    later = {"t": peak["t"] + 4.0 * 7}
    close(play("phased-lstm", d, xs, inputs=later)[0], play("phased-lstm", d, xs, inputs=peak)[0])
    before = {"t": np.full(5, 1 + 4.0 * 0.025 - 12.0)}  # times before the shift have a phase too
    close(play("phased-lstm", d, xs, inputs=before)[0], play("phased-lstm", d, xs, inputs=peak)[0])


SKIPPED = ((0.6, 0), (0.5, 0), (0.3, 1), (0.25, 1), (0.2, 2), (0.1, 4))
"""A constant increment, and how many steps are skipped between two updates (Campos et al. 2018, eq. 9)."""


def updates(name: str, increment: float, letters: Letters) -> list[int]:
    """The steps at which a skipping cell's state changes, its increment being constant."""
    letters = {**letters, "w.p": NONE, "a.p": np.log(increment / (1 - increment))}
    xs = sequence(steps=12)
    ys, _ = play(name, letters, xs)
    return [t for t in range(12) if t == 0 or (ys[t] != ys[t - 1]).any()]


@check("skip-lstm", "numbers", "the paper's counts of skipped steps; lstm where every step updates")
def skip_lstm() -> None:
    d, xs = draw("skip-lstm"), sequence()
    always = {**d, "w.p": NONE, "a.p": np.array(OPEN)}
    same_sequence("skip-lstm", always, "lstm", d)
    for increment, skipped in SKIPPED:
        assert updates("skip-lstm", increment, d) == list(range(0, 12, skipped + 1)), increment
    start = (np.linspace(-1, 1, 6), np.linspace(2, -2, 6), np.array(0.3))
    _, (h, c, _) = play("skip-lstm", d, xs[:1], start)
    assert (h == start[0]).all()
    assert (c == start[1]).all()


@check("skip-gru", "numbers", "the paper's counts of skipped steps; gru-reset-before where every step updates")
def skip_gru() -> None:
    d, xs = draw("skip-gru"), sequence()
    always = {**d, "w.p": NONE, "a.p": np.array(OPEN)}
    close(play("skip-gru", always, xs)[0], play("gru-reset-before", d, xs)[0])
    for increment, skipped in SKIPPED:
        assert updates("skip-gru", increment, d) == list(range(0, 12, skipped + 1)), increment


@check("clockwork-lstm", "identity", "lstm where all periods are 1; a unit of period 4 holds its value between")
def clockwork_lstm() -> None:
    d, xs = draw("clockwork-lstm"), sequence(steps=9)
    close(play("clockwork-lstm", {**d, "T.h": NONE + 1}, xs)[0], play("lstm", d, xs)[0])
    periods = np.array([1, 1, 2, 2, 4, 4])
    ys, _ = play("clockwork-lstm", {**d, "T.h": periods}, xs)
    assert ((np.abs(np.diff(ys, axis=0)) > 0) == (np.arange(1, 9)[:, None] % periods == 0)).all()


@check(
    "on-lstm",
    "numbers",
    "the master gates' effect by torch's cumulative softmax; lstm where they leave all to the gates",
)
def on_lstm() -> None:
    d, xs = draw("on-lstm"), sequence()
    renamed = {**d, "W.g": d["W.c"], "U.g": d["U.c"], "b.g": d["b.c"]}

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c = state
        both = [
            torch.as_tensor(d[f"W.{m}"] @ x + d[f"U.{m}"] @ h + d[f"b.{m}"]).softmax(0).cumsum(0) for m in ("mf", "mi")
        ]
        forget, put = np.repeat(both[0].numpy(), 2), np.repeat(1 - both[1].numpy(), 2)
        f, i = (logistic(d[f"W.{g}"] @ x + d[f"U.{g}"] @ h + d[f"b.{g}"]) for g in "fi")
        f = forget * (f * put + 1 - put)
        i = put * (i * forget + 1 - forget)
        o, g = (renamed[f"W.{k}"] @ x + renamed[f"U.{k}"] @ h + renamed[f"b.{k}"] for k in "og")
        return logistic(o) * np.tanh(f * c + i * np.tanh(g))

    steps_agree("on-lstm", d, xs, step)
    masters = {f"{s}.{m}": 0 * d[f"{s}.{m}"] for s in "WU" for m in ("mf", "mi")}
    masters |= {"b.mf": np.array([OPEN, 0, 0]), "b.mi": np.array([0, 0, OPEN])}
    last = {k: v.copy() for k, v in renamed.items()}
    for g, bias in (("f", OPEN), ("i", SHUT)):  # the last block keeps all and takes nothing
        last[f"W.{g}"][4:], last[f"U.{g}"][4:], last[f"b.{g}"][4:] = 0, 0, bias
    same_sequence("on-lstm", d | masters, "lstm", last)


@check("indy-lstm", "identity", "lstm whose recurrent matrices are diagonal")
def indy_lstm() -> None:
    d = draw("indy-lstm")
    same_sequence("indy-lstm", d, "lstm", d | {f"U.{g}": np.diag(d[f"u.{g}"]) for g in "ifgo"})


@check(
    "para-lstm", "identity", "lstm-cifg whose recurrent matrices are diagonal and whose coupling is the other way round"
)
def para_lstm() -> None:
    d = draw("para-lstm")
    letters = {"p.i": -d["p.f"], "p.o": d["p.o"]}
    for g, p, sign in (("i", "f", -1), ("g", "c", 1), ("o", "o", 1)):
        letters |= {f"W.{g}": sign * d[f"B.{p}"], f"U.{g}": sign * np.diag(d[f"a.{p}"]), f"b.{g}": sign * d[f"b.{p}"]}
    same_sequence("para-lstm", d, "lstm-cifg", letters)


def block_diagonal(m: np.ndarray) -> np.ndarray:
    """Blocks (heads, rows, columns) as one matrix."""
    return torch.block_diag(*torch.as_tensor(m)).numpy()


@check("group-lstm", "identity", "lstm whose matrices are block-diagonal")
def group_lstm() -> None:
    d = draw("group-lstm")
    same_sequence("group-lstm", d, "lstm", {k: block_diagonal(v) if v.ndim == 3 else v for k, v in d.items()})


@check("factorised-lstm", "identity", "lstm with the products of the factors")
def factorised_lstm() -> None:
    d = draw("factorised-lstm", rank=3)
    letters = {f"{s}.{g}": d[f"P.{g}"] @ d[f"{s}.r"] for s in "WU" for g in "ifgo"}
    same_sequence("factorised-lstm", d, "lstm", d | letters, rank=3)


@check("mass-conserving-lstm", "numbers", "what came in is what is held and what went out, to the last digit")
def mass_conserving_lstm() -> None:
    d, xs = draw("mass-conserving-lstm"), sequence()
    mass = np.array([1.0, 0.5, 0.0, 2.0, 0.25])
    ys, (c,) = play("mass-conserving-lstm", d, xs, inputs={"m": mass})
    close(ys.sum() + c.sum(), mass.sum(), 1e-14)
    assert (ys >= 0).all()
    assert (c >= 0).all()
    still = {k: 0 * v for k, v in d.items()} | {"b.r": (OPEN * np.eye(6)).ravel(), "b.o": NONE, "b.i": d["b.i"]}
    share = torch.as_tensor(d["b.i"]).softmax(0).numpy()
    c = NONE
    outputs = []
    for m in mass:  # half of what is there leaves at every step
        c = c + share * m
        outputs.append(c / 2)
        c = c / 2
    close(play("mass-conserving-lstm", still, xs, inputs={"m": mass})[0], np.stack(outputs))
    start = np.array([1.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    moved = {**still, "b.r": (OPEN * np.roll(np.eye(6), 1, axis=1)).ravel()}  # from each cell to the next
    _, (after,) = play("mass-conserving-lstm", moved, xs[:1], (start,), {"m": np.zeros(1)})
    close(after, np.roll(start, 1) / 2)


@check("ea-lstm", "identity", "lstm whose input gate hears the static part alone and whose other gates do not hear it")
def ea_lstm() -> None:
    d, xs = draw("ea-lstm", attributes=3), sequence()
    static = np.tile(sequence(3, 1, seed=4), (5, 1))
    letters = {k: np.hstack([v, np.zeros((6, 3))]) if k in ("W.f", "W.g", "W.o") else v for k, v in d.items()}
    letters |= {"W.i": np.hstack([np.zeros((6, 4)), d["W.i"]]), "U.i": ZERO}
    ours, _ = play("ea-lstm", d, xs, inputs={"static": static}, attributes=3)
    close(ours, play("lstm", letters, np.hstack([xs, static]))[0])


@check("time-aware-lstm", "identity", "lstm where no time passes, and on the faded cell where some does")
def time_aware_lstm() -> None:
    d, xs = draw("time-aware-lstm"), sequence()
    letters = {**d, "W.g": d["W.c"], "U.g": d["U.c"], "b.g": d["b.c"]}
    ours, _ = play("time-aware-lstm", d, xs, inputs={"elapsed": np.zeros(5)})
    close(ours, play("lstm", letters, xs)[0])

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c = state
        short = np.tanh(d["W.d"] @ c + d["b.d"])
        return play("lstm", letters, x[None], (h, c - short / 2))[0][0]

    half = {"elapsed": np.full(5, np.e**2 - np.e)}  # 1 / log(e + elapsed) is a half
    steps_agree("time-aware-lstm", d, xs, step, half)


@check("hyper-lstm", "identity", "layer-norm-lstm-gatewise, small and large, for one step")
def hyper_lstm() -> None:
    d, xs = draw("hyper-lstm", hyper=6, embedding=2), sequence()
    small = {f"W.{g}": np.column_stack([d[f"A.{g}"], d[f"G.{g}"], d[f"b.k{g}"]]) for g in "ifgo"} | {
        f"U.{g}": d[f"Q.{g}"] for g in "ifgo"
    }
    small |= {f"a.{g}": d[f"s.k{g}"] for g in "ifgo"} | {f"b.{g}": d[f"t.k{g}"] for g in "ifgo"}
    small |= {"a.c": d["s.d"], "b.c": d["t.d"]}

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, c, k, old = state
        k = play("layer-norm-lstm-gatewise", small, np.concatenate([x, h, [1.0]])[None], (k, old))[0][0]
        main = {"a.c": d["s.c"], "b.c": d["t.c"]}
        for g in "ifgo":
            dh, dx = (d[f"D.{w}{g}"] @ (d[f"Z.{w}{g}"] @ k + d[f"z.{w}{g}"]) for w in "hx")
            bias = d[f"D.b{g}"] @ d[f"Z.b{g}"] @ k + d[f"b.{g}"]
            main |= {f"W.{g}": np.column_stack([dx[:, None] * d[f"W.{g}"], bias]), f"U.{g}": dh[:, None] * d[f"U.{g}"]}
            main |= {f"a.{g}": d[f"s.{g}"], f"b.{g}": d[f"t.{g}"]}
        return play("layer-norm-lstm-gatewise", main, np.append(x, 1.0)[None], (h, c))[0][0]

    steps_agree("hyper-lstm", d, xs, step, hyper=6, embedding=2)


@check("slstm", "numbers", "the paper's equations without the stabiliser, which changes nothing")
def slstm() -> None:
    d, xs = draw("slstm"), sequence()
    R = {g: block_diagonal(d[f"R.{g}"]) for g in "ifzo"}
    h = c = n = NONE
    ys, _ = play("slstm", d, xs)
    for x, y in zip(xs, ys, strict=True):
        i, f, z, o = (d[f"W.{g}"] @ x + R[g] @ h + d[f"b.{g}"] for g in "ifzo")
        c = logistic(f) * c + np.exp(i) * np.tanh(z)
        n = logistic(f) * n + np.exp(i)
        h = logistic(o) * c / n
        close(y, h)
    late = {**d, "b.i": NONE + 900.0}  # whose exponential is beyond float64
    assert np.isfinite(play("slstm", late, xs)[0]).all()


def attention(d: Letters, xs: np.ndarray, i: np.ndarray, f: np.ndarray, *, normalised: bool) -> np.ndarray:
    """mLSTM in the papers' parallel form: attention whose weights are products of forget gates and an input gate."""
    q, k, v = ((xs @ d[f"W.{w}"].T + d[f"b.{w}"]).reshape(len(xs), 2, 3) for w in "qkv")
    out = np.zeros((len(xs), 2, 3))
    for t in range(len(xs)):
        for head in range(2):
            weights = [
                i[s, head] * f[s + 1 : t + 1, head].prod() * (k[s, head] @ q[t, head]) / 3**0.5 for s in range(t + 1)
            ]
            read = sum(w * v[s, head] for s, w in enumerate(weights))
            out[t, head] = read / max(abs(sum(weights)), 1.0) if normalised else read
    return logistic(xs @ d["W.o"].T + d["b.o"]) * out.reshape(len(xs), 6)


@check("matrix-lstm", "numbers", "the paper's parallel form, without the stabiliser")
def matrix_lstm() -> None:
    d, xs = draw("matrix-lstm"), sequence()
    i, f = np.exp(xs @ d["W.i"].T + d["b.i"]), logistic(xs @ d["W.f"].T + d["b.f"])
    close(play("matrix-lstm", d, xs)[0], attention(d, xs, i, f, normalised=True))
    assert np.isfinite(play("matrix-lstm", {**d, "b.i": np.full(2, 900.0)}, xs)[0]).all()


@check("matrix-lstm-sigmoid", "numbers", "the paper's parallel form")
def matrix_lstm_sigmoid() -> None:
    d, xs = draw("matrix-lstm-sigmoid"), sequence()
    i, f = logistic(xs @ d["W.i"].T + d["b.i"]), logistic(xs @ d["W.f"].T + d["b.f"])
    close(play("matrix-lstm-sigmoid", d, xs)[0], attention(d, xs, i, f, normalised=False))


@check(
    "ur-lstm",
    "identity",
    "a coupled lstm where the refine gate is a half; the forget gate's ends where it is open or shut",
)
def ur_lstm() -> None:
    d, xs = draw("ur-lstm"), sequence()
    half = {**d, "W.r": 0 * d["W.r"], "U.r": ZERO, "b.f": NONE}
    letters = {"p.i": NONE, "p.o": NONE}
    for g, p, sign in (("i", "f", -1), ("g", "c", 1), ("o", "o", 1)):
        letters |= {f"{s}.{g}": sign * half[f"{s}.{p}"] for s in "WUb"}
    same_sequence("ur-lstm", half, "lstm-cifg", letters)
    always = {k: 0 * v for k, v in d.items()} | {"b.f": NONE + 0.4, "b.c": NONE + OPEN}
    f, r = logistic(0.4), logistic(-0.4)
    kept = r * (1 - (1 - f) ** 2) + (1 - r) * f**2
    close(play("ur-lstm", always, xs[:1])[1][1], NONE + 1 - kept)
