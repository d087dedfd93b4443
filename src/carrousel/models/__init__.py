"""Networks with a purpose, and the folders that they lie in."""

from carrousel.models.arrays import named_arrays, with_named_arrays
from carrousel.models.language import LanguageModel, States
from carrousel.models.language_folder import LoadedLanguageModel, restore_language_model, save_language_model
from carrousel.models.manifest import FileRecord
from carrousel.models.settings import LanguageModelSettings
from carrousel.models.storage import StoredModel, load_folder, save_folder, verify_folder

__all__ = [
    "FileRecord",
    "LanguageModel",
    "LanguageModelSettings",
    "LoadedLanguageModel",
    "States",
    "StoredModel",
    "load_folder",
    "named_arrays",
    "restore_language_model",
    "save_folder",
    "save_language_model",
    "verify_folder",
    "with_named_arrays",
]
