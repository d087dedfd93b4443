"""Mistakes that other libraries ship, each against the paper's equation in plain numpy."""

import numpy as np

from tests.needed import needed
from tests.oracles.registry import close, draw, logistic, play, sequence

START = np.linspace(-1, 1, 6)
OTHER = np.linspace(2, -1, 6)


def layer_norm(v):
    return (v - v.mean()) / np.sqrt(v.var() + 1e-5)


def gate(d, x, h, letter):
    return d[f"W.{letter}"] @ x + d[f"U.{letter}"] @ h + d[f"b.{letter}"]


def test_lem_computes_y_from_the_new_z():
    d, (x,) = draw("lem"), sequence(steps=1)
    y, z = START, OTHER
    dt, dt_bar = (logistic(d[f"W.{k}"] @ y + d[f"V.{k}"] @ x + d[f"b.{k}"]) for k in (1, 2))
    new_z = (1 - dt) * z + dt * np.tanh(d["W.z"] @ y + d["V.z"] @ x + d["b.z"])
    new_y, wrong = ((1 - dt_bar) * y + dt_bar * np.tanh(d["W.y"] @ v + d["V.y"] @ x + d["b.y"]) for v in (new_z, z))
    _, ours = play("lem", d, x[None], (y, z))
    close(ours, [new_y, new_z])
    assert np.abs(ours[0] - wrong).max() > 0.01


def test_torchrecurrent_computes_lem_from_the_old_z():
    torch = needed("torch")
    peers = needed("torchrecurrent")
    d, (x,) = draw("lem"), sequence(steps=1)
    cell = peers.LEMCell(4, 6, dt=1.0, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_ih.copy_(torch.as_tensor(np.concatenate([d["V.2"], d["V.1"], d["V.z"], d["V.y"]])))
        cell.weight_hh.copy_(torch.as_tensor(np.concatenate([d["W.2"], d["W.1"], d["W.z"]])))
        cell.weight_ch.copy_(torch.as_tensor(d["W.y"]))
        cell.bias_ih.copy_(torch.as_tensor(np.concatenate([d["b.2"], d["b.1"], d["b.z"], d["b.y"]])))
        y, z = (v.numpy() for v in cell(torch.as_tensor(x), (torch.as_tensor(START), torch.as_tensor(OTHER))))
    ours = play("lem", d, x[None], (START, OTHER))[1]
    close(ours[1], z)
    assert np.abs(ours[0] - y).max() > 0.01


def test_mgu_keeps_what_its_gate_does_not_take():
    d, (x,) = draw("mgu"), sequence(steps=1)
    f = logistic(gate(d, x, START, "f"))
    n = np.tanh(d["W.h"] @ x + d["U.h"] @ (f * START) + d["b.h"])
    ours = play("mgu", d, x[None], (START,))[0][0]
    close(ours, (1 - f) * START + f * n)
    assert np.abs(ours - (f * START + (1 - f) * n)).max() > 0.01


def test_the_output_gate_of_the_peephole_lstm_sees_the_new_cell():
    d, (x,) = draw("peephole-lstm"), sequence(steps=1)
    h, c = START, OTHER
    i, f = (logistic(gate(d, x, h, k) + d[f"p.{k}"] * c) for k in "if")
    new = f * c + i * np.tanh(gate(d, x, h, "g"))
    right, wrong = (logistic(gate(d, x, h, "o") + d["p.o"] * seen) * np.tanh(new) for seen in (new, c))
    ours = play("peephole-lstm", d, x[None], (h, c))[0][0]
    close(ours, right)
    assert np.abs(ours - wrong).max() > 0.01


def test_the_light_gru_normalises_its_input_products():
    d, (x,) = draw("li-gru"), sequence(steps=1)
    z, n = (d[f"a.{g}"] * layer_norm(d[f"W.{g}"] @ x) + d[f"b.{g}"] + d[f"U.{g}"] @ START for g in "zh")
    ours = play("li-gru", d, x[None], (START,))[0][0]
    close(ours, logistic(z) * START + (1 - logistic(z)) * np.maximum(n, 0))
    close(play("li-gru", d, 1000 * x[None], (START,))[0][0], ours, 1e-4)  # the input's scale does not matter


def test_mut_3_squashes_the_state_that_its_update_gate_sees():
    d, (x,) = draw("mut-3"), sequence(steps=1)
    h = 3 * START
    r = logistic(d["W.xr"] @ x + d["W.hr"] @ h + d["b.r"])
    n = np.tanh(d["W.hh"] @ (r * h) + d["W.xh"] @ x + d["b.h"])
    right, wrong = (logistic(d["W.xz"] @ x + d["W.hz"] @ seen + d["b.z"]) for seen in (np.tanh(h), h))
    ours = play("mut-3", d, x[None], (h,))[0][0]
    close(ours, n * right + h * (1 - right))
    assert np.abs(ours - (n * wrong + h * (1 - wrong))).max() > 0.01


def test_the_fourth_leaf_of_the_nas_cell_multiplies():
    d, (x,) = draw("nas"), sequence(steps=1)
    h, c = START, OTHER
    put, heard = [d[f"W.{k}"] @ x for k in range(8)], [d[f"U.{k}"] @ h + d[f"b.{k}"] for k in range(8)]

    def cell(fourth):
        leaves = [
            logistic(put[0] + heard[0]),
            np.maximum(put[1] + heard[1], 0),
            logistic(put[2] + heard[2]),
            np.maximum(fourth, 0),
            np.tanh(put[4] + heard[4]),
            logistic(put[5] + heard[5]),
            np.tanh(put[6] + heard[6]),
            logistic(put[7] + heard[7]),
        ]
        new = np.tanh(np.tanh(leaves[0] * leaves[1]) + c) * np.tanh(leaves[2] + leaves[3])
        return np.tanh(new * np.tanh(np.tanh(leaves[4] * leaves[5]) + logistic(leaves[6] + leaves[7])))

    ours = play("nas", d, x[None], (h, c))[0][0]
    close(ours, cell(put[3] * heard[3]))
    assert np.abs(ours - cell(put[3] + heard[3])).max() > 0.01
