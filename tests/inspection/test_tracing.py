import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.cells import CELLS
from carrousel.engine import Start
from carrousel.engine.letters import given
from carrousel.engine.names import noting
from carrousel.errors import ModelError, SettingsError, TextError
from carrousel.inspection import trace_layer
from carrousel.inspection.trace import OLD
from carrousel.inspection.tracing import trace_words
from carrousel.layers import Recurrent
from carrousel.text import learn_tokenizer, memory_text

TIME, HIDDEN, INPUTS = 3, 4, 4
EXACT = 1e-6  # float32: sums of some ten terms of order one, each right to 6e-8
TEXT = "the cat sat on the mat\nthe dog sat on the cat\n" * 3


def stepped(cell, letters, xs, further, states):
    """What the cell's function names in one step, on numpy arrays of float32."""
    named = {}
    spaces = {
        s: given({k: np.asarray(a) for k, a in letters[s].items()}, k, s) for s, k in cell.signature.spaces.items()
    }
    function = noting(cell.function, lambda name, value: named.setdefault(name, []).append(value))
    out = function(xs, *further, *states, **spaces, **cell.options)
    results = list(out) if isinstance(out, tuple) else [out]
    news = results[-len(states) :]
    values = {}
    for name, each in named.items():
        values |= {f"{name}.{k}": v for k, v in enumerate(each[:-1], 1)} | {name: each[-1]}
    return dict(zip(cell.signature.states, news, strict=True)) | values, results[0], news


def far(ours, theirs):
    """The largest difference, relative to 1 + the size of the values."""
    wide = np.result_type(theirs, np.float32)
    return float(np.max(np.abs(ours.astype(wide) - theirs)) / (1 + np.max(np.abs(theirs))))


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_every_value_is_what_the_cells_function_names_on_numpy(cell):
    size = cell.shape("x", (INPUTS,), inputs=INPUTS, hidden=HIDDEN)[0]
    layer = Recurrent(cell, inputs=size, hidden=HIDDEN, start=Start(recurrent="uniform"), key=jax.random.key(0))
    random = np.random.default_rng(0)
    xs = random.normal(size=(TIME, size)).astype(np.float32)
    inputs = {
        name: np.cumsum(random.random((TIME, *shape)), axis=0).astype(np.float32)
        for name, shape in cell.input_shapes(inputs=size, hidden=HIDDEN).items()
    }
    trace = trace_layer(layer, xs, inputs=inputs)
    for t in range(TIME):
        states = [trace.values[s + OLD][t] for s in cell.signature.states]
        named, output, news = stepped(cell, layer.arrays, xs[t], [inputs[n][t] for n in inputs], states)
        assert far(trace.outputs[t], output) < EXACT
        for s, new in zip(cell.signature.states, news, strict=True):
            following = trace.values[s + OLD][t + 1] if t + 1 < TIME else trace.values[s][t]
            assert far(following, new) < EXACT
        for name in [n for n in trace.values if not n.endswith(OLD)]:
            assert far(trace.values[name][t], named[name]) < EXACT, name
        for name in trace.constants:
            assert far(trace.constants[name], named[name]) < EXACT, name


@pytest.fixture(scope="module")
def model():
    tokenizer = learn_tokenizer("word", memory_text(TEXT, name="text"))
    network = cr.LanguageModel(tokenizer.size, layers=2, hidden=4, start="uniform", scale=0.9, key=jax.random.key(1))
    return cr.Model(network=network, tokenizer=tokenizer, facts={})


@pytest.fixture(scope="module")
def trace(model):
    return cr.inspect(model, TEXT, top=3)


def test_a_trace_says_what_was_read_and_what_was_expected(model, trace):
    assert trace.names[:4] == ("<eos>", "the", "cat", "sat")
    assert "".join(trace.pieces) == TEXT
    assert len(trace.pieces) == trace.time == len(trace.targets)
    assert trace.context == 1
    assert np.isnan(trace.log_probabilities[-1])
    assert np.nansum(trace.log_probabilities) == pytest.approx(-model.evaluate(TEXT).nats, rel=1e-5)
    ys, _ = model.network.run(jnp.asarray(trace.ids)[:, None])
    every = np.asarray(model.network.head.log_probabilities(ys))[:, 0]
    assert np.array_equal(trace.top_ids[:, 0], every.argmax(axis=1))
    assert np.allclose(trace.top_log_probabilities, -np.sort(-every, axis=1)[:, :3], atol=1e-5)


