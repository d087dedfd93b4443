"""From a path to a network with its tokenizer, whatever kind of model lies there; and back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from carrousel.engine import Cell
from carrousel.errors import ModelError
from carrousel.generation import Network
from carrousel.models import LanguageModel, restore_language_model, save_language_model
from carrousel.ngram.arpa_lines import is_arpa
from carrousel.ngram.folder import is_ngram_folder
from carrousel.ngram.network import NgramNetwork
from carrousel.storage import load_folder
from carrousel.text import Tokenizer

Cells = Sequence[Cell | Callable[..., Any]]

HISTORIES: Final = "histories of n-grams end where a line ends"
NO_SUM: Final = "scores of stupid back-off do not add up to one, so this is no perplexity to compare with others"

_SAVERS: Final[Mapping[type, Callable[..., None]]] = MappingProxyType({LanguageModel: save_language_model})
"""Class of a network -> what writes its folder."""


class OpenModel(NamedTuple):
    """What was found at a path."""

    network: Network
    tokenizer: Tokenizer
    facts: dict[str, Any]
    note: str


def open_model(path: Path, *, cells: Cells, report: Callable[[str], None]) -> OpenModel:
    """The model of a folder or an ARPA file.

    Args:
        path: of the folder or the file.
        cells: recurrent cells that the model may run beside those of the catalogue.
        report: told what is being done, while an ARPA file is read.

    Raises:
        ModelError: there is no model, or it is broken or of another kind, or lacks its cell.
        ArpaError: a line of the file is wrong.
    """
    if path.is_file() and not is_arpa(path):
        raise ModelError(f"{path} is a file, and a model is a folder or an ARPA file")
    if path.is_file() or is_ngram_folder(path):
        return _open_ngram(path, report)
    return _open_network(path, cells)


def save_network(path: Path | str, network: Network, *, tokenizer: bytes, facts: Mapping[str, Any]) -> None:
    """Write the folder of a network; ModelError where it cannot be written, or is of a kind that others write."""
    if type(network) not in _SAVERS:
        raise ModelError(
            "the folder of an n-gram model is written when it is made; copy it, or turn an ARPA file into one by "
            "carrousel ngram FILE --out DIR"
        )
    _SAVERS[type(network)](path, network, tokenizer=tokenizer, facts=facts)


def _open_ngram(path: Path, report: Callable[[str], None]) -> OpenModel:
    from carrousel.ngram.opening import open_ngram  # noqa: PLC0415 - brings a database, which networks do not need

    model = open_ngram(path, report=report)
    note = HISTORIES if model.adds_up else f"{HISTORIES}; {NO_SUM}"
    return OpenModel(NgramNetwork(model), model.tokenizer, dict(model.config), note)


def _open_network(path: Path, cells: Cells) -> OpenModel:
    loaded = restore_language_model(path, load_folder(path), cells=cells)
    try:
        tokenizer = Tokenizer.from_bytes(loaded.tokenizer)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    if tokenizer.size != loaded.network.vocabulary:
        raise ModelError(
            f"{path}: tokenizer.json has {tokenizer.size} tokens where config.json has {loaded.network.vocabulary}"
        )
    return OpenModel(loaded.network, tokenizer, loaded.facts, "")
