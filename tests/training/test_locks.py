"""Two runs never share a folder, and one that was killed keeps nobody out."""

import os
import signal
import subprocess
import sys

import pytest

from carrousel.errors import TrainingError
from carrousel.training.locks import alone, lock_name

HOLD = """
import sys, time
from pathlib import Path
from carrousel.training.locks import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_and_told_who_is_there(tmp_path):
    folder = tmp_path / "run"
    told = f"process {os.getpid()} is at a run in .*run; wait until it has ended"
    with alone(folder), pytest.raises(TrainingError, match=told), alone(folder):
        pytest.fail("both are in")
    with alone(folder):
        pass


def test_it_leaves_nothing_but_what_was_put_there(tmp_path):
    with alone(tmp_path / "a" / "b" / "run"):
        (tmp_path / "a" / "kept").touch()
        assert (tmp_path / "a" / "b" / lock_name("run")).is_file()
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "kept"]


def test_a_killed_process_holds_nothing(tmp_path):
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(TrainingError, match=f"process {process.pid} is at a run"), alone(folder):
            pass
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / lock_name("run")).is_file()
    with alone(folder):
        assert (tmp_path / lock_name("run")).read_text() == str(os.getpid())


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="run cannot be made"), alone(tmp_path / "file" / "run"):
        pass
