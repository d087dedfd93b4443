"""The GRU family held from outside: identities with other cells, closed forms, numbers of papers."""

from typing import Any

import numpy as np
import torch
import torchrecurrent

from tests.oracles.registry import OPEN, SHUT, check, close, draw, logistic, play, sequence, steps_agree

ZERO, NONE = np.zeros((6, 6)), np.zeros(6)
Letters = dict[str, np.ndarray]


def layer_norm(v: np.ndarray) -> np.ndarray:
    """Layer normalisation by torch."""
    return torch.nn.functional.layer_norm(torch.as_tensor(v), v.shape).numpy()


def same_sequence(name: str, letters: Letters, other: str, others: Letters, **how: Any) -> None:
    """Two cells give the same outputs."""
    xs = sequence()
    start = (np.linspace(-1, 1, 6),)
    close(play(name, letters, xs, start, **how)[0], play(other, others, xs, start)[0])


@check(
    "gru-reset-before",
    "identity",
    "gru where the candidate's recurrent matrix is diagonal; torch's GRU elsewhere differs",
)
def gru_reset_before() -> None:
    d = draw("gru")
    diagonal = {**d, "U.n": np.diag(d["b.hn"]), "b.hn": NONE}
    same_sequence("gru-reset-before", diagonal, "gru", diagonal)
    xs = sequence()
    whole = {**d, "b.hn": NONE}
    apart = play("gru-reset-before", whole, xs)[0] - play("gru", whole, xs)[0]
    assert np.abs(apart).max() > 1e-3


@check("gru-1", "identity", "gru-reset-before whose gates do not hear the input")
def gru_1() -> None:
    d = draw("gru-1")
    same_sequence("gru-1", d, "gru-reset-before", leaner(d, "U.z", "U.r", "b.z", "b.r"))


@check("gru-2", "identity", "gru-reset-before whose gates hear neither input nor bias")
def gru_2() -> None:
    d = draw("gru-2")
    same_sequence("gru-2", d, "gru-reset-before", leaner(d, "U.z", "U.r"))


@check("gru-3", "identity", "gru-reset-before whose gates are their biases")
def gru_3() -> None:
    d = draw("gru-3")
    same_sequence("gru-3", d, "gru-reset-before", leaner(d, "b.z", "b.r"))


def leaner(d: Letters, *kept: str) -> Letters:
    """A GRU's letters whose gates keep some letters of a leaner one, which lets z take and not keep."""
    gates = {f"{s}.{g}": np.zeros(v) for g in "zr" for s, v in (("W", (6, 4)), ("U", (6, 6)), ("b", (6,)))}
    signs = {k: -d[k] if k.endswith("z") else d[k] for k in kept}
    return gates | signs | {"W.n": d["W.h"], "U.n": d["U.h"], "b.n": d["b.h"]}


@check("mgu-1", "identity", "mgu whose gate does not hear the input")
def mgu_1() -> None:
    d = draw("mgu-1")
    same_sequence("mgu-1", d, "mgu", {**d, "W.f": np.zeros((6, 4))})


@check("mgu-2", "identity", "mgu whose gate hears neither input nor bias")
def mgu_2() -> None:
    d = draw("mgu-2")
    same_sequence("mgu-2", d, "mgu", {**d, "W.f": np.zeros((6, 4)), "b.f": NONE})


@check("mgu-3", "identity", "mgu whose gate is its bias")
def mgu_3() -> None:
    d = draw("mgu-3")
    same_sequence("mgu-3", d, "mgu", {**d, "W.f": np.zeros((6, 4)), "U.f": ZERO})


@check("indy-gru", "identity", "gru and gru-reset-before whose recurrent matrices are diagonal")
def indy_gru() -> None:
    d = draw("indy-gru")
    diagonal = d | {f"U.{g}": np.diag(d[f"u.{g}"]) for g in "rzn"}
    same_sequence("indy-gru", d, "gru-reset-before", diagonal)
    same_sequence("indy-gru", d, "gru", {**diagonal, "b.hn": NONE})


@check("layer-norm-gru", "identity", "gru given sums that torch's layer norm made")
def layer_norm_gru() -> None:
    d, xs = draw("layer-norm-gru"), sequence()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        p = layer_norm(np.concatenate([d[f"W.{g}"] @ x for g in "rzn"])).reshape(3, 6)
        q = layer_norm(np.concatenate([d[f"U.{g}"] @ state[0] for g in "rzn"])).reshape(3, 6)
        heard = {g: (d[f"a.{g}"] * p[k], d[f"k.{g}"] * q[k]) for k, g in enumerate("rzn")}
        letters: Letters = {f"{s}.{g}": np.zeros((6, 1 if s == "W" else 6)) for s in "WU" for g in "rzn"}
        letters |= {f"b.{g}": sum(heard[g]) + d[f"b.{g}"] for g in "rz"}
        letters |= {"b.n": heard["n"][0] + d["b.n"], "b.hn": heard["n"][1] + d["b.hn"]}
        return play("gru", letters, np.zeros((1, 1)), tuple(state))[0][0]

    steps_agree("layer-norm-gru", d, xs, step)


