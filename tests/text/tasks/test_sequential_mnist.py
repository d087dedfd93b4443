"""Digits pixel by pixel."""

import gzip

import numpy as np
import pytest

from carrousel.errors import SettingsError, TextError
from carrousel.text.tasks import SequentialMnist
from carrousel.text.tasks.sequential_mnist import read_idx


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("mnist")
    images = np.random.default_rng(0).integers(256, size=(6, 28, 28), dtype=np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", np.arange(6, dtype=np.uint8))):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (made / f"t10k-{name}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes()))
    return made, images


def test_pixels_come_row_by_row_and_the_digit_is_asked_last(folder) -> None:
    drawn = SequentialMnist(folder=folder[0], pixels=28, first=1, images=3).draw(np.random.default_rng(0), 9)
    digits = drawn.targets[-1]
    assert drawn.inputs.shape == (28, 9, 28)
    assert set(digits) <= {1, 2, 3}
    np.testing.assert_allclose(drawn.inputs[:, 4], folder[1][digits[4]] / np.float32(255))
    assert drawn.weights.sum(0).tolist() == [1] * 9
    assert drawn.weights[-1].all()


def test_one_permutation_holds_for_all_images(folder) -> None:
    read, mixed = (SequentialMnist(folder=folder[0], permuted=seed).these(np.arange(6)) for seed in (None, 3))
    order = np.random.default_rng(3).permutation(784)
    assert read.inputs.shape == (784, 6, 1)
    np.testing.assert_array_equal(mixed.inputs, read.inputs[order])


def test_what_is_missing_or_broken_is_said(folder, tmp_path) -> None:
    with pytest.raises(TextError, match="a gzip file was wanted"):
        SequentialMnist(folder=tmp_path).draw(np.random.default_rng(0), 1)
    with pytest.raises(TextError, match=r"images 5 to 7 were wanted, and .* holds 6"):
        SequentialMnist(folder=folder[0], first=5, images=2).draw(np.random.default_rng(0), 1)
    (tmp_path / "short.gz").write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x09abc"))
    with pytest.raises(TextError, match="no whole file of bytes in IDX form"):
        read_idx(tmp_path / "short.gz")
    with pytest.raises(SettingsError, match="must divide the 784"):
        SequentialMnist(folder=tmp_path, pixels=5)


def test_the_real_digits_are_read(data) -> None:
    task = SequentialMnist(folder=data / "mnist_t10k")
    images, digits = task.examples
    assert images.shape == (10_000, 784)
    assert digits[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(digits).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
