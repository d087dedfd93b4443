"""The experiments of 1997: the paper's nets by their weights, and each claim in a small form that can fail."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from carrousel.lab import find_claim
from carrousel.lab.hochreiter.claims import report
from carrousel.lab.hochreiter.experiment import Outcome, network_of
from carrousel.lab.hochreiter.table import (
    embedded_reber,
    legal_on_top,
    long_distractors,
    marked_pairs,
    temporal_order,
    two_classes,
    two_sequences,
)
from carrousel.lab.workbench import Workbench

EXPERIMENTS = [
    embedded_reber(blocks=3, limit=1, published=8_440),
    embedded_reber(blocks=4, limit=1, published=9_500),
    two_sequences("fixed", limit=1, published=5_040),
    two_sequences("random", limit=1, published=5_680),
    long_distractors(limit=1, published=30_000),
    two_classes("3a", limit=1, published=39_850, wrong=0.0),
    marked_pairs("add", limit=1, published=74_000),
    marked_pairs("multiply", limit=1, published=1_273_000),
    temporal_order(2, limit=1, published=31_390),
    temporal_order(3, limit=1, published=571_100),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_a_net_has_as_many_weights_as_the_paper_counts(experiment) -> None:
    task, _ = experiment.tasks(1)
    network = eqx.filter_eval_shape(lambda: network_of(experiment, task, key=jax.random.key(1)))
    unread = {"none": "iog", "gates": "g"}.get(experiment.biased, "")
    silent = sum(array.size for letter, array in network.layers[0].letters.get("b", {}).items() if letter in unread)
    leaves = [leaf for leaf in jax.tree.leaves(network) if isinstance(leaf, jax.ShapeDtypeStruct)]
    assert sum(leaf.size for leaf in leaves) - silent == experiment.weights


def test_a_net_starts_as_the_paper_says() -> None:
    experiment = two_classes("3a", limit=1)
    network = network_of(experiment, experiment.tasks(1)[0], key=jax.random.key(1))
    letters = network.layers[0].letters
    assert letters["b"]["i"].tolist() == [-1, -3, -5]
    assert letters["b"]["o"].tolist() == [-2, -4, -6]
    assert network.bias is None
    drawn = [letters["U"]["g"], letters["R"]["o"], letters["b"]["g"], network.readout]
    assert all(0.01 < float(jnp.abs(array).max()) <= 0.1 for array in drawn)


def test_a_string_is_right_when_what_may_come_is_on_top_at_every_step_that_counts() -> None:
    answers = jnp.array([[[0.9, 0.8, 0.1]], [[0.2, 0.7, 0.3]]])
    batch = {"targets": jnp.array([[[1.0, 1, 0]], [[0, 0, 1.0]]]), "weights": jnp.array([[1.0], [1.0]])}
    assert legal_on_top(answers, batch).tolist() == [False]
    assert legal_on_top(answers, {**batch, "weights": jnp.array([[1.0], [0.0]])}).tolist() == [True]
    classes = {"targets": jnp.array([[0], [1]]), "weights": jnp.ones((2, 1))}
    assert legal_on_top(answers, classes).tolist() == [True]


def outcome(sequences, *, solved=True, accuracy=1.0):
    return Outcome(solved=solved, sequences=sequences, checks=[], fresh={"accuracy": accuracy, "error": 0.0})


@pytest.mark.parametrize(
    ("sequences", "given_up", "verdict", "says"),
    [
        ([10_000, 30_000, 50_000], 0, "agrees", "median of all 3 seeds 30,000"),
        (
            [10_000, 130_000, 150_000],
            0,
            "disagrees",
            "after 10,000 to 150,000 sequences; median of all 3 seeds 130,000",
        ),
        (
            [10_000, 30_000],
            1,
            "in part",
            "2 of 3 solved, after 10,000 to 30,000 sequences; median of all 3 seeds 30,000",
        ),
        ([10_000], 2, "disagrees", "1 of 3 solved, after 10,000 to 10,000 sequences; given up after 100,000"),
    ],
)
def test_the_median_of_all_seeds_decides_and_one_given_up_is_told(sequences, given_up, verdict, says) -> None:
    experiment = two_classes("3a", limit=100_000, published=39_850)
    found = [outcome(n) for n in sequences] + [outcome(100_000, solved=False, accuracy=0.5)] * given_up
    made = report([experiment], [found], range(1, 4)).findings[0]
    assert made.verdict == verdict
    assert says in made.ours


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("hochreiter-1", 0.25),
        ("hochreiter-2", 0.01),
        ("hochreiter-3", 0.06),
        ("hochreiter-3c", 0.06),
        ("hochreiter-4-5", 0.1),
        ("hochreiter-6", 0.1),
        ("hochreiter-6b", 0.15),
    ],
)
def test_a_claim_in_its_small_form_learns(name, error, tmp_path) -> None:
    """By chance the mean error is above 0.4, for 4-5 about 0.17."""
    report = find_claim(name).run(Workbench(folder=tmp_path, seeds=(1,), scale="reduced"))
    for run in report.figures["runs"]:
        assert run["mean error on them"] < error
    assert {finding.verdict for finding in report.findings} == {"no figure"}
