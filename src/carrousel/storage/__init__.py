"""Folders that are whole or absent: files with a manifest of their hashes, replaced all at once."""

from carrousel.storage.folder import StoredModel, load_folder, save_folder, verify_folder
from carrousel.storage.manifest import FileRecord

__all__ = ["FileRecord", "StoredModel", "load_folder", "save_folder", "verify_folder"]
