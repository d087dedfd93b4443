"""Runs over epochs: what they write, and that stopping anywhere leaves no trace."""

import json
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.errors import TrainingError
from carrousel.storage import folder as storage
from carrousel.training.feeds import Windows
from carrousel.training.observers import Silence
from carrousel.training.run import Job, run
from carrousel.training.settings import TrainingSettings

SIZE = 5


class Bigrams(eqx.Module):
    """Next-token logits from the last token and a carried running mean, with noise as a dropout would have."""

    table: jax.Array
    mix: jax.Array

    def logits(self, tokens, state):
        return self.table[tokens] + self.mix * state


def objective(network, batch, state, key):
    keep = jax.random.bernoulli(key, 0.9, (SIZE,))
    scores = jax.nn.log_softmax(network.logits(batch["inputs"], state[:, None].T) * keep)
    nll = -jnp.take_along_axis(scores, batch["targets"][..., None], -1).sum()
    state = 0.5 * state + batch["inputs"].mean(0)
    tokens = jnp.float32(batch["targets"].size)
    return nll / batch["targets"].shape[1], (state, {"nll": nll, "tokens": tokens})


class Published:
    """Keeps what a run publishes, and counts it."""

    def __init__(self):
        self.weights, self.epochs = None, []

    def __call__(self, network, epoch):
        self.weights = [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(network)]
        self.epochs.append(epoch)


def windows(streams, **options):
    return Windows(streams=streams.astype(np.uint16), **options)


def job(published, *, poison=None):
    rng = np.random.default_rng(0)
    tokens = np.cumsum(rng.integers(1, 3, 240)) % SIZE
    network = Bigrams(jnp.zeros((SIZE, SIZE)), jnp.zeros(SIZE))
    feed = windows(tokens.reshape(SIZE, -1), unroll=4, capacity=4)

    def poisoned(network, batch, state, key):
        loss, rest = objective(network, batch, state, key)
        return jnp.where(jnp.all(batch["inputs"] == jnp.asarray(poison)), jnp.nan, loss), rest

    def validate(network):
        loss = float(-jax.nn.log_softmax(network.table)[jnp.arange(SIZE), (jnp.arange(SIZE) + 1) % SIZE].mean())
        return {"loss": loss, "perplexity": math.exp(loss)}

    return Job(
        network=network,
        objective=objective if poison is None else poisoned,
        feed=feed,
        start_state=lambda: jnp.zeros(SIZE),
        validate=validate,
        publish=published,
    )


SETTINGS = TrainingSettings(
    epochs=3, batch=SIZE, unroll=4, interval=4, optimiser="adam", learning_rate=0.05, schedule="cosine", clip=1.0
)


class Ticking(Silence):
    """A clock that moves a tenth of a second each time it is read, so that calls differ in length."""

    def __init__(self, step=0.1):
        self.time, self.step, self.notes, self.seen = 0.0, step, [], []

    def now(self):
        self.time += self.step
        return self.time

    def note(self, text):
        self.notes.append(text)

    def progress(self, progress):
        self.seen.append(progress)


def lines(folder, *, timeless=True):
    read = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    times = {"seconds", "epoch_seconds", "tokens_per_second"} if timeless else set()
    return [{name: value for name, value in line.items() if name not in times} for line in read]


def train(folder, *, resume=False, stop=lambda: False, settings=SETTINGS, observer=None, **options):
    published = Published()
    observer = observer or Ticking()
    ended = run(job(published, **options), settings, folder=folder, resume=resume, observer=observer, stop=stop)
    return ended, published


def weights(ended):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(ended.network)]


def after(calls):
    """A wish to stop that comes after so many calls of the loop."""
    left = iter(range(calls))
    return lambda: next(left, None) is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    ended, published = train(folder)
    return folder, ended, published


def test_a_run_learns_and_publishes_first_its_start_and_then_its_best_epochs(whole):
    folder, ended, published = whole
    valid = [line for line in lines(folder) if line["kind"] == "valid"]
    assert ended.finished
    assert valid[-1]["perplexity"] < 3.5 < SIZE
    assert published.epochs == [0, *(line["epoch"] for line in valid if line["best"])]


def test_a_line_of_metrics_covers_each_interval_and_each_epoch(whole):
    folder, ended, _ = whole
    read = lines(folder, timeless=False)
    assert [line["update"] for line in read if line["kind"] == "train"] == list(range(4, 33, 4))
    assert [line["update"] for line in read if line["kind"] == "valid"] == [11, 22, 33]
    assert all(line["tokens"] == 4 * 4 * SIZE for line in read if line["kind"] == "train")
    assert {"loss", "norm", "clipped", "learning_rate", "tokens_per_second"} <= read[0].keys()
    assert ended.position.update == 33


