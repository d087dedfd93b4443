"""One run at a time in a folder: what two at once would write is of neither."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from carrousel.errors import TrainingError

try:
    import fcntl
except ImportError:  # a system without them: nobody is kept out
    fcntl = None  # type: ignore[assignment]


def lock_name(name: str) -> str:
    """The name of the file beside a folder that is held while a run is in the folder."""
    return f".{name}.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder until the block ends, and make the folders above it.

    The lock is the system's own, on a file beside the folder: one whose process was killed holds nothing. What was made
    for it and holds nothing else is removed.

    Raises:
        TrainingError: another run is there, or the file system refused.
    """
    whole = folder.absolute()
    made = [each for each in whole.parents if not each.exists()]
    try:
        whole.parent.mkdir(parents=True, exist_ok=True)
        file = _locked(whole.with_name(lock_name(whole.name)))
    except BlockingIOError as error:
        raise TrainingError(
            f"process {error.filename} is at a run in {folder}; wait until it has ended, or choose another folder"
        ) from error
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be made: {error.strerror}") from error
    try:
        yield
    finally:
        Path(file.name).unlink(missing_ok=True)
        file.close()
        for each in made:
            with suppress(OSError):  # what holds the run stays
                each.rmdir()


def _locked(place: Path) -> TextIO:
    """The file, open and held, with the number of this process in it.

    Raises:
        BlockingIOError: another process holds it, whose number stands in the place of the file's name.
    """
    while True:
        file = place.open("a+", encoding="utf-8")
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read()
            file.close()
            raise BlockingIOError(error.errno, error.strerror, holder) from error
        except OSError:
            file.close()
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), place.stat()):
                break
        file.close()  # whoever held it has removed it in between
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
