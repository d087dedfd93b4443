"""Compiled kernels for XLA's CPU backend, built by `make kernels` where there is a C++ compiler; never required."""

from carrousel.engine.kernels.building import build
from carrousel.engine.kernels.loading import built
from carrousel.engine.kernels.packed import in_panels, packed_product
from carrousel.engine.kernels.product import Storage, in_groups, vector_product

__all__ = ["Storage", "build", "built", "in_groups", "in_panels", "packed_product", "vector_product"]
