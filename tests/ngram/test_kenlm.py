"""Our ARPA files as KenLM reads them; skipped where the package is not."""

import numpy as np
import pytest

from carrousel.ngram.opening import open_ngram
from tests.needed import needed
from tests.ngram.making import LINES, made

pytestmark = pytest.mark.oracle

TEXT = ("the students opened the unheard exams", "a clock", "", "their proctor closed books books", *LINES)


@pytest.fixture(scope="module")
def kenlm():
    return needed("kenlm", hint="pip install kenlm, which needs a C++ compiler")


def log10s(model, line: str) -> np.ndarray:
    return model.log_probabilities(model.encode(f"{line}\n")) / np.log(10)


@pytest.mark.parametrize(
    "settings",
    [
        {"order": 2},
        {"order": 4},
        {"order": 4, "smoothing": "kneser-ney"},
        {"order": 3, "smoothing": "katz"},
        {"order": 3, "smoothing": "add-k", "added": 0.1},
        {"order": 4, "interpolate_unigrams": False},
        {"order": 4, "prune": (0, 1)},
        {"order": 4, "prune_entropy": 0.003},
    ],
    ids=lambda settings: "-".join(str(value) for value in settings.values()),
)
def test_kenlm_reads_the_same_probabilities_out_of_our_files(kenlm, tmp_path, settings):
    model = made(tmp_path, **settings)
    theirs = kenlm.LanguageModel(str(tmp_path / "model.arpa"))
    for line in TEXT:
        expected = [score for score, _, _ in theirs.full_scores(line)]
        assert log10s(model, line) == pytest.approx(expected, abs=1e-5)


def test_kenlm_and_we_read_a_file_with_holes_alike(kenlm, tmp_path):
    made(tmp_path, order=4)
    lines = (tmp_path / "model.arpa").read_text().splitlines()
    dropped = [line for line in lines if line.split("\t")[1:2] == ["students opened"]]
    assert len(dropped) == 1
    lines.remove(dropped[0])
    content = "\n".join(lines).replace("ngram 2=", "ngram 2=0") + "\n"
    count = content.split("ngram 2=0")[1].split("\n")[0]
    (tmp_path / "holes.arpa").write_text(content.replace(f"ngram 2=0{count}", f"ngram 2={int(count) - 1}"))
    theirs, ours = kenlm.LanguageModel(str(tmp_path / "holes.arpa")), open_ngram(tmp_path / "holes.arpa")
    for line in TEXT:
        assert log10s(ours, line) == pytest.approx([score for score, _, _ in theirs.full_scores(line)], abs=1e-5)
