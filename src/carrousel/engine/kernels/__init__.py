"""Compiled kernels for XLA's CPU backend, built by `make kernels` where there is a C++ compiler; never required."""

from carrousel.engine.kernels.building import build
from carrousel.engine.kernels.loading import built
from carrousel.engine.kernels.packed import in_panels, packed_product
from carrousel.engine.kernels.product import Storage, bfloat16_product, in_groups, in_pairs, int8_product

__all__ = [
    "Storage",
    "bfloat16_product",
    "build",
    "built",
    "in_groups",
    "in_pairs",
    "in_panels",
    "int8_product",
    "packed_product",
]
