import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from carrousel.errors import ModelError
from carrousel.storage import incoming, manifest
from carrousel.storage.folder import CONFIG, TOKENIZER, WEIGHTS, load_folder, save_folder, verify_folder
from carrousel.storage.manifest import MANIFEST, manifest_text, record_of

FILES = (CONFIG, WEIGHTS, TOKENIZER, MANIFEST)
ARRAYS = {"layers.0.W.i": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.array([1.5, -0.0, np.nan], np.float32)}


def save(path: Path, name: str = "first", **options: object) -> Path:
    save_folder(
        path, config={"name": name, "layers": [1, 2]}, arrays=ARRAYS, tokenizer=b"words of " + name.encode(), **options
    )
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(tmp_path / "model")


def rewrite_manifest(folder: Path, **contents: bytes) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    files |= {name.replace("_", "."): content for name, content in contents.items()}
    (folder / MANIFEST).write_bytes(manifest_text({name: record_of(name, files[name]) for name in files}))


def test_what_was_saved_comes_back(model):
    stored = load_folder(model)
    assert stored.config == {"name": "first", "layers": [1, 2]}
    assert stored.tokenizer == b"words of first"
    assert {name: (a.dtype, a.tobytes()) for name, a in stored.arrays.items()} == {
        name: (a.dtype, a.tobytes()) for name, a in ARRAYS.items()
    }


