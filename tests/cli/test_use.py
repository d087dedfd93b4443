"""The commands that use a model: what they print, what they write for machines, how they leave."""

import json

import jax
import pytest

import carrousel as cr
from carrousel.cli import app
from carrousel.evaluation.minimal_pairs import MinimalPair, PairSet, sets
from carrousel.text import learn_tokenizer, memory_text

TEXT = "the cat sat\nthe zebra sat\n"
OWN = """
from carrousel.engine import Matrices, Vector, tanh


def mine(x: Vector, h: Vector, *, W: Matrices, U: Matrices) -> Vector:
    return tanh(W.h @ x + U.h @ h)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model `m`, its text `t.txt`, and a model `own` of a cell in `my_cells.py`."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "t.txt").write_text(TEXT)
    (folder / "my_cells.py").write_text(OWN)
    tokenizer = learn_tokenizer("word", memory_text("the cat sat on a mat\n", name="text"))
    how = {"layers": 1, "hidden": 4, "start": "uniform", "key": jax.random.key(0)}
    scope = {}
    exec(compile(OWN, folder / "my_cells.py", "exec"), scope)
    for name, cell in (("m", "lstm"), ("own", scope["mine"])):
        network = cr.LanguageModel(tokenizer.size, cell=cell, **how)
        cr.Model(network=network, tokenizer=tokenizer, facts={}).save(folder / name)
    return folder


@pytest.fixture
def call(folder, monkeypatch, capsys):
    """Run a command in the folder: its exit code, its standard output, its standard error."""
    monkeypatch.chdir(folder)

    def run(*arguments):
        code = app.call(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def document(text, command):
    read = json.loads(text)
    assert read["form"] == 1
    assert read["command"] == command
    return read["results"]


def test_evaluate_prints_figures_and_protocol(call):
    code, out, _ = call("evaluate", "m", "t.txt")
    assert code == 0
    for words in ("perplexity", "without unknown words", "bits a character", "bits a byte", "state carried"):
        assert words in out
    assert "unknown tokens         1" in out
    assert "tokens scored          8" in out


def test_evaluate_writes_the_same_figures_for_machines(call, folder):
    loaded = cr.load(folder / "m")
    for state in ("carried", "reset"):
        code, out, _ = call("evaluate", "t.txt", "m", "--state", state, "--json", "-")
        (found,) = document(out, "evaluate")
        assert code == 0
        assert found["perplexity"] == pytest.approx(loaded.perplexity(TEXT, state=state))
        assert (found["model"], found["text"], found["state"], found["unknown"]) == ("m", "t.txt", state, 1)


def test_evaluate_takes_several_models_each_alone_and_then_mixed(call, folder):
    code, out, _ = call("evaluate", "m", "t.txt", "m", "--json", "figures.json")
    found = document((folder / "figures.json").read_text(), "evaluate")
    assert code == 0
    assert [entry["model"] for entry in found] == ["m", "m", "linear mixture"]
    assert found[2]["parts"] == [{"part": "m", "weight": 0.5}] * 2
    assert found[2]["fitted_on"] is None
    assert out.count("m on t.txt") == 2
    assert out.count("0.5000  m") == 2
    assert call("evaluate", "m", "t.txt", "m", "--mix", "none")[1].count(" on t.txt") == 2


def test_every_setting_of_caches_and_learning_reaches_the_evaluation(call):
    cache = ("--cache", "neural", "--cache-size", "5", "--cache-theta", "0.7", "--cache-weight", "0.2")
    dynamic = ("--dynamic", "--dynamic-rule", "rms", "--dynamic-rate", "0.01", "--dynamic-decay", "0.1")
    more = ("--dynamic-segment", "2", "--dynamic-epsilon", "0.001")
    code, out, err = call("evaluate", "m", "t.txt", "--valid", "t.txt", "--json", "-", *cache, *dynamic, *more)
    assert (code, err) == (0, "")
    _, learned, cached = document(out, "evaluate")
    assert learned["dynamic"] == {"rule": "rms", "rate": 0.01, "decay": 0.1, "segment": 2, "epsilon": 0.001}
    *_, part = cached["parts"]
    assert (part["kind"], part["size"], part["theta"], part["weight"]) == ("neural", 5, 0.7, 0.2)
    assert cached["fitted_on"] == "t.txt"
    out = call("evaluate", "m", "t.txt", "--cache", "unigram", "--dynamic", "--dynamic-rate", "0.1")[1]
    for words in ("m, dynamic on t.txt", "rule sgd, rate 0.1", "unigram cache of 500 words", "nothing fitted"):
        assert words in out


def test_generate_prints_the_prompt_and_what_follows(call, folder):
    loaded = cr.load(folder / "m")
    code, out, _ = call("generate", "m", "--prompt", "the cat", "--tokens", "6", "--seed", "3")
    assert (code, out) == (0, "the cat" + loaded.generate("the cat", tokens=6, seed=3) + "\n")
    code, out, _ = call(
        "generate", "m", "--prompt", "the", "--tokens", "6", "--seed", "3", "--samples", "2", "--json", "-"
    )
    found = document(out, "generate")
    assert [entry["text"] for entry in found] == loaded.samples("the", count=2, tokens=6, seed=3)
    assert {entry["seed"] for entry in found} == {3}


def test_every_setting_of_generate_reaches_the_model(call, folder):
    loaded = cr.load(folder / "m")
    how = {"temperature": 0.7, "top_k": 3, "top_p": 0.9, "seed": 1}
    flags = [word for name, value in how.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    _, out, _ = call("generate", "m", "--tokens", "20", "--stop", "mat", "--stop", "sat", *flags)
    assert out == loaded.generate(tokens=20, stop=["mat", "sat"], **how) + "\n"


def test_without_a_seed_each_text_is_a_new_one(call):
    assert len({call("generate", "m", "--tokens", "30")[1] for _ in range(3)}) == 3


def test_score_prints_a_number_a_line(call, folder):
    wanted = cr.load(folder / "m").score(TEXT.splitlines(), base="10")
    code, out, _ = call("score", "m", "t.txt", "--base", "10")
    assert code == 0
    assert [float(line) for line in out.splitlines()] == pytest.approx(wanted, abs=1e-6)


def test_score_of_tokens_adds_up_to_that_of_the_line(call, folder):
    _, out, _ = call("score", "m", "t.txt", "--per-token", "--json", "scores.json")
    first, second = out.strip().split("\n\n")
    assert [line.split("\t")[1] for line in second.splitlines()] == ["the", "<unk>", "sat", "<eos>"]
    found = document((folder / "scores.json").read_text(), "score")
    assert [entry["tokens"] for entry in found] == [4, 4]
    for entry, lines in zip(found, (first, second), strict=True):
        assert sum(float(line.split("\t")[0]) for line in lines.splitlines()) == pytest.approx(
            entry["log_probability"], abs=1e-5
        )
        assert sum(one["log_probability"] for one in entry["each"]) == pytest.approx(entry["log_probability"])


def test_text_comes_from_the_standard_input_too(call, monkeypatch, folder):
    wanted = call("score", "m", "t.txt")[1]
    with (folder / "t.txt").open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Input", (), {"buffer": file}))
        assert call("score", "m", "-")[1] == wanted


def test_verify_lists_the_files_and_fails_on_a_broken_one(call, folder, tmp_path):
    code, out, _ = call("verify", "m")
    assert code == 0
    assert "all 3 files are as they were written" in out
    cr.load(folder / "m").save(tmp_path / "broken")
    (tmp_path / "broken" / "config.json").write_text("{}")
    code, out, err = call("verify", str(tmp_path / "broken"))
    assert (code, out) == (1, "")
    assert "config.json is 2 bytes long" in err
    (entry, *_) = document(call("verify", "m", "--json", "-")[1], "verify")
    assert set(entry) == {"model", "name", "size", "sha256"}


def test_commands_take_n_gram_folders_and_arpa_files_as_models(call, folder):
    assert call("ngram", "t.txt", "--order", "2", "--smoothing", "add-k", "--out", "kn", "--arpa", "kn.arpa")[0] == 0
    for name in ("kn", "kn.arpa"):
        assert f"{name} on t.txt" in call("evaluate", "t.txt", name)[1]
        assert len(call("score", name, "t.txt")[1].splitlines()) == 2
        assert call("generate", name, "--prompt", "the", "--tokens", "3", "--seed", "1")[1].startswith("the ")
    assert "all 4 files are as they were written" in call("verify", "kn")[1]
    assert "2-grams" in call("verify", "kn.arpa")[1]
    (folder / "kn.arpa").write_text((folder / "kn.arpa").read_text().replace("end", "fin"))
    code, _, err = call("verify", "kn.arpa")
    assert code == 1
    assert "kn.arpa, line" in err


def test_ngram_reports_on_a_text_and_not_on_an_arpa_file(call, folder):
    made = ("--order", "2", "--smoothing", "add-k")
    assert call("ngram", "t.txt", *made, "--out", "reported", "--report", "page.html")[0] == 0
    assert "different n-grams as the text grows" in (folder / "page.html").read_text()
    call("ngram", "t.txt", *made, "--arpa", "for-report.arpa")
    for arguments in (("for-report.arpa", "--report", "p.html"), ("t.txt", "--report", "nowhere/p.html")):
        code, _, err = call("ngram", *arguments, "--out", "unmade")
        assert code == 2
        assert "report" in err or "there is no folder" in err
        assert not (folder / "unmade").exists()


def test_a_cell_of_ones_own_is_given_with_the_model(call):
    code, _, err = call("evaluate", "own", "t.txt")
    assert code == 1
    assert "--cell FILE.py:mine" in err
    assert call("evaluate", "own", "t.txt", "--cell", "my_cells.py:mine")[0] == 0
    code, _, err = call("evaluate", "own", "t.txt", "--cell", "mine")
    assert code == 2
    assert "FILE.py:NAME" in err


def test_evaluate_tells_in_how_many_pairs_the_right_sentence_is_likelier(call, folder, monkeypatch):
    pairs = [
        MinimalPair(right=right, wrong=wrong, facts={"kind": "cats"})
        for right, wrong in (("The cat sat.", "The sat cat."), ("on the mat", "on the cat"), ("a cat", "a zebra"))
    ]
    small = PairSet(title="cats", read=lambda _: pairs, by=("kind",))
    monkeypatch.setattr(sets, "PAIR_SETS", {"cats": small})
    margins = [verdict.margin for verdict in cr.load(folder / "m").judge(pairs)]
    code, out, _ = call("evaluate", "m", "--pairs", "cats", "--json", "figures.json")
    (found,) = document((folder / "figures.json").read_text(), "evaluate")
    assert code == 0
    assert "right of      2; 1 with unknown words" in out
    assert (found["pairs"], found["known"], found["method"]) == (3, 2, "sentence")
    assert found["accuracy"] == sum(margin > 0 for margin in margins[:2]) / 2
    code, out, _ = call("evaluate", "m", "--pairs", "cats", "--each", "2", "--method", "prefix", "--json", "-")
    (found,) = document(out, "evaluate")
    assert (found["pairs"], found["method"], found["by"]["kind"][0]["value"]) == (2, "prefix", "cats")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["evaluate"], 2, "evaluate needs a model"),
        (["evaluate", "t.txt"], 1, "is a file, and a model is a folder"),
        (["evaluate", "nothing", "t.txt"], 1, "there is no model at nothing"),
        (["evaluate", "m", "t.txt", "u.txt"], 2, "u.txt is no model, and t.txt is the text already"),
        (["evaluate", "m", "nothing.txt"], 1, "there is no file or folder 'nothing.txt'"),
        (["evaluate", "m", "--colour", "t.txt"], 2, "there is no option --colour"),
        (["evaluate", "m", "t.txt", "--stata", "reset"], 2, "there is no option --stata; did you mean --state?"),
        (["evaluate", "m", "t.txt", "--state", "kept"], 2, "--state"),
        (["evaluate", "m", "t.txt", "--valid", "t.txt"], 2, "leave it away"),
        (["evaluate", "m", "--method", "prefix", "t.txt"], 2, "give --pairs SET too"),
        (["evaluate", "m", "t.txt", "--pairs", "blimp"], 2, "takes the place of a text"),
        (["evaluate", "m", "--pairs", "blimp"], 1, "carrousel data blimp --out data brings it"),
        (["evaluate", "m", "--pairs", "blim"], 2, "did you mean blimp"),
        (["evaluate", "m", "t.txt", "--cache-size", "5"], 2, "give --cache unigram, decaying or neural"),
        (["evaluate", "m", "t.txt", "--dynamic-rate", "5"], 2, "give --dynamic too"),
        (["evaluate", "m", "t.txt", "--mix", "log", "--streams", "2"], 2, "leave --streams away"),
        (["generate", "m", "--top-p", "2"], 2, "--top-p is a probability"),
        (["generate", "m", "--samples", "0"], 2, "samples one from 1"),
        (["generate", "m", "--stop", ""], 2, "--stop is an empty text"),
        (["generate", "m", "--json", "nowhere/texts.json"], 2, "there is no folder nowhere"),
        (["generate"], 2, "carrousel generate needs MODEL"),
        (["score", "m", "t.txt", "--base", "3"], 2, "--base"),
        (["score", "m", "t.txt", "--json", "no/such/folder.json"], 2, "cannot be written"),
        (["verify", "t.txt"], 1, "is a file, and a model is a folder"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_an_exit_code(call, arguments, code, words):
    found, _, err = call(*arguments)
    assert found == code
    assert words in err
    assert err.count("\n") == 1
