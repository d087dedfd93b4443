"""Steps that a mask leaves out might as well not be there, however a loop runs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.layers import Recurrent

TIME, SIZE = 6, 4
XS = jax.random.normal(jax.random.key(1), (TIME, 2, SIZE))
KEPT = jnp.array([[True, False], [False, True], [True, True], [False, False], [True, True], [False, True]])
RESETS = jnp.zeros((TIME, 2), bool).at[3, 0].set(True).at[2, 1].set(True)
MOVED = jnp.zeros((TIME, 2), bool).at[4, 0].set(True).at[2, 1].set(True)
"""The same, made at the next step that is there."""


@pytest.mark.parametrize(
    ("cell", "scan", "reverse"),
    [
        ("elman", "auto", True),
        ("qrnn-fo", "auto", False),
        ("min-gru", "parallel", False),
        ("matrix-lstm-sigmoid", "auto", False),
    ],
)
def test_a_masked_sequence_is_the_one_without_the_masked_steps(cell, scan, reverse):
    layer = Recurrent(cell, inputs=SIZE, hidden=SIZE, key=jax.random.key(0))
    spoiled = jnp.where(KEPT[..., None], XS, jnp.nan)
    resets = RESETS[::-1] if reverse else RESETS
    kept, xs = (a[::-1] if reverse else a for a in (KEPT, spoiled))

    @jax.jit
    def both():
        alone = []
        for b in range(2):
            chosen = np.flatnonzero(np.asarray(KEPT)[:, b])
            alone.append(layer(XS[chosen, b : b + 1], resets=MOVED[chosen, b : b + 1], scan=scan))
        return layer(xs, mask=kept, resets=resets, reverse=reverse, scan=scan), alone

    (ys, state), alone = both()
    ys = ys[::-1] if reverse else ys
    for b, (wanted, last) in enumerate(alone):
        np.testing.assert_allclose(ys[KEPT[:, b], b], wanted[:, 0], atol=1e-6)
        assert not ys[~KEPT[:, b], b].any()
        jax.tree.map(lambda a, w, b=b: np.testing.assert_allclose(a[b], w[0], atol=1e-6), state, last)