def light(z: np.ndarray, n: np.ndarray, h: np.ndarray) -> np.ndarray:
    """One step of torchrecurrent's LiGRU, which normalises nothing, given its sums."""
    cell = torchrecurrent.LiGRUCell(12, 6, dtype=torch.float64, nonlinearity="relu")
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_ih.copy_(torch.eye(12))
        return cell(torch.as_tensor(np.concatenate([z, n])), torch.as_tensor(h)).numpy()


@check("li-gru", "library", "torchrecurrent 0.2.5, LiGRUCell, given input products that torch's layer norm made")
def li_gru() -> None:
    d, xs = draw("li-gru"), sequence()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        z, n = (d[f"a.{g}"] * layer_norm(d[f"W.{g}"] @ x) + d[f"b.{g}"] + d[f"U.{g}"] @ state[0] for g in "zh")
        return light(z, n, state[0])

    steps_agree("li-gru", d, xs, step)


@check("sli-gru", "library", "torchrecurrent 0.2.5, LiGRUCell, given products that torch's layer norm made")
def sli_gru() -> None:
    d, xs = draw("sli-gru"), sequence()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        heard = layer_norm(np.concatenate([d["U.h"] @ state[0], d["U.z"] @ state[0]]))
        z, n = (d[f"a.{g}"] * layer_norm(d[f"W.{g}"] @ x) + d[f"b.{g}"] for g in "zh")
        return light(z + heard[6:], n + heard[:6], state[0])

    steps_agree("sli-gru", d, xs, step)


@check(
    "dreamer-gru",
    "identity",
    "gru given codes that torch's RMS norm and SiLU made; block-diagonal matrices written out",
)
def dreamer_gru() -> None:
    d, xs = draw("dreamer-gru", code=5), sequence()
    R = {g: torch.block_diag(*torch.as_tensor(d[f"R.{g}"])).numpy() for g in ("d", "r", "n", "u")}

    def code(gain: np.ndarray, v: np.ndarray) -> np.ndarray:
        normed = torch.nn.functional.rms_norm(torch.as_tensor(v), v.shape, torch.as_tensor(gain), eps=1e-5)
        return torch.nn.functional.silu(normed).numpy()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h = state[0]
        p, q = code(d["a.h"], d["A.h"] @ h + d["b.p"]), code(d["a.x"], d["A.x"] @ x + d["b.q"])
        hidden = code(d["a.d"], R["d"] @ h + d["W.d"] @ p + d["V.d"] @ q + d["b.d"])
        letters: Letters = {f"{s}.{g}": np.zeros((6, 1 if s == "W" else 6)) for s in "WU" for g in "rzn"}
        letters |= {"b.r": R["r"] @ hidden + d["b.r"], "b.z": -R["u"] @ hidden - d["b.u"]}
        letters |= {"b.n": NONE, "b.hn": R["n"] @ hidden + d["b.n"]}
        return play("gru", letters, np.zeros((1, 1)), (h,))[0][0]

    steps_agree("dreamer-gru", d, xs, step, code=5)


@check("gru-d", "identity", "gru-reset-before where all is seen at once; decay to the mean where nothing is")
def gru_d() -> None:
    d, xs = draw("gru-d"), sequence()
    seen = {"m": np.ones((5, 4)), "delta": np.zeros((5, 4))}
    letters = {
        f"{s}.{g}": -d[f"{s}.{p}"] if g == "z" else d[f"{s}.{p}"]
        for g, p in zip("zrn", "zrh", strict=True)
        for s in "WU"
    }
    letters |= {
        f"b.{g}": (d[f"b.{p}"] + d[f"V.{p}"].sum(1)) * (-1 if g == "z" else 1)
        for g, p in zip("zrn", "zrh", strict=True)
    }
    still = {**d, "b.decay": NONE - 1.0, "b.x": np.zeros(4) - 1.0}
    close(play("gru-d", still, xs, inputs=seen)[0], play("gru-reset-before", letters, xs)[0])
    unseen = {"m": np.zeros((5, 4)), "delta": np.cumsum(np.ones((5, 4)), axis=0)}
    fading = {**still, "g.x": np.full(4, 0.5), "b.x": np.zeros(4), "G.h": 0 * d["G.h"]}
    last = np.array([1.0, -2.0, 0.5, 3.0])
    imputed = np.exp(-0.5 * unseen["delta"]) * last
    letters |= {f"b.{g}": d[f"b.{p}"] * (-1 if g == "z" else 1) for g, p in zip("zrn", "zrh", strict=True)}
    ours, (_, after) = play("gru-d", fading, xs, (NONE, last), unseen)
    close(ours, play("gru-reset-before", letters, imputed)[0])
    close(after, last)
    faded = {**fading, "G.h": np.full((6, 4), 0.25), "b.decay": NONE}
    start = np.linspace(-1, 1, 6)
    ours, _ = play("gru-d", faded, xs[:1], (start, last), {k: v[:1] for k, v in unseen.items()})
    close(ours, play("gru-reset-before", letters, imputed[:1], (np.exp(-1.0) * start,))[0])


