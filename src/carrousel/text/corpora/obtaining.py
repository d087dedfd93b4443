"""How the files of a collection come into a folder: from where they are published, or from what lies on this machine.

Nothing is moved to its place before all that was asked for is there and as it was published.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from carrousel.errors import DataError
from carrousel.storage.incoming import write_through
from carrousel.text.corpora.collection import Collection, DataFile


def fetch_collection(
    collection: Collection, data: Path, *, watch: Callable[[int, int], None] | None = None
) -> list[DataFile]:
    """Fetch the files of a collection that are not in its folder yet.

    Args:
        collection: whose.
        data: folder that holds the folders of collections; made if need be.
        watch: told how many bytes came, and of how many.

    Returns:
        The files that came.

    Raises:
        DataError: a file has no address, cannot be reached or is not what the table says; nothing has changed then.
    """
    from carrousel.text.corpora.fetching import fetch_file  # noqa: PLC0415 - the network, which nothing else here needs

    lacking = _lacking(collection, data)
    unpublished = next((file for file in lacking if file.address is None), None)
    if unpublished is not None:
        raise DataError(
            f"{unpublished.name} of {collection.name} cannot be fetched: {collection.note}; give a copy of it by --from"
        )
    contents: dict[DataFile, bytes] = {}

    def tell(came: int) -> None:
        if watch is not None:
            watch(sum(map(len, contents.values())) + came, sum(file.size for file in lacking))

    for file in lacking:
        contents[file] = fetch_file(file, watch=tell)
    _put_in_place(collection, contents, data)
    return lacking


def load_collection(collection: Collection, source: Path, data: Path) -> list[DataFile]:
    """Copy the files of a collection that are not in its folder yet from a local file or folder.

    Files are known by what they hold, whatever they are called; one packed by gzip has the name of its file and `.gz`.

    Returns:
        The files that were found there, one at least.

    Raises:
        DataError: there is no such file or folder, or it holds none that is lacking; nothing has changed then.
    """
    if not source.exists():
        raise DataError(f"there is no file or folder {source} to take {collection.name} from")
    lacking = _lacking(collection, data)
    here = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    contents = {file: content for file in lacking if (content := _found(file, here)) is not None}
    if lacking and not contents:
        names = ", ".join(file.name for file in lacking)
        raise DataError(f"{source} holds no file of {collection.name} as it was published; what lacks is {names}")
    _put_in_place(collection, contents, data)
    return list(contents)


def _lacking(collection: Collection, data: Path) -> list[DataFile]:
    presence = {file: collection.presence(file, data) for file in collection.files}
    for file, is_there in presence.items():
        if is_there == "different":
            raise DataError(f"{collection.place(file, data)} is not {file.name} as published; move it away first")
    return [file for file, is_there in presence.items() if is_there == "absent"]


def _found(file: DataFile, here: list[Path]) -> bytes | None:
    """What the first of the files that is this one holds."""
    packed = f"{PurePosixPath(file.name).name}.gz"
    for path in here:
        if path.name == packed or path.stat().st_size == file.size:
            try:
                return file.read(path)
            except DataError:
                continue
    return None


def _put_in_place(collection: Collection, contents: Mapping[DataFile, bytes], data: Path) -> None:
    """Write the files beside their folder, then move each to its place."""
    if not contents:
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{collection.name}-", dir=data))
        try:
            for number, content in enumerate(contents.values()):
                write_through(partial / str(number), content)
            for number, file in enumerate(contents):
                target = data.joinpath(collection.name, file.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                (partial / str(number)).replace(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(f"{error.filename or data} cannot be written: {error.strerror}") from error
