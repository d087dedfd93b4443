"""Vanishing and exploding gradients: at the start, after training, and as the longest lag that is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from carrousel.engine import Start
from carrousel.inspection import Curve
from carrousel.inspection.bounds import DEFINITION as BOUNDS
from carrousel.inspection.curves import DEFINITION as HORIZONS
from carrousel.lab.claim import Claim
from carrousel.lab.cliff import descend
from carrousel.lab.gradient_gains import LAGS, MATRICES, PLAIN, Gain, gated_gain, kept_cell, plain_gain, radius_gain
from carrousel.lab.lags_learned import NETWORKS, Tried, flow_of, largest_lag, try_lag, try_radius
from carrousel.lab.report import Finding, Part, Report, Verdict
from carrousel.lab.vanishing_parts import (
    cliff_parts,
    flow_plot,
    forget_table,
    gain_table,
    horizon_table,
    trained_plot,
    trained_table,
    tried_table,
)
from carrousel.lab.workbench import Workbench
from carrousel.pages import Curves

GATED: Final[Mapping[str, tuple[str, str, Start | None]]] = {
    "LSTM, forget bias 0": ("lstm", "c", Start(keep_bias=0.0)),
    "LSTM, forget bias 1": ("lstm", "c", Start(keep_bias=1.0)),
    "LSTM, forget bias 3": ("lstm", "c", Start(keep_bias=3.0)),
    "LSTM, forget bias 5": ("lstm", "c", Start(keep_bias=5.0)),
    "LSTM, chrono start for 100": ("lstm", "c", Start(chrono=100.0)),
    "GRU": ("gru", "h", None),
}
"""Gated networks by how they begin: the cell, the state that is followed, the start."""
PLAIN_START, LSTM_START = ("tanh", "uniform in ±1/√n"), "LSTM, chrono start for 100"
"""What stands for «vanilla RNN» and «LSTM» in the notes' sentence, as they start."""
FAR: Final = 200
"""Steps over which gated networks are followed."""
RADII: Final = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)


def _run(bench: Workbench) -> Report:
    seeds = range(bench.pick(5, 1))
    cases = bench.pick(
        [(units, matrix) for units in PLAIN for matrix in MATRICES],
        [PLAIN_START, ("tanh", "normal, deviation 2/√n")],
    )
    gains = [plain_gain(*case, seeds=seeds) for case in bench.each(cases, "plain network")]
    far, names = bench.pick(FAR, 60), bench.pick(list(GATED), [LSTM_START])
    gated = {}
    for name in bench.each(names, "gated network"):
        cell, state, start = GATED[name]
        gated[name] = gated_gain(cell, state, start=start, seeds=seeds, lags=far)
    same, kept = kept_cell(steps=bench.pick(1000, 60), open_at=100.0)
    findings = [*_at_start(gains, gated), _carrousel(same, kept), _clipped_descents(bench)]
    parts: list[Part] = [
        BOUNDS + ".",
        gain_table(gains),
        HORIZONS + ".",
        horizon_table(gains, gated),
        flow_plot(gains, gated),
    ]
    figures: dict[str, Any] = {
        "plain": {f"{g.units}, {g.matrix}": {**g.curve.as_json(), "norm": g.norm, "tau": g.tau} for g in gains},
        "gated": {name: curve.as_json() for name, curve in gated.items()},
    }
    if bench.scale == "full":
        parts.append(_radii(bench))
    parts += [forget_table(), *cliff_parts()]
    tried, trained = _learn(bench)
    findings += _lags(tried)
    parts.append(tried_table(tried, "Largest lags: sequences until solved"))
    figures["lags"] = {name: largest_lag(of) for name, of in tried.items()}
    if trained:
        parts += [trained_table(trained), trained_plot(trained)]
        figures["after training"] = {name: curve.as_json() for name, curve in trained.items()}
    clips = _clips(bench)
    findings += _clipping(clips)
    parts.append(
        tried_table({"": clips}, "A tanh RNN by gradient descent, rate 0.5: spectral radius at the start and clipping")
    )
    return Report(findings=findings, parts=parts, figures=figures)