@check("rhn", "identity", "ugrnn, once a layer, the input in the first alone")
def rhn() -> None:
    d, xs = draw("rhn"), sequence()

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        s = state[0]
        for l in range(4):
            letters = {"W.c": d["W.h"], "U.c": d[f"H.{l}"], "b.c": d[f"b.{l}"]}
            letters |= {"W.g": -d["W.t"], "U.g": -d[f"T.{l}"], "b.g": -d[f"a.{l}"]}
            s = play("ugrnn", letters, (x if l == 0 else 0 * x)[None], (s,))[0][0]
        return s

    steps_agree("rhn", d, xs, step)


@check("min-gru", "identity", "typed-rnn, whose gate keeps where this one takes")
def min_gru() -> None:
    d = draw("min-gru")
    same_sequence("min-gru", {**d, "b.h": NONE}, "typed-rnn", {"W.z": d["W.h"], "V.f": -d["W.z"], "b.f": -d["b.z"]})
    shut = {**d, "W.z": 0 * d["W.z"], "b.z": NONE + OPEN}
    close(play("min-gru", shut, sequence())[0], sequence() @ d["W.h"].T + d["b.h"])


@check(
    "min-lstm",
    "identity",
    "min-gru where one gate's letters are the other's negated; a half of each where they are equal",
)
def min_lstm() -> None:
    d, xs = draw("min-lstm"), sequence()
    coupled = {**d, "W.f": -d["W.i"], "b.f": -d["b.i"]}
    same_sequence("min-lstm", coupled, "min-gru", {**d, "W.z": d["W.i"], "b.z": d["b.i"]})
    equal = {**d, "W.f": d["W.i"], "b.f": d["b.i"]}
    half = {**d, "W.z": 0 * d["W.i"], "b.z": NONE}
    same_sequence("min-lstm", equal, "min-gru", half)
    f, i = logistic(xs @ d["W.f"].T + d["b.f"]), logistic(xs @ d["W.i"].T + d["b.i"])
    share = {"W.z": np.hstack([np.zeros((6, 4)), np.eye(6)]), "b.z": NONE, "b.h": d["b.h"]}
    share["W.h"] = np.hstack([d["W.h"], ZERO])
    close(play("min-lstm", d, xs)[0], play("min-gru", share, np.hstack([xs, np.log(i / f)]))[0])


@check("qrnn-f", "identity", "typed-rnn on this input and the one before, its latent given squashed")
def qrnn_f() -> None:
    d, xs = draw("qrnn-f"), sequence()
    both = np.hstack([xs, np.vstack([np.zeros(4), xs[:-1]])])
    z = np.tanh(both @ np.hstack([d["W.z"], d["V.z"]]).T + d["b.z"])
    letters = {"W.z": np.hstack([np.zeros((6, 8)), np.eye(6)]), "b.f": d["b.f"]}
    letters["V.f"] = np.hstack([d["W.f"], d["V.f"], ZERO])
    close(play("qrnn-f", d, xs)[0], play("typed-rnn", letters, np.hstack([both, z]))[0])


@check("qrnn-fo", "identity", "qrnn-f where the output gate is open; the gate times it elsewhere")
def qrnn_fo() -> None:
    d, xs = draw("qrnn-fo"), sequence()
    c = play("qrnn-f", d, xs)[0]
    before = np.vstack([np.zeros(4), xs[:-1]])
    close(play("qrnn-fo", d, xs)[0], logistic(xs @ d["W.o"].T + before @ d["V.o"].T + d["b.o"]) * c)