@pytest.mark.parametrize("calls", [0, 3, 7])
def test_a_run_that_was_stopped_and_resumed_ends_bit_identical(whole, tmp_path, calls):
    stopped, _ = train(tmp_path, stop=after(calls))
    assert not stopped.finished
    ended, published = train(tmp_path, resume=True, observer=Ticking(0.3))
    assert weights(ended) == weights(whole[1])
    assert lines(tmp_path) == lines(whole[0])
    assert published.weights == whole[2].weights


def test_each_epoch_has_its_own_seconds_and_they_add_up_to_the_total_over_a_stop_too(whole, tmp_path):
    train(tmp_path, stop=after(7))
    train(tmp_path, resume=True, observer=Ticking(0.3))
    for folder in (whole[0], tmp_path):
        ends = [line for line in lines(folder, timeless=False) if line["kind"] == "valid"]
        totals = [line["seconds"] for line in ends]
        assert np.diff(totals, prepend=0.0) == pytest.approx([line["epoch_seconds"] for line in ends])
        assert min(line["epoch_seconds"] for line in ends) > 0


def test_lines_written_after_the_last_checkpoint_are_cut_off_on_resuming(whole, tmp_path):
    train(tmp_path, stop=after(5))
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "train", "update": 9')
    train(tmp_path, resume=True)
    assert lines(tmp_path) == lines(whole[0])


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(whole, tmp_path):
    often = TrainingSettings(**{**vars(SETTINGS), "checkpoint": 0.0})
    train(tmp_path, stop=after(6), settings=often)
    newest = max((tmp_path / "checkpoints").iterdir())
    stored = bytearray((newest / "model.safetensors").read_bytes())
    stored[-1] ^= 1
    (newest / "model.safetensors").write_bytes(stored)
    observer = Ticking()
    ended, _ = train(tmp_path, resume=True, settings=often, observer=observer)
    assert any("model.safetensors" in note and "goes on from update" in note for note in observer.notes)
    assert weights(ended) == weights(whole[1])


def test_three_checkpoints_are_kept_and_what_a_crash_left_is_cleared_away(tmp_path):
    left = tmp_path / "checkpoints" / "0000000003" / ".incoming.partial"
    left.mkdir(parents=True)
    train(tmp_path, settings=TrainingSettings(**{**vars(SETTINGS), "checkpoint": 0.0}))
    kept = sorted(int(path.name) for path in (tmp_path / "checkpoints").iterdir())
    assert len(kept) == 3
    assert kept[-1] == 33


def test_a_loss_that_is_not_a_number_stops_the_run_names_the_update_and_keeps_what_was_good(tmp_path):
    published = Published()
    poisoned = job(published, poison=job(published).feed.take(2, 1)["inputs"][0])
    with pytest.raises(
        TrainingError,
        match=r"loss of update 3 \(epoch 1\) is not a finite number.*of update 2; begin again with a smaller --learn",
    ):
        run(poisoned, SETTINGS, folder=tmp_path, resume=False, observer=Ticking(), stop=lambda: False)
    assert published.epochs == [0, 0]
    assert all(np.isfinite(np.frombuffer(leaf, np.float32)).all() for leaf in published.weights)
    assert any(np.frombuffer(leaf, np.float32).any() for leaf in published.weights)


def test_a_full_disk_leaves_the_last_checkpoint_whole(whole, tmp_path, monkeypatch):
    train(tmp_path, stop=after(4))
    good = max((tmp_path / "checkpoints").iterdir())

    def full(path, content):
        path.write_bytes(content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("carrousel.storage.incoming.write_through", full)
        with pytest.raises(
            TrainingError, match=f"No space left on device.*of update {int(good.name)}; make room and resume"
        ):
            train(tmp_path, resume=True)
    storage.verify_folder(good)
    ended, _ = train(tmp_path, resume=True)
    assert weights(ended) == weights(whole[1])


def test_windows_hold_the_text_once_and_their_targets_are_one_token_further():
    tokens = np.arange(46, dtype=np.uint16)
    feed = windows(tokens.reshape(2, 23), unroll=4, capacity=8)
    taken = feed.take(5, 5)
    assert feed.per_epoch == 5
    np.testing.assert_array_equal(taken["targets"][:5], taken["inputs"][:5] + 1)
    np.testing.assert_array_equal(taken["inputs"][:5, :, 1].ravel(), 23 + np.arange(20))


def test_rows_name_each_token_of_a_window_once():
    streams = np.array([[3, 1, 3, 3, 0, 1, 1]], np.uint16)
    taken = windows(streams, unroll=3, capacity=2, vocabulary=9).take(0, 2)
    np.testing.assert_array_equal(taken["rows"][0], [1, 3, 9])
    np.testing.assert_array_equal(
        taken["rows"][np.arange(2)[:, None], taken["inputs"][:, :, 0]].ravel(), streams[0, :6]
    )
