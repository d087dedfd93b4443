"""What a compiled program depends on beside the model: versions, settings of jax, the processor, our own sources."""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from carrousel.machine import cores, processor_facts

FORMAT: Final = 1
"""Number of the kept files' form."""
TRIED: Final = ("0.10.",)
"""Versions of jaxlib whose loading of programs was tried; it is no public interface, and others go the ordinary way."""
SHAPING: Final = ("engine", "cells", "layers", "models", "generation", "sampling")
"""Packages of ours whose sources make programs what they are."""
PLUGINS: Final = ("jax_plugins", "libtpu")
"""What brings other devices to jax, beside the entry points of that name."""
_ELSEWHERE: Final = ("JAX_COMPILATION_CACHE", "JAX_PERSISTENT_CACHE", "JAX_PLATFORMS")
"""Variables that say where programs are kept, or are looked at apart."""
_SOURCES: Final = Path(__file__).parents[2]


def surroundings(environment: Mapping[str, str], wanted: str | None) -> bytes | None:
    """A digest of all that programs for this process depend on; None where none are kept.

    Programs are kept for the CPU alone, so it must be asked for, or nothing else be installed that jax could take.

    Args:
        environment: the variables of this process.
        wanted: the device to compute on; None for the best that jax finds.
    """
    jaxlib = _version("jaxlib")
    installed = _installed(wanted)
    if not jaxlib.startswith(TRIED) or installed is None:
        return None
    facts: dict[str, Any] = {
        "format": FORMAT,
        "versions": {"jaxlib": jaxlib, **{name: _version(name) for name in ("jax", "equinox", "numpy")}},
        "python": sys.version,
        "environment": sorted(
            (name, value)
            for name, value in environment.items()
            if name.startswith(("JAX_", "XLA_")) and not name.startswith(_ELSEWHERE)
        ),
        "processor": processor_facts(),
        "cores": cores(),
        "installed": installed,
        "sources": sorted(_sources()),
    }
    return hashlib.sha256(repr(facts).encode()).digest()


def other_devices() -> bool:
    """Whether something is installed by which jax may compute on another device; takes as long as jax's own look."""
    return any(find_spec(name) is not None for name in PLUGINS) or bool(entry_points(group="jax_plugins"))


def _installed(wanted: str | None) -> list[str] | None:
    """What is installed, where that decides for the CPU; nothing, where it was asked for; None where another may be.

    Whoever keeps programs made sure by `other_devices` that none is there, so the list of what is installed tells it.
    """
    if wanted:
        return [] if wanted == "cpu" else None
    if any(find_spec(name) is not None for name in PLUGINS):
        return None
    return sorted({name for place in sys.path for name in _packages(place or ".")})


def _packages(place: str) -> Iterator[str]:
    """The packages that a folder of Python's path lists as installed."""
    try:
        with os.scandir(place) as entries:
            yield from (entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return


def _sources() -> Iterator[tuple[str, int, int]]:
    """Name, size and time of each of our files that shape programs, kernels among them."""
    folders = [str(_SOURCES / name) for name in SHAPING]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith((".py", ".so")):
                    stat = entry.stat()
                    yield entry.path, stat.st_size, stat.st_mtime_ns


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
