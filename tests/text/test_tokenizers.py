"""Tokenizers: round trips, the library's own answer, unknown tokens, special names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrousel.errors import SettingsError, TextError
from carrousel.text import KINDS, Tokenizer, learn_tokenizer, memory_text
from tests.text.samples import PROSE, dripping_text

TOKENIZERS = {kind: learn_tokenizer(kind, memory_text(PROSE, name="prose")) for kind in KINDS}
every_kind = pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)

near_the_sample = st.text(st.sampled_from(sorted(set(PROSE))), max_size=60)
any_text = st.one_of(st.text(max_size=40), near_the_sample)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda word: word.split() == [word])
normalised_text = st.lists(
    st.lists(words.filter(lambda word: word != "<eos>"), max_size=5).map(" ".join), max_size=5
).map("\n".join)


@every_kind
@given(text=any_text)
def test_the_library_alone_finds_the_same_tokens(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.encode(text).tolist() == tokenizer.library.encode(text).ids


@pytest.mark.parametrize("kind", ["byte", "bpe"])
@given(text=any_text)
def test_any_text_comes_back_from_bytes_and_pairs(kind: str, text: str) -> None:
    assert TOKENIZERS[kind].decode(TOKENIZERS[kind].encode(text)) == text


@given(data=st.binary())
def test_any_bytes_are_their_own_byte_tokens(data: bytes) -> None:
    ids = TOKENIZERS["byte"].encode(data)
    assert bytes(ids.tolist()) == data
    assert TOKENIZERS["byte"].decode(ids) == data.decode("utf-8", "replace")


@given(text=normalised_text)
def test_normalised_text_comes_back_from_words(text: str) -> None:
    vocabulary = memory_text(text + "\nword\n", name="text")
    tokenizer = learn_tokenizer("word", vocabulary)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@settings(max_examples=25)
@given(text=st.text(min_size=1, max_size=40))
def test_known_characters_come_back(text: str) -> None:
    tokenizer = learn_tokenizer("char", memory_text(text, name="text"))
    known = text.removeprefix("\ufeff")
    assert tokenizer.decode(tokenizer.encode(known)) == known


@every_kind
@given(texts=st.lists(any_text, max_size=3))
def test_the_tokens_of_a_line_do_not_depend_on_the_next_line(tokenizer: Tokenizer, texts: list[str]) -> None:
    lines = [text + "\n" for text in texts]
    apart = [index for line in lines for index in tokenizer.encode(line).tolist()]
    assert tokenizer.encode("".join(lines)).tolist() == apart


@every_kind
@given(text=any_text, count=st.integers(1, 9))
def test_how_a_text_is_cut_into_blocks_changes_no_token(tokenizer: Tokenizer, text: str, count: int) -> None:
    text = text.removeprefix("\ufeff")  # a byte order mark at the beginning of a file is no text
    stretches = tokenizer.stretches(dripping_text(text.encode(), count=count))
    ids = [index for stretch in stretches for index in tokenizer.encode(stretch).tolist()]
    assert ids == tokenizer.encode(text).tolist()


@every_kind
@given(ids=st.lists(st.integers(0, 49), max_size=20))
def test_what_is_written_token_by_token_is_the_decoded_text(tokenizer: Tokenizer, ids: list[int]) -> None:
    ids = [index % tokenizer.size for index in ids]
    written = list(tokenizer.spell(ids))
    assert len(written) == len(ids) + 1
    assert "".join(written) == tokenizer.decode(ids)


@every_kind
def test_a_newline_is_the_token_that_ends_a_line(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("\n").tolist() == [tokenizer.end]


@every_kind
def test_ids_that_no_token_has_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(TextError, match=f"run from 0 to {tokenizer.size - 1}, got {tokenizer.size}"):
        tokenizer.decode([tokenizer.size])
    with pytest.raises(TextError, match="got -1"):
        tokenizer.token(-1)


@every_kind
def test_learning_twice_gives_the_same_file(tokenizer: Tokenizer) -> None:
    again = learn_tokenizer(tokenizer.kind, [memory_text(PROSE, name="the same")])
    assert again.to_bytes() == tokenizer.to_bytes()
    assert again.sha256 == tokenizer.sha256


@pytest.mark.parametrize("kind", ["word", "char", "bpe"])
def test_bytes_that_are_no_utf8_are_refused_with_their_offset(kind: str) -> None:
    with pytest.raises(TextError, match="not UTF-8 at byte 3"):
        TOKENIZERS[kind].encode(b"abc\xff")


@every_kind
def test_a_lone_surrogate_is_refused_with_its_place(tokenizer: Tokenizer) -> None:
    with pytest.raises(TextError, match=r"lone surrogate U\+DC80 as character 2"):
        tokenizer.encode("ab\udc80")


def test_bytes_have_exactly_256_tokens() -> None:
    assert TOKENIZERS["byte"].size == 256
    assert TOKENIZERS["byte"].unknown is None
    for wrong in ({"size": 257}, {"min_count": 2}):
        with pytest.raises(SettingsError, match="256 tokens whatever the text is"):
            learn_tokenizer("byte", memory_text("a", name="a"), **wrong)


def test_crlf_and_empty_lines_are_ends_of_lines_to_words() -> None:
    tokenizer = TOKENIZERS["word"]
    assert tokenizer.decode(tokenizer.encode("the\r\n\r\n\n owl \n")) == "the\n\n\nowl\n"


def test_crlf_is_two_characters() -> None:
    tokenizer = TOKENIZERS["char"]
    assert tokenizer.decode(tokenizer.encode("a\r\n")) == "a\r\n"


def test_written_names_of_special_tokens_are_those_tokens_to_words_alone() -> None:
    word = TOKENIZERS["word"]
    assert word.encode("<unk> <eos>").tolist() == [word.unknown, word.end]
    for kind in ("char", "byte", "bpe"):
        tokenizer = TOKENIZERS[kind]
        ids = tokenizer.encode("<unk> <eos>")
        assert tokenizer.decode(ids) == "<unk> <eos>"
        assert tokenizer.end not in ids
        assert tokenizer.unknown not in ids


def test_unknown_words_and_characters_are_the_unknown_token() -> None:
    word, char = TOKENIZERS["word"], TOKENIZERS["char"]
    assert word.decode(word.encode("the zebra")) == "the <unk>"
    assert word.token(word.unknown or 0) == "<unk>"
    assert char.decode(char.encode("aЖn")) == "a\ufffdn"


def test_a_size_keeps_the_most_frequent_words() -> None:
    tokenizer = learn_tokenizer("word", memory_text("b a c b a b d", name="text"), size=4)
    assert [tokenizer.token(index) for index in range(tokenizer.size)] == ["<unk>", "<eos>", "b", "a"]


def test_a_size_keeps_the_most_frequent_characters() -> None:
    tokenizer = learn_tokenizer("char", memory_text("bacbab", name="text"), size=3)
    assert [tokenizer.token(index) for index in range(tokenizer.size)] == ["<unk>", "b", "a"]


@pytest.mark.parametrize("kind", ["word", "char"])
def test_a_least_count_leaves_out_what_is_rarer(kind: str) -> None:
    text = memory_text("b a c b a b" if kind == "word" else "bacbab", name="text")
    assert learn_tokenizer(kind, text, min_count=2).size == learn_tokenizer(kind, text).size - 1


def test_pieces_of_pairs_are_bounded_however_long_a_word_is() -> None:
    tokenizer = learn_tokenizer("bpe", memory_text("a" * 5000, name="long"), size=300)
    assert max(len(tokenizer.token(index)) for index in range(256, tokenizer.size)) == 32
    assert tokenizer.decode(tokenizer.encode("a" * 100)) == "a" * 100


def test_a_size_and_a_least_count_bound_the_pairs() -> None:
    text = memory_text("abab cdcd abab xy\n" * 3, name="text")
    assert learn_tokenizer("bpe", text, size=258).size == 258
    assert learn_tokenizer("bpe", text, min_count=100).size == 256


@pytest.mark.parametrize(("kind", "size"), [("word", 2), ("char", 1), ("bpe", 256)])
def test_a_size_without_room_is_refused(kind: str, size: int) -> None:
    with pytest.raises(SettingsError, match=f"cannot be {size}"):
        learn_tokenizer(kind, memory_text("some text", name="text"), size=size)


@pytest.mark.parametrize("kind", ["word", "char", "bpe"])
def test_a_least_count_below_one_is_refused(kind: str) -> None:
    with pytest.raises(SettingsError, match="cannot be 0"):
        learn_tokenizer(kind, memory_text("some text", name="text"), min_count=0)


@pytest.mark.parametrize("kind", ["word", "char"])
def test_a_text_with_nothing_to_learn_is_refused_by_name(kind: str) -> None:
    with pytest.raises(TextError, match=r"tiny: no .* is seen 9 times"):
        learn_tokenizer(kind, memory_text("a b", name="tiny"), min_count=9)


def test_an_unknown_kind_names_the_near_one() -> None:
    with pytest.raises(SettingsError, match="did you mean word"):
        learn_tokenizer("words", memory_text("a", name="a"))


def test_tokens_that_are_no_character_show_their_bytes() -> None:
    assert TOKENIZERS["byte"].token(0xE2) == "\\xe2"
    assert TOKENIZERS["bpe"].token(int(TOKENIZERS["bpe"].encode(" the")[0])).strip() in {"", "t", "th", "the"}


def test_ids_are_32_bit_integers() -> None:
    assert all(tokenizer.encode("the owl").dtype == np.int32 for tokenizer in TOKENIZERS.values())
