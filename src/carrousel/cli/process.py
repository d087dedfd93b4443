"""What a command sets for its own process before jax is imported; importing the library never does this."""

import ctypes
import gc
import os
import platform
import warnings
from pathlib import Path
from typing import Final, Literal

from carrousel.errors import SettingsError

Device = Literal["cpu", "gpu", "tpu"]

_PLATFORMS: Final = {"cpu": "cpu", "gpu": "cuda", "tpu": "tpu"}
_ARENA_MAX, _MMAP_MAX, _TRIM_THRESHOLD, _TOP_PAD = -8, -4, -1, -2
CACHE_BYTES: Final = 1 << 28
"""Size to which the cache of compiled programs is cut back."""
COLLECT: Final = 50_000
"""New objects between two looks for garbage: Python's own 700 is a tenth of the time until a first word."""


def settle(*, cache: Path | None = None) -> None:
    """Keep memory between calls, and compiled programs between processes; look for garbage less often.

    Args:
        cache: folder of compiled programs; by default `carrousel` in the user's cache folder. What the environment says
            in jax's own variable counts before both.
    """
    gc.set_threshold(COLLECT)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # as jax does; kept programs run without it
    keep_memory()
    folder = cache or cache_folder()
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ and _can_write(folder):
        cut_back(folder, CACHE_BYTES)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        # an entry whose writer was killed is compiled anew, and nobody needs to know
        warnings.filterwarnings("ignore", message="Error reading persistent compilation cache entry")


def choose_device(device: Device | None) -> None:
    """Compute on this kind of device; None leaves the choice to jax, which takes the best that is there.

    Raises:
        SettingsError: there is no such device.
    """
    if device is None:
        return
    import jax  # noqa: PLC0415 - the command line is there before jax is

    jax.config.update("jax_platforms", _PLATFORMS[device])
    if device != "cpu":
        try:
            jax.devices()
        except (RuntimeError, AssertionError) as error:
            raise SettingsError(
                f"jax finds no {device} here; leave --device out, or install jax for a {device}"
            ) from error


def leave_programs() -> None:
    """Let jax neither keep programs nor read them: whoever keeps them otherwise needs those that were compiled here."""
    import jax  # noqa: PLC0415 - as above

    jax.config.update("jax_enable_compilation_cache", False)


def keep_memory() -> bool:
    """Let the C library keep freed memory instead of returning it: a training step frees and takes large arrays.

    Returning them costs a page fault for each page of each call, a fifth of a small model's step on CPU. Needs glibc.

    Returns:
        Whether the C library took it.
    """
    if not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    wishes = {_ARENA_MAX: 1, _MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: 1 << 28}
    taken = [mallopt(name, value) for name, value in wishes.items()]
    return all(taken)


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, OSError, ValueError):
        return False


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def cache_folder() -> Path:
    """The folder of compiled programs: one for each machine, since programs are made for one."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "carrousel" / f"{platform.node() or 'here'}-{platform.machine()}"


def cut_back(folder: Path, limit: int) -> None:
    """Delete the files that were not used for longest until the rest is within the limit; what resists stays."""
    try:
        found = [(path.stat(), path) for path in folder.iterdir() if path.is_file()]
        size = sum(stat.st_size for stat, _ in found)
        for stat, path in sorted(found, key=lambda pair: max(pair[0].st_atime, pair[0].st_mtime)):
            if size <= limit:
                return
            path.unlink(missing_ok=True)
            size -= stat.st_size
    except OSError:
        return
