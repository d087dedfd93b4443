import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from carrousel.engine import Start
from carrousel.layers import Bidirectional, Recurrent, Stack

TIME, INPUTS = 5, 3
LENGTHS = (5, 2, 0)
KEYS = jax.random.split(jax.random.key(0), 3)


run = eqx.filter_jit(lambda layer, xs: layer(xs))


def make(inputs=INPUTS):
    how = {"inputs": inputs, "hidden": 2, "start": Start(scale=0.5)}
    return Bidirectional(Recurrent("lstm", key=KEYS[0], **how), Recurrent("lstm", key=KEYS[1], **how))


def test_each_sequence_is_read_from_both_ends_of_its_own():
    layer = make()
    xs = jax.random.normal(KEYS[2], (TIME, len(LENGTHS), INPUTS))
    padding = np.arange(TIME)[:, None] >= np.array(LENGTHS)
    ys, (first, second) = jax.jit(lambda xs: layer(xs, lengths=jnp.array(LENGTHS)))(
        jnp.where(padding[..., None], jnp.nan, xs)
    )
    assert ys.shape == (TIME, len(LENGTHS), layer.outputs) == (TIME, 3, 4)
    for place, length in enumerate(LENGTHS):
        one = xs[:length, place : place + 1]
        ahead, end = run(layer.forward, one)
        behind, begin = run(layer.backward, one[::-1])
        wanted = np.concatenate([ahead, behind[::-1]], axis=-1)[:, 0]
        np.testing.assert_allclose(ys[:length, place], wanted, atol=1e-6)
        assert not np.asarray(ys)[length:, place].any()
        for found, wanted in zip((*first, *second), (*end, *begin), strict=True):
            np.testing.assert_allclose(found[place], wanted[0], atol=1e-6)


def test_it_stands_in_a_stack():
    layer = make()
    top = make(layer.outputs).forward
    xs = jax.random.normal(KEYS[2], (TIME, 1, INPUTS))
    ys, _ = run(Stack([layer, top]), xs)
    np.testing.assert_allclose(ys, run(top, run(layer, xs)[0])[0], atol=1e-6)


def test_a_step_that_is_masked_is_as_if_it_were_not_there():
    stack = Stack([make(), make(4).forward])
    xs = jax.random.normal(KEYS[2], (TIME, 1, INPUTS))
    mask = jnp.array([True, False, True, True, False])[:, None]
    ys, state = eqx.filter_jit(lambda xs, mask: stack(xs, mask=mask))(xs, mask)
    wanted, end = run(stack, xs[mask[:, 0]])
    np.testing.assert_allclose(ys[mask[:, 0]], wanted, atol=1e-6)
    assert not np.asarray(ys)[~mask[:, 0]].any()
    for found, last in zip(jax.tree.leaves(state), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(found, last, atol=1e-6)
