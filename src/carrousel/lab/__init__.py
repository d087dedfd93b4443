"""The lab: every claim of the lecture notes as a run with its measured answer; one claim a file."""

from __future__ import annotations

import importlib
import json
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from carrousel.errors import SettingsError, near
from carrousel.lab.claim import Claim

CLAIMS: Final = MappingProxyType[str, str](
    {
        "ngram-to-lstm": "carrousel.lab.ngram_to_lstm:CLAIM",
        "vanishing-gradient": "carrousel.lab.vanishing_gradient:CLAIM",
        "constant-error-carrousel": "carrousel.lab.constant_error_carrousel:CLAIM",
        "slide": "carrousel.lab.slide:SLIDE",
        "hochreiter-1": "carrousel.lab.hochreiter.claims:REBER",
        "hochreiter-2": "carrousel.lab.hochreiter.claims:SEQUENCES",
        "hochreiter-3": "carrousel.lab.hochreiter.claims:CLASSES",
        "hochreiter-4-5": "carrousel.lab.hochreiter.claims:PAIRS",
        "hochreiter-6": "carrousel.lab.hochreiter.claims:ORDER",
        "adding": "carrousel.lab.adding:ADDING",
        "continual": "carrousel.lab.continual:CONTINUAL",
        "copy-parity-brackets": "carrousel.lab.memory_tasks:MEMORY_TASKS",
        "digits": "carrousel.lab.digits:DIGITS",
        "hessian-free": "carrousel.lab.hessian_free.claim:CLAIM",
        "learning-to-execute": "carrousel.lab.execution.claim:CLAIM",
        "hochreiter-3c": "carrousel.lab.hochreiter.claims:NOISY_TARGETS",
        "hochreiter-6b": "carrousel.lab.hochreiter.claims:ORDER_OF_THREE",
        "timing": "carrousel.lab.timing:TIMING",
        "cell-state": "carrousel.lab.cell_state:CLAIM",
        "phased-lstm": "carrousel.lab.phased_lstm:CLAIM",
        "skip-rnn": "carrousel.lab.skip_rnn:CLAIM",
        "bidirectional": "carrousel.lab.bidirectional:CLAIM",
        "variants": "carrousel.lab.variants:CLAIM",
        "agreement": "carrousel.lab.agreement:CLAIM",
        "agreement-english": "carrousel.lab.agreement_english:CLAIM",
    }
)
"""Name -> where the claim is, in the order of the notes."""


def find_claim(name: str) -> Claim:
    """The claim of a name.

    Raises:
        SettingsError: there is none.
    """
    if name not in CLAIMS:
        raise SettingsError(f"there is no claim {name!r}{near(name, CLAIMS)}")
    place, _, attribute = CLAIMS[name].partition(":")
    found: Claim = getattr(importlib.import_module(place), attribute)
    return found


def last_recorded(name: str) -> dict[str, Any] | None:
    """The recorded full run of a claim, as `report.json` has it; None where there is none yet."""
    path = files("carrousel.lab").joinpath("recorded", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
