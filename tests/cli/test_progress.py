"""How a run shows on a pipe."""

import os
import subprocess
import sys

from carrousel.cli.progress import NowAndThen, TrainingProgress, in_words
from carrousel.training.observers import Observer, Progress

LINE = {"kind": "valid", "epoch": 2, "update": 9, "train_loss": 1.0, "loss": 0.5, "perplexity": 1.6487, "best": True}


def test_on_a_pipe_an_epoch_is_one_line_and_updates_are_silent(capsys):
    with TrainingProgress(3) as progress:
        progress.progress(Progress(update=1, updates=6, per_epoch=2, loss=1.0, tokens=10.0))
        progress.epoch({**LINE, "seconds": 161.0, "epoch_seconds": 61.0})
    printed = capsys.readouterr()
    assert printed.out == "epoch 2/3: perplexity 2.72 in training, 1.65 in validation, the best so far (61 s)\n"
    assert printed.err == ""


def test_the_terminal_is_an_observer():
    assert isinstance(TrainingProgress(1), Observer)


def test_long_work_has_a_line_now_and_then_where_no_bar_can_be(capsys):
    times = iter([0.0, 4.0, 11.0, 11.0, 19.0, 22.0, 22.0])
    tell = NowAndThen(now=lambda: next(times))
    for done in (100, 1200, 1300, 1400):
        tell("exponents, round 2", done, 1500)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"carrousel: exponents, round 2, {done} of 1,500 words" for done in ("1,200", "1,400")
    ]


def test_a_perplexity_past_all_sense_is_short():
    assert in_words(12345.678) == "12,345.68"
    assert in_words(1e300) == "1e+300"


def test_a_reader_that_has_gone_stops_nothing():
    program = (
        "from carrousel.cli.progress import TrainingProgress as T\n"
        "with T(1) as progress:\n"
        "    for _ in range(20000):\n"
        "        progress.note('x' * 50)\n"
        "import sys; sys.stderr.write('done')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    )
    process.stdout.close()
    assert process.stderr.read() == b"done"
    assert process.wait() == 0
    process.stderr.close()
