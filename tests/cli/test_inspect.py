"""`carrousel inspect`: tables, JSON, exact values and the page, and calls that cannot be."""

import json

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.cli import app
from tests.inspection.page.making import TEXT, small_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models `m` and `n`, and their text `t.txt`."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "t.txt").write_text(TEXT)
    small_model(layers=1, hidden=4).save(folder / "m")
    small_model("gru", layers=1, hidden=4).save(folder / "n")
    return folder


@pytest.fixture
def call(folder, monkeypatch, capsys):
    """Run a command in the folder: its exit code, its standard output, its standard error."""
    monkeypatch.chdir(folder)

    def run(*arguments):
        code = app.call(["inspect", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def results(text):
    read = json.loads(text)
    assert (read["form"], read["command"]) == (1, "inspect")
    return read["results"]


def test_everything_at_once_on_the_terminal_on_the_page_and_for_machines(call, folder):
    asked = ("--probe", "notes", "--patch", "the cat sat", "the mat sat", "--answers", "on", "the", "--search", "cat")
    more = ("--threshold", "-1", "--corpus", "t.txt", "--untrained")
    files = ("--out", "page.html", "--save", "exact.npz", "--json", "found.json")
    code, out, err = call("m", "t.txt", *asked, *more, *files)
    assert (code, err) == (0, "")
    for words in (
        "m on t.txt",
        "lstm of 4 units",
        "Gates of layer 1",
        "Memory of layer 1",
        "m before training",
        "notes",
        "put into",
        "are on elsewhere",
        "page.html holds the page",
    ):
        assert words in out
    (found,) = results((folder / "found.json").read_text())
    assert [f["kind"] for f in found["findings"]] == ["blanks", "patch", "search"]
    assert set(found["gradients"]) == {"m", "m before training"}
    assert [gate["gate"] for gate in found["layers"][0]["gates"]] == ["i", "f", "o"]
    exact = np.load(folder / "exact.npz")
    assert np.array_equal(
        exact["layer1 value c"], cr.inspect(cr.load(folder / "m"), TEXT.strip()).layers[0].values["c"]
    )
    page = (folder / "page.html").read_text()
    assert "Findings" in page
    assert "Gradient flow" in page


def test_two_models_stand_side_by_side_and_each_saves_its_own(call, folder):
    code, out, _ = call(
        "m", "n", "--text", "the cat sat", "--out", "two.html", "--save", "both.npz", "--json", "two.json"
    )
    assert code == 0
    assert "m and n, step by step" in out
    assert {path.name for path in folder.glob("both*")} == {"both.1.npz", "both.2.npz"}
    first, second = results((folder / "two.json").read_text())
    assert (first["name"], second["findings"][-1]["kind"]) == ("m", "difference")
    assert "Inside m and n" in (folder / "two.html").read_text()


def test_figures_alone_go_to_the_standard_output(call):
    code, out, _ = call("m", "t.txt", "--no-gradients", "--json", "-")
    (found,) = results(out)
    assert code == 0
    assert found["gradients"] == {}


def test_checkpoints_of_a_run_are_told_and_drawn(call, folder, monkeypatch):
    kept = [(update, small_model(layers=1, hidden=4, seed=update)) for update in (10, 20)]
    monkeypatch.setattr("carrousel.cli.inspect.checkpoint_models", lambda path, cells: kept)
    code, out, _ = call("m", "--text", "the cat sat", "--checkpoints", "--out", "run.html", "--json", "run.json")
    assert code == 0
    assert "Over the checkpoints of the run" in out
    (found,) = results((folder / "run.json").read_text())
    assert set(found["gradients"]) == {"m", "m at update 10", "m at update 20"}
    assert [stage["name"] for stage in found["findings"][0]["checkpoints"]] == ["m at update 10", "m at update 20"]
    assert "m at update 20 layer 1 c" in (folder / "run.html").read_text()


def test_whole_lines_are_read_up_to_a_number_of_tokens(call):
    for tokens, steps in ((3, 7), (7, 7), (20, 13)):  # the first line whatever its length, and what begins a line
        _, out, _ = call("m", "t.txt", "--no-gradients", "--tokens", str(tokens), "--json", "-")
        assert len(results(out)[0]["tokens"]) == steps


def test_a_model_without_layers_is_named_before_anything_is_read(call, tmp_path):
    small = small_model(layers=1, hidden=4)
    window = cr.LanguageModel(small.tokenizer.size, model="window", window=2, hidden=4, key=jax.random.key(0))
    cr.Model(network=window, tokenizer=small.tokenizer, facts={}).save(tmp_path / "w")
    code, out, err = call("m", str(tmp_path / "w"), "t.txt")
    assert (code, out) == (1, "")
    assert f"carrousel: {tmp_path / 'w'}: this model reads a window of 2 words and has no recurrent layers" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("t.txt",), "t.txt"),
        ((), "inspect needs a model"),
        (("m", "t.txt", "--text", "the cat"), "leave one of them out"),
        (("m", "t.txt", "--tokens", "1"), "a number of tokens from 2"),
        (("m", "t.txt", "--answers", "a", "b"), "compared by --patch"),
        (("m", "t.txt", "--no-gradients", "--probe", "gendre"), "did you mean gender"),
        (("m", "t.txt", "--probe", "zzz"), "quotes, brackets, position, notes"),
        (("m", "--text", " "), "--text is empty"),
        (("m", "t.txt", "--no-gradients", "--checkpoints"), "m has no checkpoints"),
        (("m", "t.txt", "--patch", "the cat", "the cat sat"), "have 2 and 3 tokens"),
        (("m", "t.txt", "--out", "no/page.html"), "there is no folder no; make it first"),
        (("m", "t.txt", "--save", "n"), "it is a folder; give the name of a file"),
    ],
)
def test_a_call_that_cannot_be_is_one_sentence(call, folder, arguments, words):
    before = sorted(path.name for path in folder.iterdir())
    code, _, err = call(*arguments)
    assert code in {1, 2}
    assert words in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before
