"""Weight scaling: recurrent matrices brought to a spectral radius or to a largest singular value."""

from __future__ import annotations

import numpy as np

from carrousel.engine.start import recurrent_letters
from carrousel.errors import SettingsError
from carrousel.layers.given import with_letters
from carrousel.layers.recurrent import Recurrent


def scale_recurrent(layer: Recurrent, *, radius: float | None = None, norm: float | None = None) -> Recurrent:
    """A layer whose square recurrent matrices are multiplied by one number each.

    The spectral radius says what a linear network does with a gradient in the end, the largest singular value what any
    one step may do with it at most (Pascanu, Mikolov & Bengio 2013).

    Args:
        layer: the layer; it is left as it is.
        radius: the largest absolute eigenvalue that each matrix is to have.
        norm: the largest singular value that each is to have instead.

    Raises:
        SettingsError: neither or both are given, one that is not above 0, or there is no such matrix, or one of zeros.
    """
    wanted = radius if norm is None else norm
    if wanted is None or None not in (radius, norm):
        raise SettingsError("recurrent matrices are scaled to a radius or to a norm; give one of the two")
    if not wanted > 0:
        raise SettingsError(f"recurrent matrices are scaled to a size above 0, not to {wanted}")
    shapes, acting = layer.plan.letters, recurrent_letters(layer.plan)
    square = [
        (space, letter) for space, letter in acting if _is_square(shapes[space, letter]) and space in layer.letters
    ]
    if not square:
        raise SettingsError(f"{layer.cell.name} has no square recurrent matrix that is learned, so none can be scaled")
    letters: dict[str, dict[str, np.ndarray]] = {}
    for space, letter in square:
        matrix = np.asarray(layer.letters[space][letter], np.float64)
        size = np.abs(np.linalg.eigvals(matrix)).max() if norm is None else np.linalg.norm(matrix, 2)
        if not size > 0:
            raise SettingsError(f"{space}.{letter} of {layer.cell.name} is zero and stays so at any scale")
        letters.setdefault(space, {})[letter] = matrix * (wanted / size)
    return with_letters(layer, letters)


def _is_square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] == shape[1]
