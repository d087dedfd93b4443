"""Carrousel: recurrent language models, from the equations up.

What stands in `__all__` is imported when it is first asked for, so that importing the package costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carrousel.cells import CELLS
    from carrousel.engine import Cell
    from carrousel.inspection import Trace, inspect
    from carrousel.layers import Bidirectional, Embedding, Recurrent, SoftmaxHead, Stack
    from carrousel.model import Model, load
    from carrousel.models import LanguageModel, LanguageModelSettings
    from carrousel.text import Tokenizer, learn_tokenizer, open_text

__all__ = [
    "CELLS",
    "Bidirectional",
    "Cell",
    "Embedding",
    "LanguageModel",
    "LanguageModelSettings",
    "Model",
    "Recurrent",
    "SoftmaxHead",
    "Stack",
    "Tokenizer",
    "Trace",
    "inspect",
    "learn_tokenizer",
    "load",
    "open_text",
]

_PLACES = {
    "carrousel.cells": ("CELLS",),
    "carrousel.engine": ("Cell",),
    "carrousel.inspection": ("Trace", "inspect"),
    "carrousel.layers": ("Bidirectional", "Embedding", "Recurrent", "SoftmaxHead", "Stack"),
    "carrousel.model": ("Model", "load"),
    "carrousel.models": ("LanguageModel", "LanguageModelSettings"),
    "carrousel.text": ("Tokenizer", "learn_tokenizer", "open_text"),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACE_OF:
        raise AttributeError(f"module 'carrousel' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
