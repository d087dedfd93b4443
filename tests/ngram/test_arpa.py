import bz2
import gzip
import lzma
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrousel.errors import ArpaError, ModelError
from carrousel.ngram.arpa_lines import ArpaLines, is_arpa
from carrousel.ngram.arpa_writing import write_arpa
from carrousel.ngram.opening import open_ngram
from carrousel.ngram.stages import silent
from tests.ngram.making import made, probability

GOOD = """\
# made by hand

\\data\\
ngram 1=5
ngram 2=3
ngram 3=1

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.5
-0.8\t</s>
-0.5\ta\t-0.25
-0.6\tb\t-0.125

\\2-grams:
-0.3\t<s> a\t-0.1
-0.2\ta b
-0.4\tb </s>

\\3-grams:
-0.05\t<s> a b

\\end\\
"""


def arpa(folder: Path, content: str) -> Path:
    path = folder / "model.arpa"
    path.write_text(content)
    return path


def log10(model, words: str) -> float:
    return float(np.log10(probability(model, words)))


def test_a_file_gives_the_probabilities_that_it_says(tmp_path):
    model = open_ngram(arpa(tmp_path, GOOD))
    assert log10(model, "| a b") == pytest.approx(-0.05)
    assert log10(model, "| a a") == pytest.approx(-0.1 - 0.25 - 0.5)
    assert log10(model, "b a") == pytest.approx(-0.125 - 0.5)
    assert log10(model, "unheard") == pytest.approx(-1)
    assert model.score(["a b"])[0] == pytest.approx(np.log(10) * (-0.3 - 0.05 - 0.4))


def test_what_is_written_is_read_again_to_the_last_bit(tmp_path):
    model = made(tmp_path)
    again = open_ngram(tmp_path / "model.arpa")
    text = "the students opened the unheard exams\ntheir clock\n"
    ours, theirs = (each.log_probabilities(each.encode(text)) for each in (model, again))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_unpacked(tmp_path, pack):
    (tmp_path / "model.arpa").write_bytes(pack(GOOD.encode()))
    assert is_arpa(tmp_path / "model.arpa")
    assert open_ngram(tmp_path / "model.arpa").order == 3


def test_windows_line_ends_spaces_and_odd_characters_are_read(tmp_path):
    odd = GOOD.replace("\t", " ").replace(" a", " a\x0bé\u00a0").replace("\n", "\r\n")
    (tmp_path / "model.arpa").write_bytes(odd.encode())
    model = open_ngram(tmp_path / "model.arpa")
    assert model.vocabulary.names[3] == "a\x0bé\u00a0"


def test_a_history_without_a_line_of_its_own_is_passed_through(tmp_path):
    model = open_ngram(arpa(tmp_path, GOOD.replace("ngram 2=3", "ngram 2=2").replace("-0.3\t<s> a\t-0.1\n", "")))
    assert log10(model, "| a b") == pytest.approx(-0.05)
    assert log10(model, "| a") == pytest.approx(-0.5 - 0.5)
    assert log10(model, "| a a") == pytest.approx(-0.25 - 0.5)
    history = model.encode("a")
    assert np.exp(model.next_log_probabilities(history))[model.encode("b")[0]] == pytest.approx(10**-0.05)


def test_a_weight_behind_the_end_of_a_line_changes_nothing(tmp_path):
    model = open_ngram(arpa(tmp_path, GOOD.replace("b </s>", "b </s>\t-7").replace("-0.8\t</s>", "-0.8\t</s>\t-7")))
    tokens = model.encode("b\na\n")
    assert np.log10(np.exp(model.log_probabilities(tokens)))[2] == pytest.approx(-0.3)


def without(line: str) -> str:
    return GOOD.replace(f"{line}\n", "")