def test_each_layer_reads_what_the_one_below_gave_and_old_states_are_new_ones_a_step_before(model, trace):
    first, second = trace.layers
    assert np.array_equal(second.xs, first.outputs)
    assert np.array_equal(first.outputs, first.values["h"])
    assert np.array_equal(first.values["c₋₁"][1:], first.values["c"][:-1])
    assert list(first.values) == ["h₋₁", "c₋₁", "i", "f", "g", "o", "c", "h"]
    assert [first.kind(name) for name in ("c₋₁", "f", "c")] == ["state before", "intermediate", "state"]


def test_a_trace_shows_itself_in_a_line_and_not_by_its_numbers(trace):
    assert repr(trace).startswith(f"Trace({trace.time} steps of Tokenizer(")
    assert "c₋₁" in repr(trace)
    assert len(repr(trace)) < 400


def test_blocks_change_no_value(model, trace, monkeypatch):
    monkeypatch.setattr("carrousel.inspection.tracing.BLOCK", 16)
    seen = []
    cut = cr.inspect(model, TEXT, watch=lambda done, every: seen.append((done, every)))
    assert seen[0] == (16, trace.time)
    assert seen[-1] == (trace.time, trace.time)
    for ours, theirs in zip(cut.layers, trace.layers, strict=True):
        assert all(np.allclose(ours.values[name], theirs.values[name], atol=EXACT) for name in theirs.values)


def test_what_is_kept_is_asked_for_or_fits_in_the_memory(model, trace):
    asked = cr.inspect(model, "the cat", keep=["f", "c"])
    assert [list(layer.values) for layer in asked.layers] == [["f", "c"]] * 2
    assert np.allclose(asked.layers[0].values["c"], trace.layers[0].values["c"][:3], atol=EXACT)
    small = cr.inspect(model, "the cat", memory=5 * 3 * 4 * 4)
    assert sum(len(layer.values) for layer in small.layers) == 5
    assert sum(len(layer.left_out) for layer in small.layers) == 11
    with pytest.raises(SettingsError, match="left out; ask for it by keep"):
        asked.layers[0].units("i")
    with pytest.raises(SettingsError, match="is none of f, c"):
        asked.layers[0].units("zebra")
    with pytest.raises(SettingsError, match="no layer names a value 'zebra'"):
        cr.inspect(model, "the cat", keep=["zebra"])


def test_a_saved_trace_has_every_array_exactly(trace, tmp_path):
    trace.save(tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as stored:
        about = json.loads(str(stored["about"]))
        assert np.array_equal(stored["layer2 value c₋₁"], trace.layers[1].values["c₋₁"])
        assert np.array_equal(stored["layer1 x"], trace.layers[0].xs)
        assert set(stored) == {"about", *trace.arrays()}
    assert about["tokens"] == list(trace.names)
    assert about["layers"][1]["values"]["c"] == {"shape": [4], "kind": "state"}
    with pytest.raises(ModelError, match="cannot be written"):
        trace.save(tmp_path / "none" / "trace.npz")


def test_words_are_numbered_from_wherever_they_begin(model, trace):
    alone = trace_words(model, trace.ids[1:5])
    assert alone.context == 0
    assert alone.names == trace.names[1:5]


def test_an_empty_text_shows_the_step_before_it(model):
    assert cr.inspect(model, "").names == ("<eos>",)
    characters = learn_tokenizer("char", memory_text("ab", name="text"))
    network = cr.LanguageModel(characters.size, layers=1, hidden=2, key=jax.random.key(0))
    with pytest.raises(TextError, match="nothing to look into"):
        cr.inspect(cr.Model(network=network, tokenizer=characters, facts={}), "")
    with pytest.raises(SettingsError, match="top is a number of tokens"):
        cr.inspect(model, "the", top=0)
    assert cr.inspect(model, "the", top=99).top_ids.shape == (2, model.tokenizer.size)


ARPA = """\\data\\
ngram 1=4

\\1-grams:
-99 <s>
-0.5 </s>
-1 <unk>
-0.23 the

\\end\\
"""


def test_a_model_without_recurrent_layers_is_refused(model, tmp_path):
    (tmp_path / "counts.arpa").write_text(ARPA)
    window = cr.LanguageModel(model.tokenizer.size, model="window", window=2, hidden=4, key=jax.random.key(0))
    with pytest.raises(ModelError, match="has no recurrent layers"):
        cr.inspect(cr.Model(network=window, tokenizer=model.tokenizer, facts={}), TEXT)
    with pytest.raises(ModelError, match="no layers to look into"):
        cr.inspect(cr.load(tmp_path / "counts.arpa"), TEXT)
