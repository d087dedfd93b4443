"""A linear function whose transpose is given: the one primitive from which every mode of differentiation follows.

`f(residuals, values)` is linear in the values and `transpose(residuals, cotangents)` is its transpose. JAX would derive
a transpose by itself; a loop's own one is much faster. The primitive has a derivative, a transpose and a batching rule,
so jvp, vjp, their products, linearize and vmap of each all work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

Function = Callable[[Any, Any], Any]

linear_p = Primitive("linear_with_transpose")
linear_p.multiple_results = True


def linear_with_transpose(f: Function, transpose: Function, residuals: Any, values: Any) -> Any:
    """f(residuals, values), with its transpose given.

    Args:
        f: a function of two pytrees, linear in the second.
        transpose: a function of the residuals and f's cotangents that gives the cotangents of the values.
        residuals: what f is not linear in.
        values: what f is linear in.
    """
    flat_residuals, residual_tree = jax.tree.flatten(residuals)
    flat_values, value_tree = jax.tree.flatten(values)
    out_tree = jax.tree.structure(jax.eval_shape(f, residuals, values))

    def flat(g: Function, tree: Any) -> Function:
        return lambda r, v: tuple(jax.tree.leaves(g(jax.tree.unflatten(residual_tree, r), jax.tree.unflatten(tree, v))))

    out = linear_p.bind(
        *flat_residuals,
        *flat_values,
        f=flat(f, value_tree),
        transpose=flat(transpose, out_tree),
        count=len(flat_residuals),
    )
    return jax.tree.unflatten(out_tree, out)


def _run(*args: Any, f: Function, transpose: Function, count: int) -> Any:  # noqa: ARG001 - a primitive's signature
    return f(args[:count], args[count:])


def _shapes(*args: Any, f: Function, transpose: Function, count: int) -> list[Any]:  # noqa: ARG001
    outs = jax.eval_shape(lambda *a: f(a[:count], a[count:]), *args)
    return [jax.core.ShapedArray(o.shape, o.dtype) for o in outs]


def _transpose(cotangents: Sequence[Any], *args: Any, f: Function, transpose: Function, count: int) -> list[Any]:
    avals = [a.aval if ad.is_undefined_primal(a) else a for a in args[count:]]
    outs = jax.eval_shape(lambda *a: f(a[:count], a[count:]), *args[:count], *avals)
    full = [jnp.zeros(o.shape, o.dtype) if type(c) is ad.Zero else c for c, o in zip(cotangents, outs, strict=True)]
    return [None] * count + list(transpose(args[:count], full))


def _jvp(primals: Any, tangents: Any, *, f: Function, transpose: Function, count: int) -> Any:
    """Of its linear inputs: itself. Of its residuals: by f's own derivative."""
    how = {"f": f, "transpose": transpose, "count": count}
    if all(type(t) is ad.Zero for t in tangents[:count]):
        values = [ad.instantiate_zeros(t) for t in tangents[count:]]
        return linear_p.bind(*primals, **how), linear_p.bind(*primals[:count], *values, **how)
    full = [ad.instantiate_zeros(t) for t in tangents]
    return jax.jvp(lambda *a: f(a[:count], a[count:]), list(primals), full)


def _batch(args: Any, dims: Any, *, f: Function, transpose: Function, count: int) -> Any:
    """Linear inputs are broadcast, so that the transpose sums."""
    size = next(a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None)
    values = [batching.bdim_at_front(a, d, size) for a, d in zip(args[count:], dims[count:], strict=True)]
    axes = tuple(dims[:count])

    def batched(g: Function) -> Function:
        return lambda r, v: jax.vmap(lambda r, v: tuple(g(r, v)), (axes, 0))(tuple(r), tuple(v))

    out = linear_p.bind(*args[:count], *values, f=batched(f), transpose=batched(transpose), count=count)
    return out, [0] * len(out)


linear_p.def_impl(_run)
linear_p.def_abstract_eval(_shapes)
ad.primitive_jvps[linear_p] = _jvp
ad.primitive_transposes[linear_p] = _transpose
batching.primitive_batchers[linear_p] = _batch
mlir.register_lowering(linear_p, mlir.lower_fun(_run, multiple_results=True))
