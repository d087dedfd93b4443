import numpy as np
import pytest

from carrousel.errors import NgramError, SettingsError, TextError
from carrousel.ngram.opening import open_ngram
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.text import memory_text
from tests.ngram.making import LINES, MEMORY, probability

TEXT = memory_text("\n".join(LINES), name="lines")
SETTINGS = NgramSettings(order=3, discount_fallback=True)


def trained(folder, units: UnitSettings, **how):
    return train_ngram(TEXT, SETTINGS, units, out=folder / "model", memory=MEMORY, **how)


def test_the_last_line_need_not_be_ended(tmp_path):
    trained(tmp_path, UnitSettings())
    assert probability(open_ngram(tmp_path / "model"), "closed their books |") > 0.5


def test_the_number_of_threads_leaves_no_trace(tmp_path):
    for threads in (1, 2, 5):
        trained(tmp_path / str(threads), UnitSettings(), threads=threads, arpa=tmp_path / f"{threads}.arpa")
    models = {(tmp_path / str(threads) / "model" / "model.safetensors").read_bytes() for threads in (1, 2, 5)}
    files = {(tmp_path / f"{threads}.arpa").read_bytes() for threads in (1, 2, 5)}
    assert len(models) == len(files) == 1


def test_nothing_is_left_lying_about(tmp_path):
    trained(tmp_path, UnitSettings(), arpa=tmp_path / "model.arpa")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.arpa"]


def test_an_arpa_file_alone_will_do(tmp_path):
    train_ngram(TEXT, SETTINGS, UnitSettings(), arpa=tmp_path / "model.arpa", memory=MEMORY)
    assert [path.name for path in tmp_path.iterdir()] == ["model.arpa"]


def test_no_place_for_the_result_is_an_error(tmp_path):
    with pytest.raises(NgramError, match="name one"):
        train_ngram(TEXT, SETTINGS, UnitSettings())


def test_a_vocabulary_that_is_given_is_all_there_is(tmp_path):
    (tmp_path / "words.txt").write_text("students\nthe\nnever\n")
    trained(tmp_path, UnitSettings(vocabulary=tmp_path / "words.txt"))
    model = open_ngram(tmp_path / "model")
    assert model.size == 5
    assert model.encode("clock")[0] == model.encode("proctor")[0] == model.tokenizer.unknown
    assert 0 < probability(model, "never") < probability(model, "clock")
    assert np.exp(model.next_log_probabilities(model.encode("the"))).sum() == pytest.approx(1, abs=1e-6)


def test_a_vocabulary_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="given"):
        UnitSettings(vocabulary=tmp_path / "words.txt", min_count=2)
    with pytest.raises(TextError, match=r"words\.txt cannot be read"):
        trained(tmp_path, UnitSettings(vocabulary=tmp_path / "words.txt"))
    (tmp_path / "words.txt").write_text("the\nthe\n")
    with pytest.raises(TextError, match="'the' stands twice"):
        trained(tmp_path, UnitSettings(vocabulary=tmp_path / "words.txt"))
