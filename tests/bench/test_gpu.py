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


def test_a_way_that_fails_is_told_and_the_others_are_timed(monkeypatch, capsys):
    def step(layer, xs, scan):
        if scan == "kernel":
            raise RuntimeError("no such instruction\nand more")
        return lambda: None

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(gpu, "_step", step)
    monkeypatch.setattr(gpu, "agree", lambda *_: None)
    sizes = [gpu.Size("indrnn", 16), gpu.Size("elman", 16)]
    times = iter([0.0, 1.0, 9.0])
    found = gpu.run_gpu(rounds=1, threads=1, sizes=sizes, time=2, batch=1, limit=5, clock=lambda: next(times))
    first, second = (row.figures for row in found.rows)
    assert first["steps"]["calls"] == 1
    assert first["no kernel"] == "no such instruction"
    assert first["no cluster"] == "indrnn does not fit a cluster: it has no products; leave scan at auto"
    assert second == {"not run": "5 seconds were over"}
    assert "2 of 2: elman H16" in capsys.readouterr().err


def test_a_kernel_that_ends_its_process_leaves_ours(monkeypatch):
    monkeypatch.setattr(gpu.Size, "__repr__", lambda size: "os.abort()")
    with pytest.raises(CarrouselError, match="a process that ran its cluster ended with code"):
        gpu._survived(gpu.Size("lstm", 64), "cluster")
