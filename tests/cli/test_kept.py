"""Programs that `generate` keeps for the next process: the same words without jax, and what is not believed."""

import os
import subprocess
import sys

import jax
import pytest

import carrousel as cr
from carrousel.cli import app, writers
from carrousel.generation import keeping
from carrousel.sampling.kept.programs import KeptPrograms
from carrousel.text import learn_tokenizer, memory_text

WORDS = "the cat sat on a mat and saw zebra no dog"
LONG = " ".join((WORDS.split() * 8)[:70])
WAYS = {
    "plain": ("lstm", ()),
    "filters": (
        "lstm",
        ("--samples", "3", "--weights", "int8", "--top-k", "9", "--top-p", "0.9", "--temperature", "2"),
    ),
    "greedy": ("gru", ("--weights", "bfloat16", "--temperature", "0")),
    "window": ("window", ("--samples", "2")),
}
"""The model, and what programs are made for."""
CALLS = (
    ("--tokens", "120"),
    ("--tokens", "3", "--prompt", "the cat"),
    ("--tokens", "40", "--prompt", LONG, "--stop", "dog", "--stop", "no zebra"),
)
"""Several chunks, a short prompt, one of several readings."""


def save(folder, kind, seed=0):
    tokenizer = learn_tokenizer("word", memory_text(WORDS, name="text"))
    sizes = {"model": "window", "window": 3, "embedding": 4} if kind == "window" else {"cell": kind, "layers": 2}
    network = cr.LanguageModel(tokenizer.size, hidden=5, start="uniform", scale=2.0, key=jax.random.key(seed), **sizes)
    cr.Model(network=network, tokenizer=tokenizer, facts={}).save(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    for kind in ("lstm", "gru", "window"):
        save(folder / kind, kind)
    return folder


@pytest.fixture
def call(folder, monkeypatch, capsys):
    """Run `generate` in the folder; what it printed, and whether the model's classes were asked for it."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(writers, "leave_programs", lambda: None)  # the tests of other files keep jax's own cache
    asked, ordinary = [], writers._ordinary
    monkeypatch.setattr(writers, "_ordinary", lambda *given: asked.append(given) or ordinary(*given))

    def run(*arguments, cache):
        asked.clear()
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(cache))
        code = app.call(["generate", *arguments, "--seed", "5"])
        assert code == 0
        return capsys.readouterr().out, bool(asked)

    return run


@pytest.fixture
def kept(call, tmp_path):
    """The file of the plain way's programs, and what they print."""
    out, _ = call("lstm", "--tokens", "20", cache=tmp_path)
    (file,) = tmp_path.iterdir()
    return file, out


@pytest.mark.parametrize("way", WAYS)
def test_kept_programs_draw_the_words_of_the_ordinary_way(call, tmp_path, way):
    model, flags = WAYS[way]
    assert call(model, *flags, *CALLS[0], cache=tmp_path)[1]
    for given in CALLS:
        ordinary, asked = call(model, *flags, *given, cache=tmp_path / "none")
        assert asked
        assert call(model, *flags, *given, cache=tmp_path) == (ordinary, False)


def test_another_model_of_the_form_draws_by_kept_programs_with_its_own_weights(call, kept, folder):
    save(folder / "other", "lstm", seed=1)
    ordinary, _ = call("other", "--tokens", "20", cache=folder / "none")
    assert ordinary != kept[1]
    assert call("other", "--tokens", "20", cache=kept[0].parent) == (ordinary, False)


@pytest.mark.parametrize("place", [0, 40, 5000, -1])
def test_a_damaged_file_is_not_believed_and_made_anew(call, kept, place):
    file, out = kept
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert call("lstm", "--tokens", "20", cache=file.parent) == (out, True)
    assert call("lstm", "--tokens", "20", cache=file.parent) == (out, False)


def test_a_file_that_was_cut_short_is_not_believed(call, kept):
    file, out = kept
    file.write_bytes(file.read_bytes()[:-1000])
    assert call("lstm", "--tokens", "20", cache=file.parent) == (out, True)


def test_a_file_that_others_may_write_or_own_is_not_believed(call, kept, monkeypatch):
    file, out = kept
    file.chmod(0o620)
    assert call("lstm", "--tokens", "20", cache=file.parent) == (out, True)
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert call("lstm", "--tokens", "20", cache=file.parent) == (out, True)


def test_other_settings_of_jax_have_programs_of_their_own(call, kept, monkeypatch):
    monkeypatch.setenv("JAX_DEFAULT_MATMUL_PRECISION", "float32")
    assert call("lstm", "--tokens", "20", cache=kept[0].parent) == (kept[1], True)
    assert len(list(kept[0].parent.iterdir())) == 2


def test_nothing_is_kept_where_jax_is_told_to_keep_nothing(call, tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_ENABLE_COMPILATION_CACHE", "false")
    assert call("lstm", "--tokens", "20", cache=tmp_path)[1]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_no_error(call, kept, tmp_path_factory, monkeypatch):
    def refuse(**_):
        raise PermissionError

    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert call("lstm", "--tokens", "20", cache=empty) == (kept[1], True)
    assert not list(empty.iterdir())


def test_programs_that_cannot_be_kept_are_not_tried_again(call, kept, monkeypatch, tmp_path_factory):
    empty, tried = tmp_path_factory.mktemp("refused"), []
    monkeypatch.setattr(keeping, "_program", tried.append)
    for times in (3, 3):  # the programs of one call
        assert call("lstm", "--tokens", "20", cache=empty) == (kept[1], True)
        assert len(tried) == times


def test_programs_that_draw_other_words_are_not_kept(call, kept, monkeypatch, tmp_path_factory):
    empty = tmp_path_factory.mktemp("wrong")
    monkeypatch.setattr(
        KeptPrograms, "start", lambda programs: [array + 1 for array in programs._several(programs.begin)]
    )
    for _ in range(2):
        assert call("lstm", "--tokens", "20", cache=empty) == (kept[1], True)


def test_drawing_by_kept_programs_imports_neither_jax_nor_equinox(folder, tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    program = (
        "import sys; sys.argv[1:] = ['generate', 'lstm', '--tokens', '20', '--prompt', 'the cat', '--seed', '3']\n"
        "from carrousel.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, *sorted({'jax', 'equinox'} & sys.modules.keys()))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=folder, env=environment
        )
        for _ in range(2)
    ]
    first, again = (done.stdout.splitlines() for done in said)
    text = "the cat" + cr.load(folder / "lstm").generate("the cat", tokens=20, seed=3)
    assert first[:-1] == again[:-1] == text.splitlines()
    assert (first[-1], again[-1]) == ("0 equinox jax", "0")
    assert not said[1].stderr
