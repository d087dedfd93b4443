"""`Recurrent`: what it refuses. What it computes is compared cell by cell in tests/conformance."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from carrousel.errors import ShapeError
from carrousel.layers import Recurrent


@pytest.mark.parametrize(("inputs", "hidden"), [(0, 3), (3, 0), (-1, 3)])
def test_a_layer_without_inputs_or_units_is_refused(inputs, hidden):
    with pytest.raises(ShapeError, match=f"got inputs={inputs} and hidden={hidden}"):
        Recurrent("elman", inputs=inputs, hidden=hidden, key=jax.random.key(0))


def test_inputs_of_another_size_are_refused():
    with pytest.raises(ShapeError, match=r"xs must be \(time, batch, inputs=3\), got \(5, 2, 4\)$"):
        Recurrent("elman", inputs=3, hidden=2, key=jax.random.key(0))(jnp.ones((5, 2, 4)))


def test_a_lacking_batch_axis_is_named_where_types_are_not_checked():
    program = (
        "import jax, jax.numpy as jnp, carrousel as cr\n"
        "cr.Recurrent('elman', inputs=3, hidden=2, key=jax.random.key(0))(jnp.ones((5, 3)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "got (5, 3); for one sequence, add the batch axis: xs[:, None]" in done.stderr
