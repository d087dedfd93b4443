"""`carrousel data`: the list, and a collection that comes from local files."""

import hashlib
import json

import pytest

from carrousel.cli import app
from carrousel.cli import data as command
from carrousel.text.corpora import Collection, DataFile, table

CAT = b"the cat sat\n"


@pytest.fixture
def cats(monkeypatch, tmp_path):
    file = DataFile(name="cat.txt", size=len(CAT), sha256=hashlib.sha256(CAT).hexdigest(), address="https://cats/cat")
    found = {"cats": Collection(name="cats", title="Cats", licence="free", source="here", files=(file,))}
    monkeypatch.setattr(command, "COLLECTIONS", found)
    monkeypatch.setattr(table, "COLLECTIONS", found)
    monkeypatch.chdir(tmp_path)
    return file


def test_the_list_tells_licence_address_size_and_digest_and_fetches_nothing(cats, capsys, tmp_path):
    assert app.call(["data"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("cats: Cats", "licence: free", cats.address, cats.sha256, "absent", "12"))
    assert list(tmp_path.iterdir()) == []


def test_a_collection_comes_from_a_local_file_and_is_then_there(cats, capsys, tmp_path):
    (tmp_path / "mine").write_bytes(CAT)
    assert app.call(["data", "cats", "--from", "mine", "--out", "here", "--json", "-"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["results"]
    assert (entry["name"], entry["files"][0]["presence"]) == ("cats", "there")
    assert (tmp_path / "here" / "cats" / "cat.txt").read_bytes() == CAT


def test_wrong_calls_leave_with_2_and_files_that_lack_with_1(cats, capsys):
    assert app.call(["data", "--from", "mine"]) == 2
    assert app.call(["data", "dogs"]) == 2
    assert app.call(["data", "cats", "--from", "mine"]) == 1
    assert "there is no file or folder mine" in capsys.readouterr().err
