"""What tests compare with and cannot always be had: where it is absent they skip, naming it; with CI set they fail."""

import importlib
import os
from types import ModuleType
from typing import NoReturn

import pytest


def absent(cause: str) -> NoReturn:
    """Skip with the cause; where CI is set, what tests compare with must be there, and its absence is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{cause}, and with CI set that is a failure", pytrace=False)
    pytest.skip(cause, allow_module_level=True)


def needed(package: str, *, hint: str = "") -> ModuleType:
    """The package that a test compares with."""
    try:
        return importlib.import_module(package)
    except ImportError:
        absent(f"{package} is not installed{hint and f': {hint}'}")
