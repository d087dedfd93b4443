"""The compiled library: whether it is there, and its kernels made known to jax."""

import ctypes
import functools
from typing import Final

import jax

from carrousel.engine.kernels.building import library

KERNELS: Final = ("product_bfloat16", "product_int8", "packed_product")
"""What the library holds."""


@functools.cache
def built() -> bool:
    """Whether the kernels are built for this machine; then they are made known to jax."""
    path = library()
    if not path.is_file():
        return False
    try:
        loaded = ctypes.cdll.LoadLibrary(str(path))
    except OSError:
        return False
    for kernel in KERNELS:
        jax.ffi.register_ffi_target(target(kernel), jax.ffi.pycapsule(getattr(loaded, kernel)), platform="cpu")
    return True


def target(kernel: str) -> str:
    """The name under which jax knows a kernel."""
    return f"carrousel_{kernel}"
