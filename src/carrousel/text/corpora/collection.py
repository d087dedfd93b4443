"""A published collection of data as a row, and the one reading of its files: checked, plain or packed by gzip."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from carrousel.errors import DataError

BLOCK: Final = 1 << 16
"""Bytes read at a time."""

Presence = Literal["there", "absent", "different"]


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One file of a collection."""

    name: str
    """Where it lies in the collection's folder, with `/` between folders."""
    size: int
    """Length in bytes."""
    sha256: str
    """Digest of the contents, 64 hexadecimal digits."""
    address: str | None = None
    """Where it is published as it is; None where it is not, and has to be given."""

    def checked(self, blocks: Iterable[bytes], *, origin: str) -> bytes:
        """The contents, put together of blocks; no more is read than the file is long.

        Raises:
            DataError: they are not what the table says; the message names `origin`.
        """
        content = bytearray()
        for block in blocks:
            content += block
            if len(content) > self.size:
                raise DataError(
                    f"{origin} is longer than the {self.size:,} bytes of {self.name}; look for another copy"
                )
        if len(content) < self.size:
            raise DataError(
                f"{origin} ends after {len(content):,} of the {self.size:,} bytes of {self.name}; try again, or look "
                "for another copy"
            )
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise DataError(f"{origin} is not {self.name} as published: its sha256 differs; look for another copy")
        return bytes(content)

    def read(self, path: Path) -> bytes:
        """The contents of a local file, unpacked where its name ends in `.gz` and this one's does not.

        Raises:
            DataError: it cannot be read or unpacked, or is another file.
        """
        unpacked = path.suffix == ".gz" and not self.name.endswith(".gz")
        return self.checked(_blocks(path, unpacked=unpacked), origin=str(path))


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Files that were published together."""

    name: str
    """The name of its folder too."""
    title: str
    licence: str
    """The licence in a few words, and what it keeps people from."""
    source: str
    """The repository, and its version, of which sizes and digests were taken."""
    files: tuple[DataFile, ...]
    note: str = ""
    """What is lacking, and why."""

    def place(self, file: DataFile, data: Path) -> Path | None:
        """Where the file lies under the folder `data`, as it is or packed by gzip; None where it does not."""
        plain = data.joinpath(self.name, file.name)
        return next((path for path in (plain, plain.with_name(f"{plain.name}.gz")) if path.is_file()), None)

    def presence(self, file: DataFile, data: Path) -> Presence:
        """Whether the file lies under the folder `data`, and as it was published."""
        path = self.place(file, data)
        if path is None:
            return "absent"
        try:
            file.read(path)
        except DataError:
            return "different"
        return "there"

    def read(self, name: str, data: Path) -> bytes:
        """The contents of a file, from the folder `data` that holds the folders of collections.

        Raises:
            DataError: it is not there, or is not as it was published.
        """
        file = next(file for file in self.files if file.name == name)
        path = self.place(file, data)
        if path is None:
            raise DataError(
                f"there is no {data.joinpath(self.name, name)}; carrousel data {self.name} --out {data} brings it, or "
                "give the folder of another place by --data"
            )
        return file.read(path)


def _blocks(path: Path, *, unpacked: bool) -> Iterator[bytes]:
    try:
        with gzip.open(path) if unpacked else path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
