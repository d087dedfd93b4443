"""Handwritten digits pixel by pixel, from the files of MNIST in a folder (Le, Jaitly & Hinton 2015)."""

import gzip
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int32, UInt8

from carrousel.errors import SettingsError, TextError
from carrousel.text.tasks.asking import at_the_end
from carrousel.text.tasks.checks import check_least, check_one_of
from carrousel.text.tasks.sequences import Sequences


def read_idx(path: Path) -> UInt8[np.ndarray, "..."]:
    """An array of bytes from a file in IDX form, packed with gzip; TextError says what is wrong with it."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise TextError(f"a gzip file was wanted at {path}, and it cannot be read: {error}") from error
    axes = data[3] if len(data) > 4 and data[:3] == b"\0\0\x08" else 0
    shape = np.frombuffer(data[4 : 4 + 4 * axes], ">u4").astype(int) if axes else np.zeros(0, int)
    if not axes or len(data) != 4 + 4 * axes + int(np.prod(shape)):
        raise TextError(f"{path} is no whole file of bytes in IDX form")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


@dataclass(frozen=True, kw_only=True)
class SequentialMnist:
    """An image as a sequence, `pixels` a step, row by row; at the end its digit is due.

    The order of the pixels is that of reading, or one fixed random order for all images.
    """

    folder: Path
    """Where NAME-images-idx3-ubyte.gz and NAME-labels-idx1-ubyte.gz lie."""
    name: Literal["train", "t10k"] = "t10k"
    """60,000 images, or 10,000."""
    first: int = 0
    """The first image that is drawn from."""
    images: int | None = None
    """How many from there on; None for all that follow."""
    pixels: int = 1
    """Pixels a step: 1 makes 784 steps, 28 makes a row a step."""
    permuted: int | None = None
    """The seed of the random order; None keeps the order of reading."""

    def __post_init__(self) -> None:
        check_one_of(("train", "t10k"), name=self.name)
        check_least(0, first=self.first)
        check_least(1, pixels=self.pixels)
        if 784 % self.pixels:
            raise SettingsError(f"pixels must divide the 784 of an image, got {self.pixels}")

    @property
    def inputs(self) -> int:
        """The pixels of a step, 0 to 1 each."""
        return self.pixels

    @property
    def outputs(self) -> int:
        """The digits."""
        return 10

    @cached_property
    def examples(self) -> tuple[UInt8[np.ndarray, "images 784"], Int32[np.ndarray, " images"]]:
        """The images and their digits; TextError where the files are not there or hold no such images."""
        images = read_idx(self.folder / f"{self.name}-images-idx3-ubyte.gz")
        digits = read_idx(self.folder / f"{self.name}-labels-idx1-ubyte.gz")
        if images.shape != (len(images), 28, 28) or digits.shape != (len(images),):
            raise TextError(f"{self.folder} must hold images of 28 by 28 and as many digits, got {images.shape}")
        last = len(images) if self.images is None else self.first + self.images
        if not self.first < last <= len(images):
            raise TextError(f"images {self.first} to {last} were wanted, and {self.folder} holds {len(images)}")
        flat = images[self.first : last].reshape(-1, 784)
        if self.permuted is not None:
            flat = flat[:, np.random.default_rng(self.permuted).permutation(784)]
        return flat, digits[self.first : last].astype(np.int32)

    def draw(self, generator: np.random.Generator, count: int) -> Sequences:
        """Images drawn at random, the same one perhaps more than once."""
        return self.these(generator.integers(len(self.examples[1]), size=count))

    def these(self, places: np.ndarray) -> Sequences:
        """The images at the given places, counted from the first."""
        flat, digits = (array[places] for array in self.examples)
        steps = flat.reshape(len(flat), -1, self.pixels).transpose(1, 0, 2).astype(np.float32) / 255
        return at_the_end(steps, digits, np.full(len(flat), len(steps), np.int32))
