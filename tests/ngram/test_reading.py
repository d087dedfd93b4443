import numpy as np
import pytest

from carrousel.errors import TextError
from carrousel.ngram.reading import read_words
from carrousel.text import learn_tokenizer, memory_text, tokens_in_memory

TEXT = "b a <unk> b c\nd  e\tb <eos> a\n\né c"


@pytest.mark.parametrize("limits", [{}, {"size": 4}, {"min_count": 2}], ids=["all", "size", "min_count"])
def test_one_pass_gives_what_two_give(tmp_path, limits):
    text = memory_text(TEXT, name="text")
    tokenizer = learn_tokenizer("word", text, **limits)
    read = read_words(text, tmp_path, **{"size": None, "min_count": None, **limits})
    assert read.tokenizer.to_bytes() == tokenizer.to_bytes()
    assert np.array_equal(read.tokens, tokens_in_memory(text, tokenizer).array)
    read.release()
    assert read.tokens[1] == tokenizer.encode("a")[0]


def test_more_words_than_memory_may_hold_are_left_to_two_passes(tmp_path):
    assert read_words(memory_text(TEXT, name="text"), tmp_path, size=None, min_count=None, held=5) is None


def test_a_text_without_words_is_refused(tmp_path):
    with pytest.raises(TextError, match="no word is seen 1 times"):
        read_words(memory_text("\n\n", name="text"), tmp_path, size=None, min_count=None)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TextError, match="cannot be written"):
        read_words(memory_text(TEXT, name="text"), tmp_path / "none", size=None, min_count=None)
