"""A layer with letters that are given, in the place of those that were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from carrousel.errors import ShapeError
from carrousel.layers.recurrent import Recurrent


def with_letters(layer: Recurrent, letters: Mapping[str, Mapping[str, Any]]) -> Recurrent:
    """A layer with some of its learned letters replaced.

    Args:
        layer: the layer; it is left as it is.
        letters: namespace -> letter -> array; letters that are not named stay.

    Raises:
        ShapeError: the layer learns no such letter, or an array has another shape.
    """
    own = {space: dict(of) for space, of in layer.letters.items()}
    for space, of in letters.items():
        for letter, value in of.items():
            array = jnp.asarray(value, layer.dtype)
            known = own.get(space, {}).get(letter)
            if known is None or known.shape != array.shape:
                wanted = "no such letter is learned" if known is None else f"the layer's is {known.shape}"
                raise ShapeError(f"{space}.{letter} of {layer.cell.name} is given as {array.shape}, but {wanted}")
            own[space][letter] = array
    return eqx.tree_at(lambda one: one.letters, layer, own)
