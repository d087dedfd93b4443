"""`carrousel data`: the published collections of data, and how their files come onto this machine."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from carrousel.cli.arguments import DocumentName
from carrousel.cli.documents import STANDARD_OUTPUT, write_document
from carrousel.cli.progress import watched
from carrousel.errors import SettingsError
from carrousel.text.corpora import COLLECTIONS, Collection, fetch_collection, find_collection, load_collection

FOLDER: Final = "data"
"""Where collections lie if nothing else is said."""


def data(
    name: str | None = None,
    /,
    *,
    out: str = FOLDER,
    origin: Annotated[str | None, Parameter(name="--from")] = None,
    json: DocumentName = None,
) -> int:
    """List collections of data, or get one.

    Of each file the address, the size and the sha256 are told, and whether it is there. A file takes its place when it
    is known to be as it was published, and not before.

    Args:
        name: Collection to get; without it all are listed, and nothing is fetched.
        out: Folder for collections, each in a folder of its name.
        origin: Local file or folder to take the files from, in the place of the network.
        json: File for the list as JSON; - prints it in the place of the lines.
    """
    folder = Path(out)
    if name is None and origin is not None:
        raise SettingsError(f"--from {origin} needs the name of a collection; there are {', '.join(COLLECTIONS)}")
    listed = list(COLLECTIONS.values()) if name is None else [find_collection(name)]
    if name is not None:
        _get(listed[0], folder, origin)
    results = [_entry(collection, folder) for collection in listed]
    if json != STANDARD_OUTPUT:
        print("\n\n".join(map(_account, results)))
    if json is not None:
        write_document(json, "data", results)
    return 0


def _get(collection: Collection, folder: Path, origin: str | None) -> None:
    if origin is not None:
        load_collection(collection, Path(origin), folder)
        return
    with watched(f"{collection.name}, {collection.licence}") as watch:
        fetch_collection(collection, folder, watch=watch)


def _entry(collection: Collection, folder: Path) -> dict[str, Any]:
    entry = asdict(collection)
    for described, file in zip(entry["files"], collection.files, strict=True):
        described |= {"presence": collection.presence(file, folder), "folder": str(folder / collection.name)}
    return entry


def _account(entry: Mapping[str, Any]) -> str:
    """A collection in lines."""
    lines = [f"{entry['name']}: {entry['title']}", f"  licence: {entry['licence']}", f"  source: {entry['source']}"]
    if entry["note"]:
        lines.append(f"  note: {entry['note']}")
    for file in entry["files"]:
        lines.append(f"  {file['presence']:<9} {file['size']:>12,}  {file['sha256']}  {file['name']}")
        lines.append(f"  {'':<9} {file['address'] or 'has no address; it has to be given by --from'}")
    return "\n".join(lines)
