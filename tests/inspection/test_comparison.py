import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import ModelError, TextError
from carrousel.inspection import checkpoint_models, compare, summarise, untrained
from carrousel.storage import save_folder
from carrousel.text import learn_tokenizer, memory_text

TEXT = "a b c d e f g\n" * 2


def make(seed, text=TEXT):
    tokenizer = learn_tokenizer("word", memory_text(text, name="text"))
    network = cr.LanguageModel(tokenizer.size, layers=1, hidden=3, start="uniform", scale=0.9, key=jax.random.key(seed))
    return cr.Model(network=network, tokenizer=tokenizer, facts={})


@pytest.fixture(scope="module")
def traces():
    return [cr.inspect(make(seed), TEXT) for seed in (0, 1)]


def test_two_models_are_compared_step_by_step(traces):
    first, second = traces
    found = compare(first, second)
    assert found.log_probabilities[3] == second.log_probabilities[3] - first.log_probabilities[3]
    assert found.nats[1] - found.nats[0] == pytest.approx(-np.nansum(found.log_probabilities), rel=1e-5)
    other = first.top_ids[:, 0] != second.top_ids[:, 0]
    assert found.disagreements == other.sum()
    assert found.first_disagreement == int(np.argmax(other))
    change = first.layers[0].values["f"] - second.layers[0].values["f"]
    assert found.values[0]["f"] == pytest.approx(np.sqrt((change**2).mean()), rel=1e-5)
    assert json.loads(json.dumps(found.as_json()))["log_probabilities"][-1] is None


def test_a_model_does_not_differ_from_itself(traces):
    found = compare(traces[0], traces[0])
    assert (found.first_disagreement, found.disagreements) == (None, 0)
    assert not any(found.values[0].values())


def test_models_that_read_other_tokens_are_not_compared(traces):
    with pytest.raises(TextError, match="read different tokens"):
        compare(traces[0], cr.inspect(make(0, "b a c d e f\n"), TEXT))


def test_a_model_as_training_began_has_its_settings_and_other_weights():
    model = make(0)
    fresh = untrained(model, seed=4)
    assert fresh.network.settings == model.network.settings
    assert not np.array_equal(fresh.network.embedding.weight, model.network.embedding.weight)
    assert "as training began" in fresh.note


def store(path, network, *, part=".trained"):
    """A checkpoint's folder, with a network's weights in it."""
    leaves = jax.tree_util.tree_leaves_with_path(network)
    arrays = {part + jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in leaves}
    save_folder(path, config={"position": {}, "settings": {}}, arrays=arrays)


def test_summaries_tell_how_gates_and_gradients_changed_over_a_run(tmp_path):
    model, later = make(0), make(1)
    model.save(tmp_path)
    for update, network in ((10, model.network), (20, later.network)):
        store(tmp_path / "checkpoints" / f"{update:010d}", network)
    found = list(checkpoint_models(tmp_path))
    assert [update for update, _ in found] == [10, 20]
    for (_, ours), theirs in zip(found, (model, later), strict=True):
        assert all(map(jnp.array_equal, jax.tree.leaves(ours.network), jax.tree.leaves(theirs.network)))
    first, second = (summarise(ours, TEXT, name=str(update), lags=3) for update, ours in found)
    assert first.nats == pytest.approx(model.evaluate(TEXT).nats / model.evaluate(TEXT).tokens, rel=1e-5)
    assert first.gates[0]["f"].mean.tolist() != second.gates[0]["f"].mean.tolist()
    assert first.flow.states[0]["c"].total.slope != second.flow.states[0]["c"].total.slope
    layer = json.loads(json.dumps(first.as_json()))["layers"][0]
    assert [gate["gate"] for gate in layer["gates"]] == ["i", "f", "o"]
    assert layer["time scales"]["state"] == "c"


def test_averages_are_what_a_run_that_keeps_them_is_judged_by(tmp_path):
    make(0).save(tmp_path)
    store(tmp_path / "checkpoints" / "0000000010", make(1).network, part=".average")
    ((_, found),) = checkpoint_models(tmp_path)
    assert jnp.array_equal(found.network.head.weight, make(1).network.head.weight)


def test_runs_without_checkpoints_or_of_another_network_are_named(tmp_path):
    make(0).save(tmp_path)
    with pytest.raises(ModelError, match="has no checkpoints"):
        next(checkpoint_models(tmp_path))
    save_folder(tmp_path / "checkpoints" / "1", config={}, arrays={".trained.head.bias": np.zeros(2)})
    with pytest.raises(ModelError, match="checkpoint of another network"):
        next(checkpoint_models(tmp_path))