def _at_start(gains: Sequence[Gain], gated: Mapping[str, Curve]) -> list[Finding]:
    found = {(g.units, g.matrix): g for g in gains}
    over = max(float((g.curve.mean - np.log(g.norm) * g.curve.lags).max()) for g in gains)
    told = ", ".join(f"{g.units} {g.matrix}: {g.curve.gamma:.2f}" for g in gains if "normal" in g.matrix)
    small, large = found[PLAIN_START], found["tanh", "normal, deviation 2/√n"]
    vanishes, explodes = small.curve.gamma < 1, large.size(LAGS[-1]) > 10
    ours = {name: curve.horizon(0.01) for name, curve in {"RNN": small.curve, "LSTM": gated[LSTM_START]}.items()}
    rnn, lstm = ours["RNN"][0], ours["LSTM"][0]
    return [
        Finding(
            what="factor a step by the size of the weights, plain networks as they start",
            ours=f"{small.units} {small.matrix}: {small.curve.gamma:.2f}; {told}",
            published="gradients vanish or explode with the size of the weights",
            verdict="agrees" if vanishes and explodes else "disagrees",
        ),
        Finding(
            what="the bound: largest slope times largest singular value, to the power of the lag",
            ours="never passed" if over <= 1e-4 else f"passed by a factor of {np.exp(over):.2g}",
            published="an upper bound",
            verdict="agrees" if over <= 1e-4 else "disagrees",
        ),
        Finding(
            what="steps over which 1% of a gradient is left, as training begins",
            ours=f"tanh RNN {rnn} ({small.matrix}), LSTM {lstm}{'' if ours['LSTM'][1] else ' or more'} (chrono start)",
            published="about 100 time steps rather than about 7",
            verdict="agrees" if 3 <= rnn <= 14 and lstm >= 50 else "in part" if lstm > 3 * rnn else "disagrees",
            because="the notes give no definition; with a forget bias of 0 or 1 an LSTM starts far below 100",
        ),
    ]


def _carrousel(same: bool, kept: Curve) -> Finding:  # noqa: FBT001 - what was found
    steps, left = int(kept.lags[-1]), float(np.exp(kept.mean[-1]))
    return Finding(
        what=f"an LSTM with f = 1 and i = 0 over {steps:,} steps of random input",
        ours=f"the cell is {'the same bit for bit' if same else 'another one'}, its derivative {left:.7g}",
        published="kept indefinitely",
        verdict="agrees" if same and abs(left - 1) < 1e-6 else "disagrees",
        because="biases of 100 and -100: the gates saturate, and their slopes are 0 in floating point",
    )


def _clipped_descents(bench: Workbench) -> Finding:
    """Descents from a grid of weights about the cliff."""
    step = bench.pick(0.25, 1.0)
    places = [(w, b) for w in np.arange(4.5, 8, step) for b in np.arange(-4, -1, step)]
    shares = {}
    for clip in (0.0, 0.1):
        ends = [descend(w=w, b=b, rate=rate, updates=300, clip=clip) for w, b in places for rate in (0.1, 0.5, 1.0)]
        shares[clip] = float(np.mean([end.errors.min() < 1e-2 and end.errors[-1] < 1e-2 for end in ends]))
    return Finding(
        what=f"one unit over 50 steps: share of {3 * len(places)} descents that end with an error below 0.01",
        ours=f"{shares[0.1]:.0%} with the gradient clipped at 0.1, {shares[0.0]:.0%} without",
        published="clipping keeps descent from being thrown off a cliff",
        verdict="agrees" if shares[0.1] > shares[0.0] + 0.1 else "disagrees",
    )


