"""Simple recurrent cells held from outside: identities with other cells, closed forms, numbers of papers."""

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.signal
import scipy.special
import torch

from tests.oracles.registry import OPEN, SHUT, check, close, draw, logistic, play, sequence, steps_agree

ZERO, NONE = np.zeros((6, 6)), np.zeros(6)


@check("elman-logistic", "identity", "elman: a logistic unit is a tanh unit of half the range")
def elman_logistic() -> None:
    d, xs = draw("elman-logistic"), sequence()
    ys, _ = play("elman-logistic", d, xs)
    half = {"W.h": d["W.h"] / 2, "U.h": d["U.h"] / 4, "b.h": d["b.h"] / 2 + d["U.h"].sum(1) / 4}
    close(ys, (1 + play("elman", half, xs, (-np.ones(6),))[0]) / 2)


@check("jordan", "identity", "elman-logistic of hidden layer and output together, two steps for one")
def jordan() -> None:
    d, xs = draw("jordan"), sequence()
    twice = np.zeros((10, 5))
    twice[::2, :4] = xs
    twice[1::2, 4] = 1
    letters = {
        "W.h": np.block([[d["W.h"], np.zeros((6, 1))], [np.zeros((6, 4)), np.zeros((6, 1))]]),
        "U.h": np.block([[ZERO, d["U.h"]], [d["W.y"], ZERO]]),
        "b.h": np.concatenate([d["b.h"], d["b.y"]]),
    }
    start = np.concatenate([NONE, NONE])
    close(play("jordan", d, xs)[0], play("elman-logistic", letters, twice, (start,), hidden=12)[0][1::2, 6:])


@check("mi-rnn", "identity", "elman where the product of both has no weight; multiplicative-rnn where it alone has")
def mi_rnn() -> None:
    d, xs = draw("mi-rnn"), sequence()
    plain = {**d, "a.pq": NONE, "a.p": NONE + 1, "a.q": NONE + 1}
    close(play("mi-rnn", plain, xs)[0], play("elman", d, xs)[0])
    alone = {**d, "a.pq": NONE + 1, "a.p": NONE, "a.q": NONE}
    letters = {"W.fx": d["W.h"], "W.fh": d["U.h"], "W.hf": np.eye(6), "W.hx": 0 * d["W.h"], "b.h": d["b.h"]}
    start = (np.linspace(-1, 1, 6),)
    close(play("mi-rnn", alone, xs, start)[0], play("multiplicative-rnn", letters, xs, start)[0])


@check("multiplicative-rnn", "identity", "elman with the recurrent matrix that one input chooses")
def multiplicative_rnn() -> None:
    d, x = draw("multiplicative-rnn"), sequence(steps=1)
    start = (np.linspace(-1, 1, 6),)
    letters = {"W.h": d["W.hx"], "b.h": d["b.h"], "U.h": d["W.hf"] @ np.diag(d["W.fx"] @ x[0]) @ d["W.fh"]}
    close(play("multiplicative-rnn", d, x, start)[0], play("elman", letters, x, start)[0])


@check("lipschitz-rnn", "identity", "antisymmetric-rnn where beta is 1 and the linear part is none")
def lipschitz_rnn() -> None:
    d, xs = draw("lipschitz-rnn"), sequence()
    letters = {"W.h": d["M.W"], "V.h": d["U.h"], "b.h": d["b.h"]}
    ours, _ = play("lipschitz-rnn", {**d, "M.A": ZERO}, xs, beta=1.0, gamma=0.0, epsilon=0.1)
    close(ours, play("antisymmetric-rnn", letters, xs, gamma=0.0)[0])
    linear, _ = play("lipschitz-rnn", {**d, "M.W": ZERO, "U.h": 0 * d["U.h"], "b.h": NONE}, xs, (NONE + 1,))
    A = 0.25 * (d["M.A"] + d["M.A"].T) + 0.75 * (d["M.A"] - d["M.A"].T) - 0.001 * np.eye(6)
    h = np.ones(6)
    for after in linear:
        h = h + 0.03 * (A @ h - np.tanh(0.001 * h))
        close(after, h)


