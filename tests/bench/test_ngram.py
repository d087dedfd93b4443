"""What the n-gram benchmark measures with: its text, its comparison of files, its account of a process."""

import sys
from itertools import islice

import pytest

from carrousel.bench.arpa_agreement import compare_arpa
from carrousel.bench.ngram import run_ngram
from carrousel.bench.processes import spend
from carrousel.bench.zipf_text import spellings, write_zipf_text
from carrousel.errors import CarrouselError, SettingsError
from tests.ngram.making import made


def test_the_sampled_text_has_as_many_tokens_as_asked_and_sparse_five_grams(tmp_path):
    write_zipf_text(tmp_path / "text", 20_000)
    lines = [line.split() for line in (tmp_path / "text").read_text().splitlines()]
    assert sum(len(line) + 1 for line in lines) == 20_000
    grams = {tuple(line[place : place + 5]) for line in lines for place in range(len(line) - 4)}
    assert len(grams) > 10_000
    write_zipf_text(tmp_path / "again", 2_000)
    assert (tmp_path / "text").read_text().startswith((tmp_path / "again").read_text()[:-20])


def test_every_word_is_spelled_otherwise():
    assert len(set(islice(spellings(), 10_000))) == 10_000


def test_files_agree_but_for_what_differs(tmp_path):
    made(tmp_path, order=2)
    first, second = tmp_path / "model.arpa", tmp_path / "other.arpa"
    second.write_text(first.read_text())
    assert compare_arpa(first, second).farthest == 0
    lines = first.read_text().splitlines()
    place = next(place for place, line in enumerate(lines) if line.split("\t")[1:2] == ["the clock"])
    log = float(lines[place].split("\t")[0])
    lines[place] = f"{log - 0.25}\tthe clock"
    lines[place + 1] = lines[place + 1].replace("\t", "\tnot ")
    second.write_text("\n".join(lines) + "\n")
    found = compare_arpa(first, second)
    assert found.alone == 2
    assert found.farthest == pytest.approx(0.25)


def test_what_a_process_takes_is_told(tmp_path):
    work = "import time; b = bytearray(50 << 20); open('f', 'wb').write(bytes(1 << 20)); time.sleep(0.4)"
    spent = spend([sys.executable, "-c", work], tmp_path)
    assert spent.seconds > 0.4
    assert spent.peak_bytes > 50 << 20
    assert spent.disk_bytes >= 1 << 20
    with pytest.raises(CarrouselError, match="no such thing"):
        spend([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path)


def test_the_peer_must_be_named():
    with pytest.raises(SettingsError, match="--lmplz PATH"):
        run_ngram(rounds=1, threads=1)
