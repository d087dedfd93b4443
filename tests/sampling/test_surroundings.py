"""For which processes programs are kept, and what gives them programs of their own."""

import sys

import pytest

from carrousel.sampling.kept import surroundings as module
from carrousel.sampling.kept.surroundings import other_devices, surroundings


def test_the_cpu_must_be_asked_for_or_nothing_else_be_installed(monkeypatch):
    assert surroundings({}, "cpu")
    assert surroundings({}, "cuda") is None
    assert surroundings({}, "cuda,cpu") is None
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert surroundings({}, None)
    monkeypatch.setattr(module, "find_spec", lambda name: name == "jax_plugins" or None)
    assert surroundings({}, None) is None


def test_plugins_of_jax_are_found_in_its_folder_and_among_entry_points(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert not other_devices()
    monkeypatch.setattr(module, "entry_points", lambda group: [group])
    assert other_devices()


def test_a_version_of_jaxlib_that_was_not_tried_keeps_none(monkeypatch):
    monkeypatch.setattr(module, "version", lambda name: "0.11.0")
    assert surroundings({}, "cpu") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("processor_facts", "another"), ("cores", 99), ("_sources", [("a.py", 1, 2)]), ("version", "0.10.99")],
)
def test_programs_are_made_anew_for_another(monkeypatch, name, value):
    before = surroundings({}, "cpu")
    monkeypatch.setattr(module, name, lambda *_: value)
    assert surroundings({}, "cpu") != before


def test_variables_of_jax_and_xla_count_but_not_where_programs_are_kept():
    before = surroundings({}, "cpu")
    assert surroundings({"XLA_FLAGS": "--xla"}, "cpu") != before
    assert surroundings({"JAX_ENABLE_X64": "1"}, "cpu") != before
    assert surroundings({"JAX_COMPILATION_CACHE_DIR": "here", "HOME": "there"}, "cpu") == before


def test_what_is_installed_counts_where_it_decides(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.path", [*sys.path, str(tmp_path), str(tmp_path / "none")])
    before = surroundings({}, None)
    (tmp_path / "plugin-1.0.dist-info").mkdir()
    assert surroundings({}, None) != before
