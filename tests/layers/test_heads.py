"""Heads beside the plain softmax: probabilities that sum to one, losses of these, and the plain softmax within each."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.layers import AdaptiveHead, MixtureHead, SoftmaxHead

KEY = jax.random.key(5)
ROWS, BATCH, INPUTS, VOCABULARY, SIZE = 5, 2, 8, 23, 3
NEAR = 3e-6  # float32: sums of some tens of terms of order one, in another order
YS = jnp.asarray(np.random.default_rng(0).normal(size=(ROWS, BATCH, INPUTS)), jnp.float32)
TARGETS = jnp.asarray(np.random.default_rng(1).integers(0, VOCABULARY, (ROWS, BATCH)), jnp.int32)
WEIGHTS = jnp.asarray(np.random.default_rng(2).random((ROWS, BATCH)), jnp.float32)
TABLE = jnp.asarray(np.random.default_rng(3).normal(size=(VOCABULARY, SIZE)), jnp.float32)


def mixture(experts=4, **how):
    how = {"scale": 0.8, "key": KEY, **how}
    return MixtureHead(inputs=INPUTS, vocabulary=VOCABULARY, experts=experts, size=SIZE, **how)


def adaptive(cutoffs=(6, 15)):
    return AdaptiveHead(inputs=INPUTS, vocabulary=VOCABULARY, cutoffs=cutoffs, scale=0.8, key=KEY)


HEADS = {
    "mixture": (mixture(), {}),
    "tied mixture": (mixture(tied=True), {"table": TABLE}),
    "adaptive": (adaptive(), {}),
}


@pytest.fixture(scope="module", params=HEADS)
def made(request):
    return HEADS[request.param]


def taken(chances, targets):
    return jnp.take_along_axis(chances, targets[..., None], axis=-1)[..., 0]


def test_the_probabilities_of_all_words_sum_to_one(made):
    head, table = made
    chances = head.log_probabilities(YS, **table)
    assert chances.shape == (ROWS, BATCH, VOCABULARY)
    assert np.allclose(np.exp(chances).sum(axis=-1), 1, atol=NEAR)
    assert np.allclose(jax.nn.log_softmax(head.logits(YS, **table)), chances, atol=NEAR)


@pytest.mark.parametrize("memory", [1 << 28, VOCABULARY * 4])
def test_the_loss_and_its_gradient_are_those_of_the_probabilities(made, memory):
    head, table = made

    def dense(head, ys):
        return -(taken(head.log_probabilities(ys, **table), TARGETS) * WEIGHTS).sum()

    def swept(head, ys):
        return head.loss(ys, TARGETS, weights=WEIGHTS, memory=memory, **table)

    (wanted, by), (found, own) = (
        eqx.filter_jit(lambda f: jax.value_and_grad(lambda both: f(*both))((head, YS)))(f) for f in (dense, swept)
    )
    assert np.allclose(found, wanted, rtol=NEAR)
    for one, other in zip(jax.tree.leaves(by), jax.tree.leaves(own), strict=True):
        assert np.allclose(one, other, atol=NEAR)


def test_mixed_precision_is_near_and_not_equal(made):
    head, table = made
    plain, mixed = (head.losses(YS, TARGETS, precision=p, **table) for p in ("float32", "mixed"))
    assert 0 < np.abs(plain - mixed).max() < 0.05


def test_without_cutoffs_the_adaptive_softmax_is_the_plain_one():
    head = adaptive(())
    plain = eqx.tree_at(
        lambda h: (h.weight, h.bias),
        SoftmaxHead(inputs=INPUTS, vocabulary=VOCABULARY, key=KEY),
        (head.first.weight, head.first.bias),
    )
    assert np.array_equal(head.losses(YS, TARGETS), plain.losses(YS, TARGETS))
    assert np.array_equal(head.log_probabilities(YS), plain.log_probabilities(YS))


def test_a_cluster_that_no_word_came_from_is_not_looked_at():
    head = adaptive()
    broken = eqx.tree_at(lambda h: h.clusters[1].weight, head, jnp.full_like(head.clusters[1].weight, jnp.nan))
    targets = TARGETS % 15
    found, by = eqx.filter_value_and_grad(lambda h: h.loss(YS, targets))(broken)
    assert np.allclose(found, head.loss(YS, targets), rtol=NEAR)
    assert not np.asarray(by.clusters[1].weight).any()


def test_clusters_have_vectors_a_quarter_the_size_of_those_before():
    assert [down.shape for down in adaptive().down] == [(INPUTS, 2), (INPUTS, 1)]


@pytest.mark.parametrize("cutoffs", [(6, 6), (15, 6), (0,), (VOCABULARY,)])
def test_cutoffs_that_do_not_ascend_within_the_vocabulary_are_refused(cutoffs):
    with pytest.raises(SettingsError, match="cutoffs ascend between 0 and the 23 words"):
        adaptive(cutoffs)


def test_a_mixture_of_one_is_the_plain_softmax_of_what_its_expert_reads():
    head = mixture(1)
    vectors = jnp.tanh(YS @ head.weight + head.bias)
    assert np.allclose(head.losses(YS, TARGETS), head.words.losses(vectors, TARGETS), atol=NEAR)


def test_a_mixture_of_equal_experts_is_one_of_them():
    one, four = mixture(1), mixture(4)
    same = (jnp.tile(one.weight, (1, 4)), jnp.tile(one.bias, 4), one.words)
    four = eqx.tree_at(lambda h: (h.weight, h.bias, h.words), four, same)
    assert np.allclose(four.losses(YS, TARGETS), one.losses(YS, TARGETS), atol=NEAR)


def test_a_mixture_s_log_probabilities_have_a_rank_that_one_softmax_of_this_size_cannot_have():
    ys = jnp.asarray(np.random.default_rng(0).normal(size=(30, INPUTS)), jnp.float32)
    plain = SoftmaxHead(inputs=SIZE, vocabulary=VOCABULARY, scale=0.8, key=KEY)
    assert np.linalg.matrix_rank(plain.log_probabilities(ys[:, :SIZE]), tol=1e-3) <= SIZE + 2
    assert np.linalg.matrix_rank(mixture().log_probabilities(ys), tol=1e-3) > 2 * (SIZE + 2)


def test_in_training_a_key_leaves_out_what_experts_read():
    head = mixture(dropout=0.5, masks="sequence")
    with_key = [head.losses(YS, TARGETS, key=jax.random.key(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(with_key[0], with_key[1])
    assert not np.allclose(with_key[0], with_key[2])
    assert not np.allclose(with_key[0], head.losses(YS, TARGETS))
