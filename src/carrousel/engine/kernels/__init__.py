"""Compiled kernels for XLA's CPU backend, built by `make kernels` where there is a C++ compiler; never required."""

from carrousel.engine.kernels.building import build
from carrousel.engine.kernels.product import Storage, built, in_groups, vector_product

__all__ = ["Storage", "build", "built", "in_groups", "vector_product"]