@check("qrnn-ifo", "identity", "qrnn-fo where the input gate has the forget gate's letters negated")
def qrnn_ifo() -> None:
    d, xs = draw("qrnn-ifo"), sequence()
    coupled = {**d, **{f"{s}.i": -d[f"{s}.f"] for s in "WVb"}}
    close(play("qrnn-ifo", coupled, xs)[0], play("qrnn-fo", d, xs)[0])
    shut = {**d, "W.i": 0 * d["W.i"], "V.i": 0 * d["V.i"], "b.i": NONE + SHUT}
    close(play("qrnn-ifo", shut, xs)[0], np.zeros((5, 6)))


@check("sru", "identity", "typed-rnn whose bias is moved by the old cell; a highway from it to the input")
def sru() -> None:
    d, xs = draw("sru", 6), sequence(6)

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        old = state[0]
        letters = {"W.z": d["W.c"], "V.f": d["W.f"], "b.f": d["b.f"] + d["v.f"] * old}
        c = play("typed-rnn", letters, x[None], (old,))[0][0]
        r = logistic(d["W.r"] @ x + d["v.r"] * old + d["b.r"])
        return r * c + (1 - r) * 1.5 * x

    steps_agree("sru", d, xs, step, alpha=1.5)


@check("lru", "numbers", "the sum over powers of the complex eigenvalues")
def lru() -> None:
    d, xs = draw("lru"), sequence()
    eigen = np.exp(-np.exp(d["nu.log"])) * np.exp(1j * np.exp(d["theta.log"]))
    put = np.sqrt(1 - np.abs(eigen) ** 2) * (xs @ (d["B.re"] + 1j * d["B.im"]).T)
    h = np.stack([sum(eigen ** (t - k) * put[k] for k in range(t + 1)) for t in range(5)])
    close(play("lru", d, xs)[0], (h @ (d["C.re"] + 1j * d["C.im"]).T).real + xs @ d["D.y"].T)


@check("rg-lru", "numbers", "the sum over products of the paper's decays a to the power c r")
def rg_lru() -> None:
    d, xs = draw("rg-lru", 6), sequence(6)
    r, i = logistic(xs @ d["W.a"].T + d["b.a"]), logistic(xs @ d["W.x"].T + d["b.x"])
    a = logistic(d["L.a"]) ** (8 * r)
    put = np.sqrt(1 - a**2) * i * xs
    h = np.stack([sum(a[k + 1 : t + 1].prod(0) * put[k] for k in range(t + 1)) for t in range(5)])
    close(play("rg-lru", d, xs)[0], h)


@check("hgrn", "numbers", "the sum over products of complex decays; torch's SiLU and layer norm")
def hgrn() -> None:
    d, xs = draw("hgrn"), sequence()
    silu = lambda v: torch.nn.functional.silu(torch.as_tensor(v)).numpy()  # noqa: E731
    f = 0.2 + 0.8 * logistic(xs @ d["W.f"].T + d["b.f"])
    turned = f * np.exp(1j * d["theta.h"])
    put = (1 - f) * (silu(xs @ d["W.re"].T + d["b.re"]) + 1j * silu(xs @ d["W.im"].T + d["b.im"]))
    h = np.stack([sum(turned[k + 1 : t + 1].prod(0) * put[k] for k in range(t + 1)) for t in range(5)])
    normed = np.stack([layer_norm(np.concatenate([v.real, v.imag])) for v in h])
    gain = np.concatenate([d["a.re"], d["a.im"]])
    read = gain * normed + np.concatenate([d["b.nre"], d["b.nim"]])
    gate = np.hstack([silu(xs @ d["W.gre"].T + d["b.gre"]), silu(xs @ d["W.gim"].T + d["b.gim"])])
    close(play("hgrn", d, xs, lower=0.2)[0], (gate * read) @ np.hstack([d["W.ore"], d["W.oim"]]).T + d["b.o"])


@check("rwkv-4", "numbers", "the paper's weighted average over all past values")
def rwkv_4() -> None:
    d, xs = draw("rwkv-4"), sequence()
    before = np.vstack([np.zeros(4), xs[:-1]])
    r, k, v = ((d[f"mu.{w}"] * xs + (1 - d[f"mu.{w}"]) * before) @ d[f"W.{w}"].T for w in "rkv")
    fade, bonus = np.exp(d["w.decay"]), d["u.k"]
    average = []
    for t in range(5):
        weights = [np.exp(-(t - 1 - s) * fade + k[s]) for s in range(t)] + [np.exp(bonus + k[t])]
        average.append(sum(w * v[s] for s, w in enumerate(weights)) / sum(weights))
    close(play("rwkv-4", d, xs)[0], (logistic(r) * np.stack(average)) @ d["W.o"].T)
