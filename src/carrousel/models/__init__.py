"""Networks with a purpose, and the folders that they lie in."""

from carrousel.models.arrays import named_arrays, with_named_arrays
from carrousel.models.language import LanguageModel, States
from carrousel.models.language_folder import LoadedLanguageModel, restore_language_model, save_language_model
from carrousel.models.sequence import SequenceModel
from carrousel.models.settings import LanguageModelSettings
from carrousel.models.sizing import Fitted, count_numbers, fit_hidden, trained_numbers

__all__ = [
    "Fitted",
    "LanguageModel",
    "LanguageModelSettings",
    "LoadedLanguageModel",
    "SequenceModel",
    "States",
    "count_numbers",
    "fit_hidden",
    "named_arrays",
    "restore_language_model",
    "save_language_model",
    "trained_numbers",
    "with_named_arrays",
]
