import jax
import numpy as np
import pytest

from carrousel.errors import SettingsError, ShapeError
from carrousel.inspection import recurrent_matrices
from carrousel.layers import Recurrent, scale_recurrent, with_letters


def layer(cell="gru", hidden=5):
    return Recurrent(cell, inputs=3, hidden=hidden, key=jax.random.key(0))


@pytest.mark.parametrize("wanted", [0.5, 1.2])
def test_recurrent_matrices_get_the_radius_or_the_norm_that_is_asked_for(wanted):
    for matrix in recurrent_matrices(scale_recurrent(layer(), radius=wanted)):
        assert matrix.spectral_radius == pytest.approx(wanted, rel=1e-5)
    for matrix in recurrent_matrices(scale_recurrent(layer(), norm=wanted)):
        assert matrix.singular_values[0] == pytest.approx(wanted, rel=1e-5)
    own = layer()
    assert np.array_equal(scale_recurrent(own, norm=wanted).letters["W"]["r"], own.letters["W"]["r"])


def test_scaling_that_cannot_be_is_refused():
    with pytest.raises(SettingsError, match="give one of the two"):
        scale_recurrent(layer())
    with pytest.raises(SettingsError, match="give one of the two"):
        scale_recurrent(layer(), radius=1.0, norm=1.0)
    with pytest.raises(SettingsError, match="size above 0, not to -1"):
        scale_recurrent(layer(), radius=-1)
    with pytest.raises(SettingsError, match="no square recurrent matrix"):
        scale_recurrent(layer("indrnn"), radius=1.0)
    silent = with_letters(layer("elman"), {"U": {"h": np.zeros((5, 5))}})
    with pytest.raises(SettingsError, match="zero and stays so"):
        scale_recurrent(silent, radius=1.0)


def test_letters_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"U\.h of elman is given as \(4, 4\), but the layer's is \(5, 5\)"):
        with_letters(layer("elman"), {"U": {"h": np.zeros((4, 4))}})
    with pytest.raises(ShapeError, match="no such letter is learned"):
        with_letters(layer("elman"), {"U": {"f": np.zeros((5, 5))}})
