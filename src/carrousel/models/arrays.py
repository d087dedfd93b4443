"""A network's arrays by name, and a network from them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np

from carrousel.errors import ModelError

Network = TypeVar("Network")


def named_arrays(network: Any) -> dict[str, np.ndarray]:
    """Every array of a network, by its place in it: `stack.layers.0.letters.W.i`."""
    return {name: np.asarray(leaf) for name, leaf in _named_leaves(network).items()}


def with_named_arrays(network: Network, arrays: Mapping[str, np.ndarray]) -> Network:
    """The network with these arrays in the place of its own, which may be shapes only.

    Raises:
        ModelError: an array is missing, too many, or of another shape or kind.
    """
    leaves = _named_leaves(network)
    if missing := [name for name in leaves if name not in arrays]:
        raise ModelError(f"{missing[0]} is missing, one of {len(missing)} arrays that this network has")
    if strange := [name for name in arrays if name not in leaves]:
        raise ModelError(f"{strange[0]} is one of {len(strange)} arrays that this network does not have")
    for name, leaf in leaves.items():
        given = arrays[name]
        if given.shape != leaf.shape or given.dtype != leaf.dtype:
            raise ModelError(f"{name} is {given.dtype}{given.shape} where this network has {leaf.dtype}{leaf.shape}")
    structure = jax.tree.structure(eqx.filter(network, _is_leaf))
    filled = jax.tree.unflatten(structure, jax.device_put([arrays[name] for name in leaves]))
    return eqx.combine(filled, eqx.filter(network, _is_leaf, inverse=True))


def _is_leaf(leaf: object) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _named_leaves(network: Any) -> dict[str, Any]:
    pairs = jax.tree_util.tree_leaves_with_path(eqx.filter(network, _is_leaf))
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in pairs}
