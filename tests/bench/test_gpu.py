"""The case of the GPU: a sentence where there is none, and nothing is timed before values agree."""

import jax
import pytest

from carrousel.bench import gpu
from carrousel.cli.app import call
from carrousel.errors import CarrouselError
from carrousel.layers import Recurrent


def test_without_a_gpu_the_case_ends_with_a_sentence_and_code_1(capsys):
    assert call(["bench", "gpu"]) == 1
    assert capsys.readouterr().err.startswith(
        "carrousel: the case gpu needs a GPU that JAX sees, and it sees cpu only; "
    )


def test_a_kernel_that_gives_other_values_is_not_timed(monkeypatch):
    layer = Recurrent("indrnn", inputs=4, hidden=16, key=jax.random.key(0))
    xs = jax.random.normal(jax.random.key(1), (2, 1, 4))
    gpu.agree(layer, xs)
    derived = gpu._derived
    monkeypatch.setattr(
        gpu,
        "_derived",
        lambda layer, scan: lambda letters, xs: derived(layer, "steps")(letters, 2 * xs if scan == "kernel" else xs),
    )
    with pytest.raises(CarrouselError, match="indrnn gives other values than its loop of steps, so nothing was timed"):
        gpu.agree(layer, xs)
