import json
import math
import subprocess
import sys

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import ModelError, SettingsError, TextError
from carrousel.storage import load_folder, save_folder
from carrousel.text import learn_tokenizer, memory_text

TEXT = "the cat sat on the mat\nthe dog sat on the cat\nnaïve café – ünïcödé ✓\n" * 3
LINES = TEXT.splitlines()
NEAR = 1e-6


def make(kind, text=TEXT):
    tokenizer = learn_tokenizer(kind, memory_text(text, name="text"))
    network = cr.LanguageModel(tokenizer.size, layers=1, hidden=4, start="uniform", scale=0.5, key=jax.random.key(0))
    return cr.Model(network=network, tokenizer=tokenizer, facts={"epoch": 2})


@pytest.fixture(scope="module")
def models():
    return {kind: make(kind) for kind in ("word", "byte")}


def test_importing_the_package_imports_nothing_that_computes():
    program = "import sys, carrousel, json; print(json.dumps([m for m in ('jax', 'numpy') if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_every_name_of_the_package_is_there():
    assert all(getattr(cr, name) is not None for name in cr.__all__)
    assert set(cr.__all__) <= set(dir(cr))
    with pytest.raises(AttributeError, match="has no attribute 'perplexity'"):
        _ = cr.perplexity


def test_a_saved_model_does_what_it_did(models, tmp_path):
    models["word"].save(tmp_path / "m")
    loaded = cr.load(tmp_path / "m")
    assert loaded.facts == {"epoch": 2}
    assert loaded.perplexity(TEXT) == models["word"].perplexity(TEXT)
    assert loaded.generate("the", tokens=9, seed=3) == models["word"].generate("the", tokens=9, seed=3)


def test_bits_are_counted_by_the_characters_and_bytes_of_the_text(models):
    for model in models.values():
        report = model.evaluate(TEXT)
        assert report.perplexity == model.perplexity(TEXT)
        assert report.bits_per_character == pytest.approx(report.nats / math.log(2) / len(TEXT))
        assert report.bits_per_byte == pytest.approx(report.nats / math.log(2) / len(TEXT.encode()))
    assert models["byte"].evaluate(TEXT).tokens == len(TEXT.encode())
    assert models["word"].evaluate(TEXT).tokens == len(TEXT.replace("\n", " e ").split())


def test_a_model_without_ends_of_lines_leaves_the_first_character_out_of_all_counts():
    model = make("char", "ünïcödé")
    report = model.evaluate("üdéï")
    assert report.tokens == 3
    assert report.bits_per_character == pytest.approx(report.nats / math.log(2) / 3)
    assert report.bits_per_byte == pytest.approx(report.nats / math.log(2) / 5)
    assert len(next(iter(model.score_tokens(["üdéï"]))).words) == 3
    with pytest.raises(SettingsError, match="knows no end of a line"):
        model.generate()


def test_a_text_too_long_for_memory_gives_the_same_figures(models, monkeypatch):
    wanted = models["word"].evaluate(TEXT, state="reset")
    monkeypatch.setattr("carrousel.evaluation.texts.IN_MEMORY", 0)
    assert models["word"].evaluate(TEXT, state="reset") == wanted


def test_scores_of_lines_add_up_to_the_text_read_line_by_line(models):
    for model in models.values():
        scores = model.score(LINES)
        assert len(scores) == len(LINES)
        assert -sum(scores) == pytest.approx(model.evaluate(TEXT, state="reset").nats, rel=NEAR)
    by_base = [models["word"].score(LINES[:1], base=base)[0] for base in ("e", "2", "10")]
    assert by_base[1] == pytest.approx(by_base[0] / math.log(2))
    assert by_base[2] == pytest.approx(by_base[0] / math.log(10))


def test_the_same_line_has_the_same_score_wherever_it_stands(models):
    scores = models["word"].score([LINES[0], *LINES[1:5], LINES[0]])
    assert scores[0] == pytest.approx(scores[5], rel=NEAR)


def test_one_string_in_place_of_lines_is_refused(models):
    with pytest.raises(SettingsError, match=r"for one line, give \[line\]"):
        models["word"].score("a sentence")


def test_prompt_and_continuation_read_as_one_text(models):
    model = models["word"]
    drawn = model.generate("the  cat", tokens=5, seed=1)
    ids = model.tokenizer.encode("the cat" + drawn)
    assert drawn.startswith((" ", "\n"))
    assert len(ids) == 7
    assert model.tokenizer.decode(ids) == "the cat" + drawn


def test_pieces_never_cut_a_character_and_join_to_the_whole(models):
    model = models["byte"]
    pieces = list(model.stream("caf\u00e9 \u2713", tokens=200, seed=2))
    assert "".join(pieces) == model.generate("caf\u00e9 \u2713", tokens=200, seed=2)
    spelled = model._writer._spelled("", iter([np.frombuffer("é✓é".encode(), np.uint8)[:, None]]), 0, ())
    assert [piece for piece in spelled if piece] == ["é", "✓", "é"]


def test_text_ends_before_a_stop(models):
    model = models["word"]
    whole = model.generate("the", tokens=40, seed=4)
    word = whole.split()[3]
    assert model.generate("the", tokens=40, seed=4, stop=word) == whole[: whole.index(word)]
    assert model.generate("the", tokens=40, seed=4, stop=["\n", "zebra"]) == whole.split("\n")[0]


def test_the_first_of_several_samples_is_the_one_alone(models):
    texts = models["word"].samples("the", count=3, tokens=8, seed=5)
    assert texts[0] == models["word"].generate("the", tokens=8, seed=5)
    assert len(set(texts)) == 3


def test_a_setting_of_sampling_is_checked_by_name(models):
    with pytest.raises(SettingsError, match="top_p is a probability"):
        models["word"].generate("the", top_p=2.0)


def test_text_that_gives_no_tokens_is_refused(models):
    with pytest.raises(TextError):
        models["word"].perplexity("")


def test_a_tokenizer_that_does_not_fit_or_is_none_is_named(models, tmp_path):
    models["word"].save(tmp_path / "m")
    stored = load_folder(tmp_path / "m")
    for tokenizer, words in ((models["byte"].tokenizer.to_bytes(), "has 256 tokens where"), (b"{}", "tokenizer.json")):
        save_folder(tmp_path / "m", config=stored.config, arrays=stored.arrays, tokenizer=tokenizer)
        with pytest.raises(ModelError, match=words):
            cr.load(tmp_path / "m")