def test_an_array_that_is_a_transposed_view_comes_back_in_order(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    save_folder(tmp_path / "model", config={}, arrays={"a": array})
    assert np.array_equal(load_folder(tmp_path / "model").arrays["a"], array)


def test_a_model_needs_no_tokenizer(tmp_path):
    save_folder(tmp_path / "model", config={}, arrays=ARRAYS)
    assert load_folder(tmp_path / "model").tokenizer is None


def test_saving_again_replaces_the_model_and_leaves_what_else_lies_there(model):
    (model / "metrics.jsonl").write_text("a line")
    (model / "checkpoints").mkdir()
    save(model, "second", extra={"notes.txt": b"n"})
    save(model, "third")
    assert load_folder(model).config["name"] == "third"
    assert sorted(path.name for path in model.iterdir()) == sorted([*FILES, "metrics.jsonl", "checkpoints"])


def test_verify_reports_every_file_with_size_and_digest(model):
    save(model, extra={"notes.txt": b"abc"})
    records = {record.name: record for record in verify_folder(model)}
    assert set(records) == {CONFIG, WEIGHTS, TOKENIZER, "notes.txt"}
    assert records["notes.txt"].size == 3
    assert records["notes.txt"].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_verify_names_all_files_that_are_wrong_at_once(model):
    (model / CONFIG).write_bytes(b"{}")
    (model / TOKENIZER).unlink()
    with pytest.raises(ModelError, match=r"config\.json.*tokenizer\.json"):
        verify_folder(model)


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_anywhere_is_an_error_that_names_the_file(model, name):
    content = bytearray((model / name).read_bytes())
    flips = random.Random(0).sample(range(8 * len(content)), min(200, 8 * len(content)))
    for bit in flips:
        content[bit // 8] ^= 1 << bit % 8
        (model / name).write_bytes(content)
        for read in (load_folder, verify_folder):
            with pytest.raises(ModelError, match=name):
                read(model)
        content[bit // 8] ^= 1 << bit % 8
    (model / name).write_bytes(content)
    load_folder(model)


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_is_an_error_that_names_the_file(model, name):
    content = (model / name).read_bytes()
    for length in range(len(content)):
        (model / name).write_bytes(content[:length])
        with pytest.raises(ModelError, match=name):
            load_folder(model)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(model, name):
    (model / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_folder(model)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_named(model, name):
    (model / name).unlink()
    (model / name).mkdir()
    with pytest.raises(ModelError, match=name):
        load_folder(model)


def test_a_folder_that_is_no_model_says_what_it_lacks(tmp_path):
    with pytest.raises(ModelError, match=r"is no model folder: it has no manifest\.json"):
        load_folder(tmp_path)
    with pytest.raises(ModelError, match="there is no model at"):
        load_folder(tmp_path / "nothing")
    (tmp_path / "file").write_text("text")
    with pytest.raises(ModelError, match="is a file, and a model is a folder"):
        load_folder(tmp_path / "file")


def test_a_manifest_that_lies_about_a_file_is_found_out(model):
    rewrite_manifest(model, config_json=b"{}" + b" " * ((model / CONFIG).stat().st_size - 2))
    with pytest.raises(ModelError, match=r"config\.json is damaged: its sha256"):
        load_folder(model)
    rewrite_manifest(model, config_json=b"{}")
    with pytest.raises(ModelError, match=r"config\.json is \d+ bytes long where the manifest says 2"):
        load_folder(model)


@pytest.mark.parametrize("name", ["../config.json", "/etc/hostname", "a/b", "", ".hidden", "manifest.json"])
def test_a_manifest_that_lists_anything_but_plain_names_is_refused(model, name):
    (model / MANIFEST).write_bytes(manifest_text({name: record_of(name, b"")}))
    with pytest.raises(ModelError, match="no plain file name"):
        load_folder(model)
    with pytest.raises(ModelError, match="further file"):
        save(model, extra={name: b""})


def test_a_format_from_the_future_is_named(model):
    parsed = json.loads((model / MANIFEST).read_text())
    (model / MANIFEST).write_text(json.dumps({**parsed, "format": 2, "colour": "blue"}))
    with pytest.raises(ModelError, match=r"manifest\.json is of format 2, this version reads 1"):
        load_folder(model)


@pytest.mark.parametrize(
    "text", ["[]", "3", '{"a": 1}', "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_json_that_is_no_manifest_is_no_manifest(model, text):
    (model / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load_folder(model)


def test_a_manifest_without_size_or_digest_is_refused(model):
    for entry in (
        {"size": 3},
        {"size": -1, "sha256": "0" * 64},
        {"size": True, "sha256": "0" * 64},
        {"size": 1, "sha256": "0"},
        [],
    ):
        body = {"files": {"config.json": entry}, "format": 1, "kind": "carrousel model folder"}
        (model / MANIFEST).write_bytes(manifest._rendered(body))
        with pytest.raises(ModelError, match=r"manifest\.json"):
            load_folder(model)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (CONFIG, b"[1]", "no mapping"),
        (CONFIG, b"\xff", "no JSON"),
        (CONFIG, b"[" * 100_000, "no JSON"),
        (WEIGHTS, b"", "no tensors"),
        (WEIGHTS, b"\xff" * 64, "no tensors"),
        (WEIGHTS, (2).to_bytes(8, "little") + b"[]", "no tensors"),
    ],
)
def test_a_file_that_the_manifest_vouches_for_and_nobody_can_read_is_named(model, name, content, words):
    (model / name).write_bytes(content)
    rewrite_manifest(model)
    with pytest.raises(ModelError, match=f"{name}.*{words}"):
        load_folder(model)


def test_a_manifest_without_the_weights_is_refused(model):
    (model / WEIGHTS).unlink()
    rewrite_manifest(model)
    with pytest.raises(ModelError, match=r"does not list model\.safetensors"):
        load_folder(model)


def test_files_of_something_else_are_never_overwritten(tmp_path):
    (tmp_path / CONFIG).write_text("mine")
    with pytest.raises(ModelError, match=r"holds config\.json and is no model folder"):
        save(tmp_path)
    assert (tmp_path / CONFIG).read_text() == "mine"


def test_values_that_no_json_holds_are_refused_before_anything_is_written(tmp_path):
    for config in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises(ModelError, match=r"config\.json holds JSON values only"):
            save_folder(tmp_path / "model", config=config, arrays={})
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("successes", range(len(FILES)))
def test_a_full_disk_leaves_the_previous_model_whole_and_nothing_behind(model, monkeypatch, successes):
    real, done = os.fsync, []

    def full(handle: int) -> None:
        if len(done) == successes:
            raise OSError(errno.ENOSPC, "No space left on device")
        done.append(handle)
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(incoming.os, "fsync", full)
        with pytest.raises(
            ModelError, match=r"(json|safetensors) of the model .* could not be written: No space left on device"
        ):
            save(model, "second")
    assert load_folder(model).config["name"] == "first"
    assert sorted(path.name for path in model.iterdir()) == sorted(FILES)
    save(model, "third")
    assert load_folder(model).config["name"] == "third"


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize("method", ["write_through", "rename", "replace", "rmtree", "_sync_folder"])
def test_a_save_that_dies_at_any_step_leaves_one_whole_model(tmp_path, monkeypatch, method):
    owner = {"rename": Path, "replace": Path, "rmtree": shutil}.get(method, incoming)
    real, step, seen = getattr(owner, method), 0, set()
    while True:
        model, calls = save(tmp_path / str(step)), 0

        def dying(*arguments: object, survived: int = step, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls > survived:
                raise Killed
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(owner, method, dying)
            try:
                save(model, "second")
                break
            except Killed:
                pass
        seen.add(load_folder(model).config["name"])
        verify_folder(model)
        save(model, "third")
        assert load_folder(model).config["name"] == "third"
        assert sorted(path.name for path in model.iterdir()) == sorted(FILES)
        step += 1
    assert seen
    assert seen <= {"first", "second"}


def test_a_save_that_is_killed_leaves_one_whole_model(model):
    program = "\n".join(
        [
            "import sys, numpy as np",
            "from carrousel.storage.folder import save_folder",
            "arrays = {'a': np.zeros(100_000, np.float32)}",
            "print('ready', flush=True)",
            "for n in range(100_000): save_folder(sys.argv[1], config={'name': str(n)}, arrays=arrays, tokenizer=b'')",
        ]
    )
    for wait in (0.003, 0.011, 0.023, 0.041):
        process = subprocess.Popen([sys.executable, "-c", program, model], stdout=subprocess.PIPE)
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        verify_folder(model)


def test_a_reader_meets_one_whole_model_while_another_process_saves(model):
    program = "\n".join(
        [
            "import sys, numpy as np",
            "from carrousel.storage.folder import save_folder",
            "for n in range(300):",
            "    save_folder(sys.argv[1], config={'n': n}, arrays={'a': np.full(1000, n, np.float32)})",
        ]
    )
    save_folder(model, config={"n": 0}, arrays={"a": np.zeros(1000, np.float32)})
    process = subprocess.Popen([sys.executable, "-c", program, model])
    while process.poll() is None:
        stored = load_folder(model)
        assert set(stored.arrays["a"]) == {stored.config["n"]}
    assert process.returncode == 0
