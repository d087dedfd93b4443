"""A real training process, killed at random instants and resumed, ends as one that nobody touched, bit for bit.

`python tests/training/test_kill.py 20` makes twenty kills and prints what came of each run.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

SETTINGS = (
    *("--tokenizer", "char", "--layers", "1", "--hidden", "16", "--dropout", "0.1", "--epochs", "6", "--batch", "4"),
    *("--unroll", "8", "--optimiser", "adam", "--learning-rate", "0.01", "--interval", "50", "--checkpoint", "0"),
)
STOPPED = 75
TIMES = ("seconds", "epoch_seconds", "tokens_per_second")


def write_text(path: Path) -> Path:
    """A text of a few thousand characters that a small network can learn something from."""
    draw = random.Random(0)
    words = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "that", "dog"]
    path.write_text("\n".join(" ".join(draw.choices(words, k=8)) for _ in range(300)))
    return path


def start(text: Path, out: Path, *further: str, cache: Path) -> subprocess.Popen[bytes]:
    """A training process."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "carrousel", "train", str(text), "--out", str(out), *SETTINGS, *further]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process to end well."""
    _, errors = process.communicate(timeout=120)
    if process.returncode:
        raise RuntimeError(errors.decode())


def kill_somewhere(process: subprocess.Popen[bytes], out: Path, draw: random.Random) -> bool:
    """Send SIGKILL at a random instant, often within the updates, sometimes before them; whether it still ran."""
    before = _progress(out)
    while process.poll() is None and _progress(out) == before and draw.random() < 0.995:
        time.sleep(0.01)
    time.sleep(draw.random() * 0.4)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate()
    if process.returncode not in {0, -signal.SIGKILL}:
        raise RuntimeError(errors.decode())
    return alive


def outcome(out: Path) -> tuple[bytes, list[dict[str, object]], bytes]:
    """What a run ended with: the best model's weights, the metrics but for times, the last weights and optimiser."""
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    timeless = [{name: value for name, value in line.items() if name not in TIMES} for line in lines]
    last = max((out / "checkpoints").iterdir())
    return (out / "model.safetensors").read_bytes(), timeless, (last / "model.safetensors").read_bytes()


def killed_run(text: Path, out: Path, *, kills: int, seed: int, cache: Path) -> int:
    """A run that is killed up to `kills` times and resumed each time; how often it was killed."""
    draw, made = random.Random(seed), 0
    process = start(text, out, cache=cache)
    while made < kills and kill_somewhere(process, out, draw):
        made += 1
        further = ("--resume",) if (out / "settings.toml").exists() else ()
        process = start(text, out, *further, cache=cache)
    if process.returncode is None:
        finish(process)
    return made


def _progress(out: Path) -> int:
    metrics = out / "metrics.jsonl"
    return metrics.stat().st_size if metrics.exists() else 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a text and a whole run on it."""
    folder = tmp_path_factory.mktemp("runs")
    finish(start(write_text(folder / "text.txt"), folder / "whole", cache=folder))
    return folder


@pytest.mark.slow
def test_a_run_killed_three_times_at_random_ends_bit_identical_to_one_that_was_not(folder):
    made = killed_run(folder / "text.txt", folder / "killed", kills=3, seed=1, cache=folder)
    assert made == 3
    assert outcome(folder / "killed") == outcome(folder / "whole")


@pytest.mark.slow
def test_a_signal_stops_a_run_cleanly_and_it_goes_on_exactly(folder):
    out = folder / "stopped"
    process = start(folder / "text.txt", out, cache=folder)
    while not _progress(out):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == STOPPED, errors.decode()
    finish(start(folder / "text.txt", out, "--resume", cache=folder))
    assert outcome(out) == outcome(folder / "whole")


def main() -> None:
    """Compare a killed run with an untouched one."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = write_text(folder / "text.txt")
        finish(start(text, folder / "whole", cache=folder))
        total, seed = 0, 0
        while total < kills:
            out = folder / f"killed-{seed}"
            made = killed_run(text, out, kills=min(5, kills - total), seed=seed, cache=folder)
            same = outcome(out) == outcome(folder / "whole")
            total, seed = total + made, seed + 1
            print(f"{made} kills, {'identical' if same else 'DIFFERENT'}", flush=True)  # noqa: T201
            if not same:
                sys.exit(1)
    print(f"{total} kills, every resumed run ended bit-identical")  # noqa: T201


if __name__ == "__main__":
    main()
