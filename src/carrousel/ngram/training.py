"""From a text to an n-gram model: its tokens, their counts, the model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrousel.errors import SettingsError, TextError
from carrousel.ngram.building import MEMORY, build_ngram, work_folder, workplace
from carrousel.ngram.corpus import Corpus
from carrousel.ngram.folder import check_folder
from carrousel.ngram.reading import Words, read_words
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.stages import Report, silent
from carrousel.ngram.words import word_tokenizer
from carrousel.text.source import Text
from carrousel.text.tokenizer import Tokenizer, learn_tokenizer
from carrousel.text.tokens import tokenise


@dataclass(frozen=True, kw_only=True)
class UnitSettings:
    """What the tokens of an n-gram model are."""

    tokenizer: str = "word"
    """word, char, byte or bpe."""
    size: int | None = None
    """The most tokens that the vocabulary may have; the rarer ones are unknown."""
    min_count: int | None = None
    """Words and characters seen fewer times are unknown."""
    vocabulary: Path | None = None
    """A file of words, one a line: these are known and no others."""

    def __post_init__(self) -> None:
        if self.vocabulary is not None and (self.tokenizer, self.size, self.min_count) != ("word", None, None):
            raise SettingsError("a vocabulary that is given is one of words, and neither size nor min_count changes it")


def train_ngram(
    text: Text,
    settings: NgramSettings,
    units: UnitSettings,
    *,
    out: Path | None = None,
    arpa: Path | None = None,
    memory: int = MEMORY,
    threads: int | None = None,
    temporary: Path | None = None,
    engine: str = "duckdb",
    report: Report = silent,
) -> dict[str, Any]:
    """Make an n-gram model of a text and write it to a folder, an ARPA file, or both.

    A line is a sentence: its end is predicted, and histories do not reach over it.

    Args:
        text: read twice or more, in bounded memory.
        settings: the estimate.
        units: what the tokens are.
        out: the model folder; an n-gram model that stands there is replaced.
        arpa: the ARPA file.
        memory: bytes that counting may use; what is above goes to the disk.
        threads: that it may use; all cores by default.
        temporary: where that lies meanwhile; beside the result by default.
        engine: "duckdb" or "spark", which need not be told apart by their result.
        report: told what is being done, a stage at a time.

    Returns:
        What the model's config.json says: the settings, the counts by order, the discounts.

    Raises:
        TextError: the text or the vocabulary cannot be read.
        NgramError: nothing to count, undefined discounts, or a disk that is full.
        ModelError: the folder or the file cannot be written.
    """
    where = workplace(out, arpa, temporary)
    if out is not None:
        check_folder(out)
    with work_folder(where) as work:
        corpus, tokenizer = cut_text(text, units, work, report)
        file = tokenizer.to_bytes()
        del tokenizer  # a large vocabulary is not to be held twice while n-grams are counted
        return build_ngram(
            corpus,
            settings,
            out=out,
            arpa=arpa,
            tokenizer=file,
            memory=memory,
            threads=threads,
            temporary=work,
            engine=engine,
            report=report,
        )


def cut_text(text: Text, units: UnitSettings, work: Path, report: Report) -> tuple[Corpus, Tokenizer]:
    """The tokens of a text, which lie in the work folder, and what cut it."""
    report("reading words")
    words = None
    if units.tokenizer == "word" and units.vocabulary is None:
        words = read_words(text, work, size=units.size, min_count=units.min_count)
    if words is None:
        tokenizer = _tokenizer(text, units)
        report("reading tokens")
        tokens = tokenise(text, tokenizer, work / "tokens.safetensors")
        words = Words(tokenizer, tokens.array, tokens.release)
    tokenizer = words.tokenizer
    corpus = Corpus(
        tokens=words.tokens,
        names=[tokenizer.token(index) for index in range(tokenizer.size)],
        unknown=tokenizer.unknown,
        end=tokenizer.end,
        release=words.release,
    )
    return corpus, tokenizer


def _tokenizer(text: Text, units: UnitSettings) -> Tokenizer:
    if units.vocabulary is None:
        return learn_tokenizer(units.tokenizer, text, size=units.size, min_count=units.min_count)
    try:
        words = units.vocabulary.read_text(encoding="utf-8").split()
    except OSError as error:
        raise TextError(f"the vocabulary {units.vocabulary} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TextError(f"the vocabulary {units.vocabulary} is not UTF-8 at byte {error.start}; convert it") from error
    return word_tokenizer(word for word in words if word not in {"<unk>", "<eos>", "<s>", "</s>"})
