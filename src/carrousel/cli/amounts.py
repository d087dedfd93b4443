"""Amounts as people write them."""

import re
from typing import Final

from carrousel.errors import SettingsError

_UNITS: Final = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}


def in_bytes(text: str) -> int:
    """`512MB`, `1.5 GB`, `2GiB` as a number of bytes."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([kmgt]i?)?b?", text.strip().lower())
    if found is None:
        raise SettingsError(f"an amount of memory is written as 512MB, 1.5GB or 2GiB, got {text!r}")
    return int(float(found[1]) * _UNITS[found[2] or ""])


def in_numbers(text: str) -> int:
    """`1M`, `500k`, `1.5M`, `250_000` as a number."""
    found = re.fullmatch(r"([0-9][0-9_,]*(?:\.[0-9]+)?) *([kmg]?)", text.strip().lower())
    count = 0 if found is None else round(float(re.sub("[_,]", "", found[1])) * _UNITS[found[2]])
    if count < 1:
        raise SettingsError(f"a number of parameters is written as 1M, 500k or 250000, got {text!r}")
    return count
