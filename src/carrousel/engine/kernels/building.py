"""Compiling the kernels, and where the library that comes out lies."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import jax

from carrousel.errors import CarrouselError
from carrousel.machine import processor_facts

FOLDER: Final = Path(__file__).parent
SOURCES: Final = tuple(FOLDER / name for name in ("packed_product.cc", "bfloat16_product.cc", "int8_product.cc"))
HEADERS: Final = (FOLDER / "sharing.h",)
COMPILERS: Final = ("c++", "g++", "clang++")
FLAGS: Final = ("-std=c++17", "-O3", "-march=native", "-fPIC", "-shared")


def library(folder: Path | None = None) -> Path:
    """Where the library of these sources, this processor and this jaxlib lies once it is built."""
    parts = (
        *(path.read_bytes() for path in (*SOURCES, *HEADERS)),
        processor_facts().encode(),
        jax.__version__.encode(),
    )
    mark = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    return (folder or FOLDER / "built") / f"kernels-{mark}.so"


def build(folder: Path | None = None) -> Path:
    """Compile the kernels; what was compiled before for other sources or machines stays beside it.

    Args:
        folder: where the library is put; by default beside the source, where it is looked for.

    Raises:
        CarrouselError: there is no compiler, or it failed.
    """
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise CarrouselError(
            f"kernels need a C++ compiler, and none of {', '.join(COMPILERS)} is here; install one, "
            "or go on without: everything works, some of it slower"
        )
    target = library(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = target.with_suffix(f".{os.getpid()}")
    command = [compiler, *FLAGS, "-isystem", jax.ffi.include_dir(), *map(str, SOURCES), "-o", str(whole)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line), "it said nothing")
        raise CarrouselError(f"{compiler} could not compile {' and '.join(path.name for path in SOURCES)}: {said}")
    whole.replace(target)
    return target
