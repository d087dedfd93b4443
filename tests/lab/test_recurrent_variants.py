"""Claims on phases, skips, directions and parts of the LSTM in their reduced forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.lab import find_claim
from carrousel.lab.skip_networks import run_skipping
from carrousel.lab.skip_rnn import Size, skip_plan
from carrousel.lab.variants import BUDGET, TASKS, findings_of, fitted, ranks, worse
from carrousel.lab.workbench import Workbench
from carrousel.models import SequenceModel, trained_numbers
from carrousel.text.tasks import Surrounded
from carrousel.training.task_objectives import run_network


def reduced(name, folder):
    return find_claim(name).run(Workbench(folder=folder, seeds=(1,), scale="reduced"))


def test_two_directions_know_what_one_cannot(tmp_path):
    report = reduced("bidirectional", tmp_path)
    assert report.verdict == "agrees"
    one, two = (of[0] for of in report.figures["bits"].values())
    assert one > 0.95
    assert two < 0.1


def test_tags_are_the_symbols_before_and_after_and_may_come_late():
    for delay in (0, 2):
        drawn = Surrounded(length=12, reach=2, delay=delay).draw(np.random.default_rng(0), 5)
        for step in range(12):
            at = step - delay
            if drawn.weights[step, 0]:
                assert (drawn.targets[step] == 2 * drawn.inputs[at - 2] + drawn.inputs[at + 2]).all()
        assert drawn.weights[:, 0].sum() == 8 - (delay > 2)
    with pytest.raises(SettingsError, match="length must be 7 or more"):
        Surrounded(length=6, delay=2)


def test_a_price_on_updates_lowers_their_share(tmp_path):
    report = reduced("skip-rnn", tmp_path)
    (finding,) = [f for f in report.findings if f.verdict != "no figure"]
    assert finding.verdict == "agrees"
    free, dear = (of[0]["updates"] for of in report.figures.values())
    assert dear < 0.9 * free


def test_a_skip_network_says_the_same_with_its_updates_in_sight():
    plan = skip_plan("adding", "skip-gru", 0.0, size=Size(hidden=4, updates=10), seed=1)
    drawn = plan.task.draw(np.random.default_rng(0), 3)
    batch = {"inputs": jnp.asarray(drawn.inputs), "lengths": jnp.asarray(drawn.lengths)}
    values, updates = run_skipping(plan.network, batch)
    assert np.allclose(values, run_network(plan.network, batch)[0], atol=1e-6)
    assert set(np.unique(updates)) <= {0.0, 1.0}
    assert (updates[0] == 1).all()


def test_the_phased_lstm_learns_from_irregular_samples_sooner(tmp_path):
    (finding,) = reduced("phased-lstm", tmp_path).findings
    assert finding.verdict in ("agrees", "in part")


def test_variants_share_one_budget_and_learn(tmp_path):
    report = reduced("variants", tmp_path)
    for variant, (loss,) in report.figures["losses"]["temporal order"].items():
        assert loss < 0.9 * np.log(4), variant
    for cell in ("lstm-cifg", "lstm-fgr"):
        task = TASKS["adding"][0]
        hidden, numbers = fitted(cell, task, BUDGET)
        made = [
            SequenceModel(cell, inputs=task.inputs, outputs=1, hidden=hidden + k, key=jax.random.key(0)) for k in (0, 1)
        ]
        assert trained_numbers(made[0]) == numbers <= BUDGET < trained_numbers(made[1])


def test_variants_are_ranked_and_compared_over_seeds():
    losses = {"V": [1.0, 2.0], "NP": [0.5, 3.0], "NFG": [4.0, 5.0], "NIG": [0.1, 0.2]}
    assert ranks(losses) == {"V": 2.5, "NP": 2.5, "NFG": 4.0, "NIG": 1.0}
    assert [worse(losses, v) for v in ("NP", "NFG", "NIG")] == ["alike", "worse", "better"]


def test_both_things_that_the_paper_says_of_variants_are_judged():
    losses = {"V": [1.0, 2.0], "NFG": [4.0, 5.0], "NOAF": [0.5, 0.6], "CIFG": [1.0, 1.5], "NP": [2.0, 3.0]}
    _, harm, harmless = findings_of({"adding": losses}, 2)
    assert (harm.ours, harm.verdict) == ("worse on one task at least: NFG", "in part")
    assert (harmless.ours, harmless.verdict) == ("not worse on either task: CIFG, NP", "agrees")
