"""Collections of data: the table, and files that come whole and as published, or not at all."""

import gzip
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from carrousel.errors import DataError, SettingsError
from carrousel.text.corpora import (
    COLLECTIONS,
    Collection,
    DataFile,
    fetch_collection,
    find_collection,
    load_collection,
)

CONTENTS = {"a.txt": b"the cat sat\n" * 9000, "deep/b.txt": b"on a mat\n"}


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://example.org/a")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder that a server of this machine publishes, and its address."""
    folder = tmp_path_factory.mktemp("published")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def collection(published):
    """Two published files as a row of the table."""
    folder, address = published
    files = []
    for name, content in CONTENTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(DataFile(name=name, size=len(content), sha256=digest, address=f"{address}/{name}"))
    return Collection(name="cats", title="Cats", licence="free", source="here", files=tuple(files), note="no cat lacks")


def lies_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_address_of_the_table_is_of_one_version_and_over_https() -> None:
    for collection in COLLECTIONS.values():
        version = collection.source.split(" @ ")[1][:12]
        for file in collection.files:
            assert len(file.sha256) == 64
            assert file.address is None or (file.address.startswith("https://") and version in file.address)


def test_the_table_agrees_with_real_files(data: Path) -> None:
    for collection in COLLECTIONS.values():
        assert {file.name: collection.presence(file, data) for file in collection.files} == {
            file.name: "there" for file in collection.files
        }


def test_an_unknown_collection_names_its_neighbour() -> None:
    with pytest.raises(SettingsError, match="did you mean blimp"):
        find_collection("blim")


def test_what_is_fetched_is_what_was_published(collection, tmp_path) -> None:
    told = []
    came = fetch_collection(collection, tmp_path / "data", watch=lambda done, total: told.append((done, total)))
    assert came == list(collection.files)
    assert lies_in(tmp_path / "data") == {f"cats/{name}": content for name, content in CONTENTS.items()}
    assert told[-1] == (sum(map(len, CONTENTS.values())),) * 2
    assert len(told) > len(came)


def test_what_is_there_is_not_fetched_again(collection, published, tmp_path) -> None:
    fetch_collection(collection, tmp_path)
    (published[0] / "a.txt").unlink()
    (tmp_path / "cats" / "deep" / "b.txt").unlink()
    assert fetch_collection(collection, tmp_path) == [collection.files[1]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONTENTS["deep/b.txt"] + b"!", "longer than the 9 bytes"),
        (CONTENTS["deep/b.txt"][:-1], "ends after 8 of the 9 bytes"),
        (b"on a hat\n", "its sha256 differs"),
        (None, "answers 404"),
    ],
    ids=["longer", "shorter", "another", "none"],
)
def test_nothing_stays_of_a_collection_with_a_wrong_file(collection, published, tmp_path, content, words) -> None:
    (published[0] / "deep" / "b.txt").unlink()
    if content is not None:
        (published[0] / "deep" / "b.txt").write_bytes(content)
    with pytest.raises(DataError, match=words):
        fetch_collection(collection, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_one_sentence_says_what_to_do(collection, tmp_path) -> None:
    far = DataFile(name="far.txt", size=1, sha256="0" * 64, address="http://127.0.0.1:9/far.txt")
    with pytest.raises(DataError, match=r"127\.0\.0\.1:9/far\.txt cannot be reached: .*give the file by --from"):
        fetch_collection(Collection(name="far", title="", licence="", source="", files=(far,)), tmp_path)


@pytest.mark.parametrize("address", ["http://example.org/a", "file:///etc/passwd", "ftp://example.org/a", "/moved"])
def test_files_are_fetched_over_https_alone(published, tmp_path, address) -> None:
    address = address if ":" in address else published[1] + address
    file = DataFile(name="a", size=1, sha256="0" * 64, address=address)
    with pytest.raises(DataError, match="over https alone"):
        fetch_collection(Collection(name="a", title="", licence="", source="", files=(file,)), tmp_path)


def test_a_file_without_an_address_has_to_be_given(tmp_path) -> None:
    with pytest.raises(DataError, match=r"publish pickles.*by --from"):
        fetch_collection(COLLECTIONS["lm_syneval"], tmp_path)


def test_local_files_are_known_by_what_they_hold(collection, tmp_path) -> None:
    source = tmp_path / "mine" / "below"
    source.mkdir(parents=True)
    (source / "renamed").write_bytes(CONTENTS["a.txt"])
    (source / "b.txt.gz").write_bytes(gzip.compress(CONTENTS["deep/b.txt"]))
    assert load_collection(collection, tmp_path / "mine", tmp_path / "data") == list(collection.files)
    assert lies_in(tmp_path / "data") == {f"cats/{name}": content for name, content in CONTENTS.items()}


def test_files_can_be_given_one_by_one(collection, tmp_path) -> None:
    for number, content in enumerate(CONTENTS.values()):
        (tmp_path / str(number)).write_bytes(content)
        assert load_collection(collection, tmp_path / str(number), tmp_path / "data") == [collection.files[number]]


def test_a_local_file_of_another_collection_changes_nothing(collection, tmp_path) -> None:
    (tmp_path / "dogs.txt").write_bytes(b"dogs\n")
    (tmp_path / "b.txt.gz").write_bytes(b"no gzip")
    for name in ("dogs.txt", "b.txt.gz"):
        with pytest.raises(DataError, match=r"holds no file of cats.*a\.txt, deep/b\.txt"):
            load_collection(collection, tmp_path / name, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_another_file_in_the_place_is_kept(collection, tmp_path) -> None:
    place = tmp_path / "cats" / "a.txt"
    place.parent.mkdir()
    place.write_bytes(b"my own notes\n")
    with pytest.raises(DataError, match="move it away first"):
        fetch_collection(collection, tmp_path)
    assert lies_in(tmp_path) == {"cats/a.txt": b"my own notes\n"}


def test_a_file_is_read_as_published_plain_or_packed(collection, tmp_path) -> None:
    with pytest.raises(DataError, match="carrousel data cats --out"):
        collection.read("deep/b.txt", tmp_path)
    place = tmp_path / "cats" / "deep" / "b.txt.gz"
    place.parent.mkdir(parents=True)
    place.write_bytes(gzip.compress(CONTENTS["deep/b.txt"]))
    assert collection.read("deep/b.txt", tmp_path) == CONTENTS["deep/b.txt"]
    place.write_bytes(gzip.compress(b"on a hat\n"))
    with pytest.raises(DataError, match="sha256 differs"):
        collection.read("deep/b.txt", tmp_path)