@check("exprnn", "numbers", "scipy's matrix exponential: a rotation keeps the norm, b thresholds what it gives")
def exprnn() -> None:
    d, xs = draw("exprnn"), sequence()
    turned, _ = play("exprnn", {**d, "T.h": 0 * d["T.h"], "b.h": NONE}, xs, (np.ones(6),))
    close(turned[-1], scipy.linalg.expm(5 * (d["A.h"] - d["A.h"].T)) @ np.ones(6))
    close(np.linalg.norm(turned, axis=1), np.full(5, 6**0.5))
    d["b.h"] = np.array([-0.3, 0.2, 0, -9, 0.1, 0])

    def soft(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        z = torch.as_tensor(scipy.linalg.expm(d["A.h"] - d["A.h"].T) @ state[0] + d["T.h"] @ x)
        return torch.stack([torch.sign(v) * torch.relu(v.abs() + b) for v, b in zip(z, d["b.h"], strict=True)]).numpy()

    steps_agree("exprnn", d, xs, soft)


def modulus_threshold(z: np.ndarray, b: np.ndarray) -> np.ndarray:
    """modReLU: the phase stays, the modulus moves by b and not below zero."""
    return np.where(np.abs(z) + b > 0, (np.abs(z) + b) * np.exp(1j * np.angle(z)), 0)


@check("urnn", "numbers", "the unitary matrix written out: diagonals, reflections, numpy's Fourier matrix")
def urnn() -> None:
    d, xs = draw("urnn"), sequence()
    fourier = np.exp(-2j * np.pi * np.outer(np.arange(6), np.arange(6)) / 6) / 6**0.5
    reflect = [
        np.eye(6) - 2 * np.outer(v, v.conj()) / np.vdot(v, v)
        for v in (d["r.re1"] + 1j * d["r.im1"], d["r.re2"] + 1j * d["r.im2"])
    ]
    turn = [np.diag(np.exp(1j * d[f"t.{k}"])) for k in (1, 2, 3)]
    M = turn[2] @ reflect[1] @ fourier.conj().T @ turn[1] @ np.eye(6)[::-1] @ reflect[0] @ fourier @ turn[0]
    close(M @ M.conj().T, np.eye(6))

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h = modulus_threshold(M @ (state[0] + 1j * state[1]) + (d["V.re"] + 1j * d["V.im"]) @ x, d["b.h"])
        return np.concatenate([h.real, h.imag])

    ys, _ = play("urnn", d, xs)
    h = np.zeros(6) + 0j
    for x, y in zip(xs, ys, strict=True):
        after = step(x, [h.real, h.imag])
        close(y, after, 1e-5)  # the cell adds 1e-6 before it takes a modulus
        h = y[:6] + 1j * y[6:]


@check("eunn", "numbers", "the rotations written out as a unitary matrix")
def eunn() -> None:
    d, xs = draw("eunn"), sequence()
    M = np.eye(6) + 0j
    for k in range(2):
        layer = np.zeros((6, 6)) + 0j
        for pair in range(3):
            a, b = (2 * pair + k) % 6, (2 * pair + 1 + k) % 6
            cos, sin, turn = np.cos(d[f"t.{k}"][pair]), np.sin(d[f"t.{k}"][pair]), np.exp(1j * d[f"p.{k}"][pair])
            layer[a, a], layer[a, b], layer[b, a], layer[b, b] = turn * cos, -turn * sin, sin, cos
        M = layer @ M
    M = np.diag(np.exp(1j * d["w.h"])) @ M
    close(M @ M.conj().T, np.eye(6))
    ys, _ = play("eunn", d, xs)
    h = np.zeros(6) + 0j
    for x, y in zip(xs, ys, strict=True):
        after = modulus_threshold(M @ h + (d["V.re"] + 1j * d["V.im"]) @ x, d["b.h"])
        close(y, np.concatenate([after.real, after.imag]), 1e-5)  # the cell adds 1e-6 before it takes a modulus
        h = y[:6] + 1j * y[6:]


@check("fastgrnn-low-rank", "identity", "fastgrnn with the product of the factors")
def fastgrnn_low_rank() -> None:
    d, xs = draw("fastgrnn-low-rank", rank=2), sequence()
    letters = {**d, "W.h": d["W.1"] @ d["W.2"], "U.h": d["U.1"] @ d["U.2"]}
    close(play("fastgrnn-low-rank", d, xs, rank=2)[0], play("fastgrnn", letters, xs)[0])


@check("scrn", "identity", "elman-logistic beside scipy's first-order filter of the inputs")
def scrn() -> None:
    d, xs = draw("scrn", context=3), sequence()
    s = scipy.signal.lfilter([0.05], [1, -0.95], xs @ d["B.s"].T, axis=0)
    letters = {"W.h": np.hstack([d["A.h"], d["P.h"]]), "U.h": d["R.h"], "b.h": NONE}
    h = play("elman-logistic", letters, np.hstack([xs, s]))[0]
    close(play("scrn", d, xs, context=3)[0], np.hstack([h, s]))


@check("lem", "numbers", "the paper's equations in plain numpy, y from the new z")
def lem() -> None:
    d, xs = draw("lem"), sequence()
    y, z = np.linspace(-1, 1, 6), np.linspace(1, -1, 6)
    ys, _ = play("lem", d, xs, (y, z), dt=0.7)
    for x, after in zip(xs, ys, strict=True):
        dt = 0.7 * logistic(d["W.1"] @ y + d["V.1"] @ x + d["b.1"])
        dt_bar = 0.7 * logistic(d["W.2"] @ y + d["V.2"] @ x + d["b.2"])
        z = (1 - dt) * z + dt * np.tanh(d["W.z"] @ y + d["V.z"] @ x + d["b.z"])
        y = (1 - dt_bar) * y + dt_bar * np.tanh(d["W.y"] @ z + d["V.y"] @ x + d["b.y"])
        close(after, y)


@check("clockwork-rnn", "identity", "elman where all periods are 1; a unit of period 4 holds its value between")
def clockwork_rnn() -> None:
    d, xs = draw("clockwork-rnn"), sequence(steps=9)
    close(play("clockwork-rnn", {**d, "T.h": NONE + 1}, xs)[0], play("elman", d, xs)[0])
    periods = np.array([1, 1, 2, 2, 4, 4])
    ys, _ = play("clockwork-rnn", {**d, "T.h": periods}, xs)
    changes = np.abs(np.diff(ys, axis=0)) > 0
    assert (changes == (np.arange(1, 9)[:, None] % periods == 0)).all()
    touched = d["U.h"].copy()
    touched[4:, :4] += 1.0  # from fast to slow: not heard
    close(play("clockwork-rnn", {**d, "T.h": periods, "U.h": touched}, xs)[0], ys)


@check("lmu", "numbers", "scipy's zero-order hold of the Legendre delay; elman on input and memory")
def lmu() -> None:
    order, theta = 6, 12.0
    d, xs = draw("lmu", order=order), sequence()
    q = np.arange(order)
    A = np.array([[(2 * i + 1) / theta * (-1.0 if i < j else (-1.0) ** (i - j + 1)) for j in q] for i in q])
    B = np.array([[(2 * i + 1) / theta * (-1.0) ** i] for i in q])
    held = scipy.signal.cont2discrete((A, B, np.eye(order), np.zeros((order, 1))), 1.0, method="zoh")

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        h, m = state
        m = held[0] @ m + held[1][:, 0] * (d["e.x"] @ x + d["e.h"] @ h + d["e.m"] @ m)
        letters = {"W.h": np.hstack([d["W.x"], d["W.m"]]), "U.h": d["W.h"], "b.h": NONE}
        return play("elman", letters, np.concatenate([x, m])[None], (h,))[0][0]

    steps_agree("lmu", d, xs, step, order=order, theta=theta)
    wave = np.sin(np.arange(60) / 6.0)[:, None]
    letters = {**draw("lmu", 1, order=order), "e.x": np.ones(1), "e.h": NONE, "e.m": np.zeros(order)}
    _, (_, m) = play("lmu", letters, wave, order=order, theta=theta)
    late = sum(m[k] * scipy.special.eval_legendre(k, 1.0) for k in range(order))
    close(late, np.sin((59 + 0.5 - theta) / 6.0), 0.02)  # the window's far end is the input theta steps ago


@check("lrn", "identity", "tanh of atr whose recurrent matrix is the identity")
def lrn() -> None:
    d, xs = draw("lrn"), sequence()
    same = {"W.q": d["W.q"], "W.k": d["W.q"], "W.v": d["W.q"], "b.q": NONE, "b.k": NONE, "b.v": NONE}
    twin = {"W.h": d["W.q"], "U.h": np.eye(6)}
    steps_agree("lrn", same, xs, lambda x, s: np.tanh(play("atr", twin, x[None], tuple(s))[0][0]))
    shut = {**d, "W.k": 0 * d["W.k"], "b.k": NONE + SHUT}
    steps_agree("lrn", shut, xs, lambda x, s: np.tanh(logistic(d["W.q"] @ x + d["b.q"] - s[0]) * s[0]))


@check("esn", "identity", "fastrnn whose two numbers sum to one")
def esn() -> None:
    d, xs = draw("esn"), sequence()
    letters = {**d, "U.h": 0.9 * d["U.h"], "s.alpha": np.log(0.3 / 0.7), "s.beta": np.log(0.7 / 0.3)}
    close(play("esn", d, xs)[0], play("fastrnn", letters, xs)[0])


@check("delta-rnn", "identity", "tanh of mi-rnn where r is shut; tanh of ugrnn where the product of both has no weight")
def delta_rnn() -> None:
    d, xs = draw("delta-rnn"), sequence()
    shut = {**d, "b.r": NONE - 200}
    letters = {"W.h": d["W.h"], "U.h": d["V.h"], "b.h": d["b.z"], **{k: d[k] for k in ("a.pq", "a.p", "a.q")}}
    steps_agree("delta-rnn", shut, xs, lambda x, s: np.tanh(play("mi-rnn", letters, x[None], tuple(s))[0][0]))
    plain = {**d, "a.pq": NONE, "a.p": NONE + 1, "a.q": NONE + 1}
    gated = {"W.c": d["W.h"], "U.c": d["V.h"], "b.c": d["b.z"], "W.g": d["W.h"], "U.g": ZERO, "b.g": d["b.r"]}
    steps_agree("delta-rnn", plain, xs, lambda x, s: np.tanh(play("ugrnn", gated, x[None], tuple(s))[0][0]))


@check("fast-weights", "numbers", "attention to past states with a decay, and torch's layer norm")
def fast_weights() -> None:
    d, xs = draw("fast-weights"), sequence()
    past: list[np.ndarray] = []

    def step(x: np.ndarray, state: list[np.ndarray]) -> np.ndarray:
        past.append(state[0])
        z = d["W.h"] @ state[0] + d["C.h"] @ x + d["b.z"]
        h = np.maximum(z, 0)
        for _ in range(2):
            heard = sum(0.5 * 0.95 ** (len(past) - 1 - t) * p * (p @ h) for t, p in enumerate(past))
            normed = torch.nn.functional.layer_norm(torch.as_tensor(z + heard), (6,))
            h = np.maximum(d["a.h"] * normed.numpy() + d["b.h"], 0)
        return h

    steps_agree("fast-weights", d, xs, step, inner=2)


@check("ct-rnn", "identity", "elman-logistic in one step as long as the time constant; scipy's solver in short ones")
def ct_rnn() -> None:
    d, xs = draw("ct-rnn"), sequence()
    letters = {"W.h": d["W.u"], "U.h": d["U.u"], "b.h": d["b.u"]}
    ours, _ = play("ct-rnn", {**d, "t.u": NONE}, xs, inputs={"elapsed": np.ones(5)}, steps=1)
    close(ours, play("elman-logistic", letters, xs, (NONE + 0.5,))[0])

    def flow(_: float, u: np.ndarray) -> np.ndarray:
        return -u / np.exp(d["t.u"]) + d["U.u"] @ logistic(u) + d["W.u"] @ xs[0] + d["b.u"]

    assert_first_order("ct-rnn", d, xs[:1], flow, logistic)


def assert_first_order(name, letters, x, flow, read, start=NONE) -> None:
    """Euler steps come to the solver's solution, and four times as many come four times as near."""
    exact = scipy.integrate.solve_ivp(flow, (0, 0.8), start, rtol=1e-10, atol=1e-12).y[:, -1]
    wrong = []
    for steps in (16, 64):
        ours, _ = play(name, letters, x, (start,), {"elapsed": np.array([0.8])}, steps=steps)
        wrong.append(np.abs(ours[0] - read(exact)).max())
    assert wrong[0] < 0.05, wrong
    assert 3.4 < wrong[0] / wrong[1] < 4.6, wrong


@check("ode-rnn", "identity", "gru-reset-before where no time passes; scipy's solver between observations")
def ode_rnn() -> None:
    d, xs = draw("ode-rnn"), sequence()
    ours, _ = play("ode-rnn", d, xs, inputs={"elapsed": np.zeros(5)})
    close(ours, play("gru-reset-before", d, xs)[0])

    def flow(_: float, h: np.ndarray) -> np.ndarray:
        return d["F.2"] @ np.tanh(d["F.1"] @ h + d["a.1"]) + d["a.2"]

    start = np.linspace(-1, 1, 6)
    assert_first_order("ode-rnn", d, xs[:1], flow, lambda h: play("gru-reset-before", d, xs[:1], (h,))[0][0], start)


@check("ltc", "numbers", "scipy's solver of the paper's equation; its fixed point")
def ltc() -> None:
    d, xs = draw("ltc"), sequence()

    def flow(_: float, h: np.ndarray) -> np.ndarray:
        f = logistic(d["R.h"] @ h + d["G.h"] @ xs[0] + d["m.h"])
        return -(np.exp(-d["t.h"]) + f) * h + f * d["A.h"]

    assert_first_order("ltc", d, xs[:1], flow, lambda h: h, np.linspace(-1, 1, 6))
    f = logistic(d["m.h"])
    still = f * d["A.h"] / (np.exp(-d["t.h"]) + f)
    ys, _ = play("ltc", {**d, "R.h": ZERO, "G.h": 0 * d["G.h"]}, xs, (still,), {"elapsed": np.ones(5)})
    close(ys, np.tile(still, (5, 1)))


@check(
    "cfc", "identity", "two substeps of elman where the time gate is shut or open; between, its logit is linear in time"
)
def cfc() -> None:
    d, xs = draw("cfc", units=6), sequence(steps=1)
    start = (np.linspace(-1, 1, 6),)

    def mixed(elapsed: float, **gate: float) -> np.ndarray:
        letters = {**d, **{k: NONE + v for k, v in gate.items()}}
        if gate:
            letters |= {"F.a": ZERO, "F.b": ZERO, "b.a": NONE}
        return play("cfc", letters, xs, start, {"elapsed": np.array([elapsed])}, units=6)[0][0]

    ends = {}
    for head, bias, gate in (("G", "b.g", SHUT), ("H", "b.n", OPEN)):
        letters = {
            "W.h": 0.666 * d["B.x"],
            "U.h": 0.666 * d["B.h"],
            "b.h": 0.666 * d["b.z"],
        }
        z = play("elman", letters, xs, start)[0]
        ends[head] = play("elman", {"W.h": 1.7159 * d[f"{head}.h"], "U.h": ZERO, "b.h": d[bias]}, z)[0][0]
        close(mixed(1.0, **{"b.b": gate}), ends[head])
    share = [(mixed(t) - ends["G"]) / (ends["H"] - ends["G"]) for t in (0.0, 1.0, 2.0)]
    logits = [np.log(s / (1 - s)) for s in share]
    close(logits[2] - logits[1], logits[1] - logits[0], 1e-9)
