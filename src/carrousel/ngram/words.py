"""A word tokenizer with a vocabulary that is given instead of learned."""

from collections.abc import Iterable

from tokenizers import models

from carrousel.errors import TextError
from carrousel.ngram.vocabulary import unspaced
from carrousel.text.kinds.kind import END, UNKNOWN
from carrousel.text.kinds.word import WORD, pipeline
from carrousel.text.tokenizer import Tokenizer


def word_tokenizer(words: Iterable[str]) -> Tokenizer:
    """The tokenizer whose tokens are `<unk>`, `<eos>` and the words, in this order.

    White space inside a word, which no text can hold, is written as in n-gram files.

    Raises:
        TextError: a word is there twice.
    """
    ids = {UNKNOWN: 0, END: 1}
    for word in map(unspaced, words):
        if word in ids:
            raise TextError(f"the word {word!r} stands twice in the vocabulary, or is a mark of ours; leave one out")
        ids[word] = len(ids)
    library = pipeline()
    library.model = models.WordLevel(ids, unk_token=UNKNOWN)
    return Tokenizer(WORD, library)
