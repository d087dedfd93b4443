"""`carrousel verify`: every file of a model against its manifest."""

from dataclasses import asdict

from carrousel.cli.arguments import DocumentName
from carrousel.cli.documents import STANDARD_OUTPUT, write_document
from carrousel.storage.folder import verify_folder


def verify(model: str, /, *, json: DocumentName = None) -> int:
    """Compare every file of a model with the size and the sha256 in its manifest.

    Leaves with 1, and names the files, where one is missing or not as it was written.

    Args:
        model: Folder of the model.
        json: File for the list as JSON; - prints it in the place of the lines.
    """
    records = verify_folder(model)
    if json != STANDARD_OUTPUT:
        for record in records:
            print(f"{record.sha256}  {record.size:>12,}  {record.name}")
        print(f"{model}: all {len(records)} files are as they were written")
    if json is not None:
        write_document(json, "verify", [{"model": model, **asdict(record)} for record in records])
    return 0
