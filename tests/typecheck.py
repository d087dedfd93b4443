"""The run-time type checker of the tests: an int is a float, as in PEP 484."""

from typing import Any

from beartype import BeartypeConf, beartype

CONFIGURATION = BeartypeConf(is_pep484_tower=True)


def check(function: Any) -> Any:
    """Check a function's arguments and result at run time."""
    return beartype(function, conf=CONFIGURATION)
