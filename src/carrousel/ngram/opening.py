"""From a path to a model: a model folder is mapped, an ARPA file is read into memory."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from carrousel.errors import ModelError
from carrousel.ngram.arpa_reading import read_arpa
from carrousel.ngram.building import MEMORY, work_folder
from carrousel.ngram.folder import Contents, read_folder
from carrousel.ngram.levels import trie_of
from carrousel.ngram.model import NgramModel
from carrousel.ngram.stages import Report, silent
from carrousel.ngram.vocabulary import Vocabulary
from carrousel.text.tokenizer import Tokenizer


def open_ngram(
    path: Path, *, memory: int = MEMORY, temporary: Path | None = None, report: Report = silent
) -> NgramModel:
    """The n-gram model of a folder or of an ARPA file.

    A folder is open at once, however many n-grams it has, and these are read from the disk as they are asked for; what
    it takes is the vocabulary. Of the arrays the length alone is compared with the manifest: `carrousel verify` reads
    them whole. An ARPA file is read whole; make a folder of a large one.

    Args:
        path: of the folder or the file.
        memory: bytes that reading an ARPA file may use besides the model.
        temporary: where that lies meanwhile; the system's folder for such things by default.
        report: told what is being done.

    Raises:
        ModelError: the folder is missing, broken or of another kind.
        ArpaError: the file is broken; the message names the line.
    """
    if path.is_dir() or not path.exists():
        contents = read_folder(path)
        return _model(path, contents, contents.arrays.arrays)
    with work_folder(temporary or Path(tempfile.gettempdir())) as work:
        folder = work / "model"
        read_arpa(path, folder, memory=memory, temporary=work, report=report)
        contents = read_folder(folder)
        return _model(path, contents, {name: np.array(array) for name, array in contents.arrays.arrays.items()})


def _model(path: Path, contents: Contents, arrays: Mapping[str, np.ndarray]) -> NgramModel:
    names = tuple(contents.vocabulary.decode().split("\n")[:-1])
    vocabulary = Vocabulary(names=names, outer=arrays["outer"])
    trie = trie_of(arrays, unseen=float(contents.config["unseen"]))
    tokenizer = Tokenizer.from_bytes(contents.tokenizer)
    if len(names) != len(trie.levels[0].logs) or vocabulary.outer.max() >= tokenizer.size:
        raise ModelError(f"the vocabulary of {path} is not that of its n-grams; copy the model again")
    return NgramModel(trie, vocabulary, tokenizer, contents.config)
