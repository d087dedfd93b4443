import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from carrousel.errors import ModelError
from carrousel.ngram.arrays import ArrayWriter, map_arrays
from carrousel.ngram.opening import open_ngram
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.storage import save_folder
from carrousel.text import open_text
from tests.ngram.making import made

INTERRUPTED = """
import os, resource, signal, sys
from pathlib import Path
from carrousel.ngram.building import build_ngram
from carrousel.ngram.settings import NgramSettings
from tests.ngram.making import MEMORY, corpus_of

folder, stage, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

def report(now):
    if now == stage:
        os.kill(os.getpid(), signal.SIGKILL)

corpus, file = corpus_of(("a b c a b", "c b a") * (200 if limit else 1))
settings = NgramSettings(order=3, discount_fallback=True)
arpa = None if limit else folder / "model.arpa"
build_ngram(corpus, settings, out=folder / "model", arpa=arpa, tokenizer=file, memory=MEMORY, threads=1, report=report)
"""


def build_in_a_process(folder: Path, *, stage: str = "", limit: int = 0) -> subprocess.CompletedProcess:
    paths = os.pathsep.join([str(Path(__file__).parents[2] / "src"), str(Path(__file__).parents[2])])
    command = [sys.executable, "-c", INTERRUPTED, str(folder), stage, str(limit)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stage", ["sorting 3-grams", "writing 2-grams", "making sure that all is on the disk"])
def test_a_killed_run_leaves_no_model_that_opens(tmp_path, stage):
    assert build_in_a_process(tmp_path, stage=stage).returncode == -signal.SIGKILL
    with pytest.raises(ModelError):
        open_ngram(tmp_path / "model")
    assert not (tmp_path / "model.arpa").exists() or stage.startswith("making")


def test_a_killed_run_leaves_the_earlier_model_as_it_was(tmp_path):
    before = made(tmp_path).score(["the students"])
    build_in_a_process(tmp_path, stage="making sure that all is on the disk")
    assert open_ngram(tmp_path / "model").score(["the students"]) == before


def test_a_disk_that_takes_no_more_is_said_in_one_sentence(tmp_path):
    done = build_in_a_process(tmp_path, limit=600)
    assert done.returncode == 1
    assert "could not be written" in done.stderr.splitlines()[-1]
    with pytest.raises(ModelError):
        open_ngram(tmp_path / "model")


def test_a_model_takes_the_place_of_another(tmp_path):
    made(tmp_path, order=2)
    assert made(tmp_path, order=3).order == open_ngram(tmp_path / "model").order == 3
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "config.json",
        "manifest.json",
        "model.safetensors",
        "tokenizer.json",
        "vocabulary.txt",
    ]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "letter.txt").write_text("dear")
    with pytest.raises(ModelError, match="holds something that is no model"):
        made(tmp_path)
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["letter.txt"]


def test_a_model_of_another_kind_is_left_alone_before_anything_is_read(tmp_path):
    save_folder(tmp_path / "model", config={"model": "language model"}, arrays={"weight": np.ones(2)})
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    with pytest.raises(ModelError, match="holds a model that is not of n-grams"):
        train_ngram(open_text("builtin:agreement"), NgramSettings(), UnitSettings(), out=tmp_path / "model")
    with pytest.raises(ModelError, match="holds a model that is not of n-grams"):
        made(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "vocabulary.txt", "manifest.json"]
)
@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_damage_to_a_file_is_found_when_the_model_is_opened(tmp_path, whole_model, name, damage):
    folder = tmp_path / "model"
    folder.mkdir()
    for path in whole_model.iterdir():
        content = path.read_bytes()
        if path.name == name:
            middle = len(content) // 2
            content = {"gone": b"", "cut": content[:middle], "changed": b"?" + content[1:]}[damage]
        if path.name != name or damage != "gone":
            (folder / path.name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        open_ngram(folder)


@pytest.fixture(scope="module")
def whole_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    made(folder)
    return folder / "model"


def test_arrays_come_back_as_they_were_written(tmp_path):
    lengths = {"small": (np.dtype("<u2"), 3), "large": (np.dtype("<u8"), 2), "real": (np.dtype("<f4"), 4)}
    values = {"small": [1, 2, 65535], "large": [2**40, 1], "real": [0.5, -np.inf, np.nan, 1]}
    writer = ArrayWriter(tmp_path / "arrays", lengths)
    for name in ("real", "small", "large"):
        for value in values[name]:
            writer.write(name, np.array([value]))
    writer.finish()
    writer.close()
    found = map_arrays(tmp_path / "arrays")
    for name, value in values.items():
        assert np.array_equal(found.arrays[name], np.array(value, lengths[name][0]), equal_nan=name == "real")
        assert found.arrays[name].flags.aligned
    found.release()
    assert found.arrays["small"][2] == 65535


def test_an_array_must_be_as_long_as_was_said(tmp_path):
    writer = ArrayWriter(tmp_path / "arrays", {"a": (np.dtype("<u2"), 2)})
    writer.write("a", np.array([1]))
    with pytest.raises(ModelError, match="lacks 2 bytes"):
        writer.finish()
    with pytest.raises(ModelError, match="grew longer"):
        writer.write("a", np.array([1, 2]))
    writer.close()


def test_the_config_tells_the_settings_and_the_counts(tmp_path):
    model = made(tmp_path, order=2)
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["kind"] == "ngram"
    assert config["settings"]["order"] == 2
    assert config["counts"] == [len(level.logs) for level in model.trie.levels]
