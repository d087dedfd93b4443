"""Networks with a purpose, and the folders that they lie in."""

from carrousel.models.arrays import named_arrays, with_named_arrays
from carrousel.models.language import LanguageModel, States
from carrousel.models.language_folder import LoadedLanguageModel, restore_language_model, save_language_model
from carrousel.models.settings import LanguageModelSettings

__all__ = [
    "LanguageModel",
    "LanguageModelSettings",
    "LoadedLanguageModel",
    "States",
    "named_arrays",
    "restore_language_model",
    "save_language_model",
    "with_named_arrays",
]