BROKEN = {
    "empty": ("", 0, "ends where"),
    "no data": ("hello\n", 1, "starts with"),
    "no counts": ("\\data\\\n\n\\1-grams:\n", 2, "no count"),
    "counts out of order": (GOOD.replace("ngram 2", "ngram 4"), 5, "'ngram 2=' and a count"),
    "a count that is none": (GOOD.replace("ngram 2=3", "ngram 2=many"), 5, "'ngram 2=' and a count"),
    "another section": (GOOD.replace("\\2-grams:", "\\4-grams:"), 15, "-grams: was expected"),
    "one too few": (without("-0.2\ta b"), 18, "a 2-gram was expected"),
    "one too many": (GOOD.replace("ngram 2=3", "ngram 2=2"), 18, "-grams: was expected"),
    "cut in a line": (GOOD[: GOOD.index("b </s>")], 18, "has a log10 probability, 2 words"),
    "cut behind a line": (GOOD[: GOOD.index("-0.4\tb")], 17, "the file ends 1 2-grams before"),
    "cut before the end": (GOOD[: GOOD.index("\\end")], 22, "ends where"),
    "no number": (GOOD.replace("-0.6\tb", "zero\tb"), 13, "a number up to 0, got 'zero'"),
    "nan": (GOOD.replace("-0.6\tb", "nan\tb"), 13, "a number up to 0"),
    "infinite": (GOOD.replace("-0.6\tb", "-inf\tb"), 13, "a number up to 0"),
    "positive": (GOOD.replace("-0.6\tb", "0.6\tb"), 13, "a number up to 0"),
    "no weight": (GOOD.replace("a\t-0.25", "a\theavy"), 12, "back-off weight is a finite number"),
    "a weight at the top": (GOOD.replace("<s> a b", "<s> a b\t-1"), 21, "the longest"),
    "a word too many": (GOOD.replace("-0.2\ta b", "-0.2\ta b b\t-1"), 17, "2 words"),
    "an unknown word": (GOOD.replace("-0.2\ta b", "-0.2\ta c"), 17, "'c' is not among the 1-grams"),
    "a word twice": (GOOD.replace("-0.6\tb", "-0.6\ta"), 13, "'a' stands here a second time"),
    "an n-gram twice": (GOOD.replace("-0.2\ta b", "-0.2\t<s> a"), 17, "'<s> a' stands here a second time"),
    "more behind the end": (GOOD + "\n\nand so on\n", 26, "nothing may follow"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_the_line(tmp_path, name):
    content, line, words = BROKEN[name]
    with pytest.raises(ArpaError, match=f"model.arpa, line {line}: .*{words}"):
        open_ngram(arpa(tmp_path, content))


def test_bytes_that_are_no_characters_are_refused_with_the_line(tmp_path):
    (tmp_path / "model.arpa").write_bytes(GOOD.encode().replace(b"\ta\t", b"\t\xe9\t"))
    with pytest.raises(ArpaError, match=r"line 12: .* not UTF-8"):
        open_ngram(tmp_path / "model.arpa")


def test_a_packed_file_cut_short_is_refused(tmp_path):
    (tmp_path / "model.arpa").write_bytes(gzip.compress(GOOD.encode())[:-20])
    with pytest.raises(ArpaError, match="cannot be read"):
        open_ngram(tmp_path / "model.arpa")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_makes_anything_but_a_named_error(data):
    content = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        lines = ArpaLines(Path("model.arpa"), BytesIO(bytes(content)))
        pieces = [piece for order in range(1, len(lines.counts) + 1) for piece in lines.grams(order)]
        lines.finish()
    except ArpaError as error:
        fault = str(error)
    else:
        fault = "none"
        assert all(len(logs) == len(weights) == len(words[0]) for _, logs, words, weights in pieces)
    assert fault == "none" or fault.startswith("model.arpa, line")


def test_what_stupid_backoff_does_fits_in_no_arpa_file(tmp_path):
    model = made(tmp_path, smoothing="stupid-backoff")
    with pytest.raises(ModelError, match="stupid-backoff"):
        write_arpa(tmp_path / "m.arpa", model.trie, model.vocabulary, report=silent)
    assert not (tmp_path / "m.arpa").exists()
