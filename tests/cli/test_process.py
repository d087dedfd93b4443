"""What a command sets for its own process."""

import os
import subprocess
import sys

import pytest

from carrousel.cli.process import cut_back, keep_memory, settle


def test_the_files_that_were_not_used_for_longest_go_first(tmp_path):
    for age, name in enumerate("abcd"):
        (tmp_path / name).write_bytes(bytes(10))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    cut_back(tmp_path, 25)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_cache_that_is_not_there_is_no_error(tmp_path):
    cut_back(tmp_path / "none", 0)


@pytest.mark.skipif(not hasattr(os, "confstr"), reason="only glibc has these settings")
def test_the_c_library_keeps_memory_that_was_freed():
    if not (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc"):
        pytest.skip("this system's C library is not glibc")
    assert keep_memory()


def test_importing_the_library_sets_nothing():
    program = (
        "import os; before = dict(os.environ); import carrousel.training.language, carrousel.cli.train; "
        "assert dict(os.environ) == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_device_that_is_not_there_is_said():
    program = (
        "from carrousel.cli.process import choose_device; from carrousel.errors import SettingsError\n"
        "try: choose_device('tpu')\nexcept SettingsError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "jax finds no tpu here; leave --device out" in told


def test_a_cache_that_cannot_be_written_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    (tmp_path / "file").write_text("")
    settle(cache=tmp_path / "file" / "cache")
    assert "JAX_COMPILATION_CACHE_DIR" not in os.environ


def test_compiled_programs_are_kept_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    settle(cache=tmp_path / "cache")
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "elsewhere"
