"""A loop in one launch as a differentiable function.

Forward and backward are kernels. Where they are differentiated themselves (forward mode, second derivatives), the
derivative is that of the loop of steps, which gives the same values.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import jax

from carrousel.engine.gpu.backward import backward_in_kernel
from carrousel.engine.gpu.cluster_backward import backward_in_cluster
from carrousel.engine.gpu.cluster_forward import forward_in_cluster
from carrousel.engine.gpu.fitting import Division
from carrousel.engine.gpu.forward import forward_in_kernel
from carrousel.engine.gpu.sharing import Sharing
from carrousel.engine.gpu.step import Launch
from carrousel.engine.linear import linear_with_transpose
from carrousel.engine.loop import Control, Given, Kept, backward, forward, tangent
from carrousel.engine.products import joined, parted

FORWARD: Final[Mapping[type, Any]] = MappingProxyType({Division: forward_in_kernel, Sharing: forward_in_cluster})
BACKWARD: Final[Mapping[type, Any]] = MappingProxyType({Division: backward_in_kernel, Sharing: backward_in_cluster})
"""The kernels, by how the work is divided."""


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def run_in_kernel(how: Launch[Any], control: Control, given: Given) -> tuple[Any, Any]:
    """The last states and the sequences that the loop gives, as `run_loop` does."""
    last_and_gives, _ = FORWARD[type(how.division)](how, control, given, keep=False)
    return last_and_gives[0], last_and_gives[1]


@run_in_kernel.defjvp
def _run_jvp(how: Launch[Any], primals: Any, tangents: Any) -> Any:
    control, given = primals
    out, kept = _keeping(how, control, given)

    def moved(residuals: Any, change: Given) -> Any:
        control, given, kept = residuals
        return tangent(how.how, control, given, _parted(how, kept), change)

    def pulled(residuals: Any, cotangents: Any) -> Given:
        return _pulled(how, *residuals, cotangents)

    return out, linear_with_transpose(moved, pulled, (control, given, kept), tangents[1])


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _keeping(how: Launch[Any], control: Control, given: Given) -> tuple[Any, Any]:
    out, kept = FORWARD[type(how.division)](how, control, given, keep=True)
    return out, kept


@_keeping.defjvp
def _keeping_jvp(how: Launch[Any], primals: Any, tangents: Any) -> Any:
    def by_steps(control: Control, given: Given) -> tuple[Any, Any]:
        out, kept = forward(how.how, control, given, keep=True)
        assert kept is not None
        return out, (kept.state, tuple(map(joined, kept.products)))

    return jax.jvp(by_steps, primals, tangents)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _pulled(how: Launch[Any], control: Control, given: Given, kept: Any, cotangents: Any) -> Given:
    pulled: Given = BACKWARD[type(how.division)](how, control, given, kept, cotangents)
    return pulled


@_pulled.defjvp
def _pulled_jvp(how: Launch[Any], primals: Any, tangents: Any) -> Any:
    def by_steps(control: Control, given: Given, kept: Any, cotangents: Any) -> Given:
        return backward(how.how, control, given, _parted(how, kept), cotangents)

    return jax.jvp(by_steps, primals, tangents)


def _parted(how: Launch[Any], kept: Any) -> Kept:
    states, products = kept
    return Kept(states, tuple(parted(g, z) for g, z in zip(how.how.loop.groups, products, strict=True)))
