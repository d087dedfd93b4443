"""Running compiled programs by jaxlib's own interface, without jax: a third of a second less until a first word.

That interface is not public. It is used for the versions that it was tried with, and whatever it refuses is one of
`REFUSALS`, behind which the ordinary way is gone.
"""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from carrousel.sampling.kept.files import Program

REFUSALS: Final = (AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)
LIBRARIES: Final = Path(__file__).parents[2] / "engine" / "kernels" / "built"

Run = Callable[[Sequence[Any]], list[Any]]
"""A program: from arrays, numpy's or its own, to arrays of its own."""


class Kind(NamedTuple):
    """Shape and dtype of an array, as jaxlib asks for them."""

    shape: tuple[int, ...]
    dtype: Any
    weak_type: bool = False


class Processor:
    """The CPU as jaxlib runs programs on it."""

    def __init__(self, library: str = "") -> None:
        """Be ready for programs; `library` is the file of the kernels that they call."""
        from jaxlib import xla_client  # noqa: PLC0415 - whoever keeps no programs waits less

        self._library = library
        self._xla: Any = xla_client
        self._client = self._xla.make_cpu_client()
        self._device = self._client.local_devices()[0]
        self._devices = xla_client.DeviceList((self._device,))
        whole = xla_client.HloSharding.replicate()

        class Here(xla_client.SingleDeviceSharding):  # type: ignore[misc]
            """Arrays on the one device; jax gives this class what jaxlib asks of it."""

            memory_kind = None

            def _to_xla_hlo_sharding(self, axes: int) -> Any:
                del axes
                return whole

        self._here = Here(self._device)

    def load(self, program: Program) -> Run:
        """Make a program ready to run."""
        if program.kernels:
            self._register(program.kernels)
        loaded = self._client.deserialize_executable(program.code, self._devices, self._xla.CompileOptions())
        handlers = [
            self._xla.array_result_handler(
                Kind(result.shape, _dtype(result.dtype)), self._here, committed=True, _skip_checks=True
            )
            for result in program.results
        ]

        def run(arrays: Sequence[Any]) -> list[Any]:
            placed = [self.place(array) if isinstance(array, np.ndarray) else array for array in arrays]
            results: list[Any] = loaded.execute_sharded(placed).consume_with_handlers(handlers)
            return results

        return run

    def place(self, array: np.ndarray) -> Any:
        """An array as programs take it; what it holds must not be changed any more."""
        kind = Kind(array.shape, array.dtype)
        return self._xla.batched_device_put(kind, self._here, [array], [self._device], committed=True, enable_x64=True)

    def _register(self, kernels: Sequence[str]) -> None:
        library = ctypes.cdll.LoadLibrary(str(LIBRARIES / Path(self._library).name))
        capsule = ctypes.pythonapi.PyCapsule_New
        capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        for kernel in kernels:
            pointer = ctypes.cast(getattr(library, kernel), ctypes.c_void_p)
            handler = capsule(pointer, b"xla._CUSTOM_CALL_TARGET", None)
            self._xla.register_custom_call_target(f"carrousel_{kernel}", handler, platform="cpu", api_version=1)


def value(array: Any) -> np.ndarray:
    """The numbers of a program's array, once they are there."""
    array.block_until_ready()
    return np.asarray(memoryview(array))


def _dtype(name: str) -> Any:
    if hasattr(np, name):
        return np.dtype(name)
    import ml_dtypes  # noqa: PLC0415 - seldom needed

    return np.dtype(getattr(ml_dtypes, name))
