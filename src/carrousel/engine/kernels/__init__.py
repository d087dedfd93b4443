"""Compiled kernels for XLA's CPU backend, built by `make kernels` where there is a C++ compiler; never required."""

from carrousel.engine.kernels.building import build, library
from carrousel.engine.kernels.loading import KERNELS, built, target
from carrousel.engine.kernels.packed import in_panels, packed_product
from carrousel.engine.kernels.product import Storage, bfloat16_product, in_groups, in_pairs, int8_product

__all__ = [
    "KERNELS",
    "Storage",
    "bfloat16_product",
    "build",
    "built",
    "in_groups",
    "in_pairs",
    "in_panels",
    "int8_product",
    "library",
    "packed_product",
    "target",
]