def _learn(bench: Workbench) -> tuple[dict[str, list[Tried]], dict[str, Curve]]:
    """Lags one after the other, until no seed learns one or two in a row fail; and the flow in what was learned."""
    lags = bench.pick((10, 20, 50, 100, 200), (20,))
    names = bench.pick(list(NETWORKS), ["tanh RNN, uniform in ±1/√n", "LSTM, chrono"])
    how: dict[str, int] = bench.pick({"budget": 16_000}, {"budget": 4_800, "units": 16})
    tried: dict[str, list[Tried]] = {}
    trained: dict[str, Curve] = {}
    for name in names:
        tried[name] = []
        for lag in bench.each(lags, f"{name}, lag"):
            one, runs = try_lag(bench, name, lag, **how)
            tried[name].append(one)
            good = [run for run in runs if run.solved]
            if good and lag >= 20 and bench.scale == "full":
                layer = good[0].network.layers[0]
                trained[f"{name}, lag {lag}"] = flow_of(layer, lag, state="c" if "LSTM" in name else "h")
            if not one.solved or (len(tried[name]) > 1 and not any(t.learned for t in tried[name][-2:])):
                break
    return tried, trained


def _lags(tried: Mapping[str, list[Tried]]) -> list[Finding]:
    most = {name: largest_lag(of) for name, of in tried.items()}
    plain = max(lag for name, lag in most.items() if "RNN" in name)
    gated = max(lag for name, lag in most.items() if "RNN" not in name)
    of = len(next(iter(tried.values()))[0].sequences)
    right: Verdict = "agrees" if gated >= 100 and plain <= 14 else "in part" if gated > plain else "disagrees"
    return [
        Finding(
            what=f"largest lag that most of {of} seeds learn from the same number of sequences",
            ours="; ".join(f"{name}: {lag or 'none'}" for name, lag in most.items()),
            published="about 100 time steps rather than about 7",
            verdict=right,
            because="Adam, clipping, an orthogonal start and the loss on the last step alone help a plain network too; "
            "what decides for an LSTM is where its forget gate starts",
        )
    ]


def _clips(bench: Workbench) -> list[Tried]:
    radii, lag = bench.pick((0.5, 1.0, 1.5, 2.0), ()), 20
    places = [(radius, clip) for radius in radii for clip in (0.0, 1.0)]
    return [
        try_radius(bench, radius, lag, clip=clip, rate=0.5, budget=16_000)
        for radius, clip in bench.each(places, "spectral radius and clip")
    ]


def _clipping(clips: Sequence[Tried]) -> list[Finding]:
    if not clips:
        return []
    without, clipped = (sum(t.solved for t in clips[k::2]) for k in (0, 1))
    runs = sum(len(t.sequences) for t in clips[::2])
    return [
        Finding(
            what="a tanh RNN on lag 20 by gradient descent from four spectral radii, runs that learn it",
            ours=f"{clipped} of {runs} with the gradient clipped at norm 1, {without} of {runs} without",
            published="norm clipping makes training possible where gradients explode",
            verdict="agrees" if clipped > without else "disagrees",
        )
    ]


def _radii(bench: Workbench) -> Curves:
    curves = {
        units: [(radius, radius_gain(units, radius, seeds=range(2)).gamma) for radius in RADII]
        for units in bench.each(list(PLAIN), "weight scaling")
    }
    title = "Weight scaling: factor a step by the spectral radius of the recurrent matrix"
    return Curves(title=title, x="spectral radius", y="factor a step", curves=curves)


CLAIM = Claim(
    name="vanishing-gradient",
    title="Gradients vanish or explode through time, and an LSTM's reach further than a plain network's",
    source="Lecture notes on RNN and LSTM (Kim; NLP-DL 2021); Hochreiter & Schmidhuber 1997, section 3.1; Pascanu, "
    "Mikolov & Bengio 2013, sections 2 and 3",
    says="A gradient is multiplied at every step back by a matrix and a slope, so it shrinks or grows exponentially "
    "with the size of the weights. LSTMs preserve information over about 100 time steps rather than about 7. Clipping "
    "the norm of the gradient helps where it explodes; a cell with f = 1 and i = 0 is kept indefinitely.",
    protocol="Chains of Jacobians in plain networks by how their recurrent matrix is drawn, and in gated ones by their "
    "biases; the same after training. The notes' sequences A X…X A and B X…X B at one lag after the other, loss on the "
    "last step, Adam 0.005, batch 32, clip 1, 16,000 sequences at most, solved when 1,920 in a row are right. Gradient "
    "descent from four spectral radii with and without clipping. One unit over 50 steps, descended from a grid "
    "of weights.",
    run=_run,
    minutes=10,
)
