import time

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError
from carrousel.inspection import StateIndex, find_spans, index_states, units_on
from carrousel.text import learn_tokenizer, memory_text

WORDS = learn_tokenizer("word", memory_text("a b c d\n", name="text"))


def index_of(on):
    """An index of truth values (time, units)."""
    return index_of_bits(np.packbits(on, axis=0).T.copy(), time=len(on))


def index_of_bits(bits, *, time):
    """An index of eight steps a byte (units, bytes)."""
    return StateIndex(
        bits=bits,
        ids=np.full(time, WORDS.encode("a")[0], np.int32),
        tokenizer=WORDS,
        layer=1,
        name="c",
        threshold=0.0,
        streams=1,
    )


def brute(on, units, steps, needed):
    """Every longest stretch at whose steps at least so many of the units are on, the best first."""
    enough = on[:, units].sum(axis=1) >= needed
    found, begin = [], None
    for t, flag in enumerate([*enough, False]):
        if flag and begin is None:
            begin = t
        elif not flag and begin is not None:
            through = tuple(u for u in units if on[begin:t, u].all())
            found.append((-len(through), abs(t - begin - steps), begin, t, through))
            begin = None
    return [(begin, stop, through) for _, _, begin, stop, through in sorted(found)]


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_spans_are_those_of_a_search_step_by_step(share):
    on = np.random.default_rng(0).random((403, 12)) < 0.7
    units = [1, 4, 5, 7, 11]
    found = find_spans(index_of(on), units, steps=3, share=share, top=1000)
    wanted = brute(on, units, 3, int(np.ceil(share * len(units))))
    assert len(wanted) > 20
    assert [tuple(match) for match in found] == wanted


def test_without_edges_a_match_has_the_length_of_the_selection():
    on = np.zeros((50, 3), bool)
    on[10:20] = on[30:32] = True
    found = find_spans(index_of(on), [0, 1, 2], steps=4, edges=False)
    assert [(m.begin, m.stop) for m in found] == [(10, 14)]
    assert [(m.begin, m.stop) for m in find_spans(index_of(on), [0], steps=4)] == [(30, 32), (10, 20)]


def test_units_of_a_selection_are_on_within_and_off_beside_it():
    values = np.zeros((6, 3))
    values[2:4] = [1, 1, 0]
    values[4, 1] = 1
    assert units_on(values, 2, 4) == (0,)
    assert units_on(values, 2, 4, edges=False) == (0, 1)
    assert units_on(values, 2, 4, threshold=1.0) == ()
    with pytest.raises(SettingsError, match="a span lies within the 6 steps"):
        units_on(values, 4, 4)


def test_a_million_steps_are_searched_in_two_seconds():
    one, other = np.random.default_rng(0).integers(0, 256, (2, 200, 125_000), np.uint8)
    index = index_of_bits(one | other, time=1_000_000)
    begin = time.process_time()
    found = find_spans(index, range(200), steps=2, share=0.8)
    assert time.process_time() - begin < 2
    assert found[0].units


@pytest.fixture(scope="module")
def model():
    network = cr.LanguageModel(WORDS.size, layers=2, hidden=3, start="uniform", scale=0.9, key=jax.random.key(1))
    return cr.Model(network=network, tokenizer=WORDS, facts={})


def test_an_index_holds_the_states_that_a_trace_holds(model):
    ids = np.random.default_rng(0).integers(0, WORDS.size, 300).astype(np.int32)
    seen = []
    index = index_states(model, ids, layer=2, name="c", threshold=0.05, streams=1, watch=lambda *n: seen.append(n))
    trace = cr.inspection.tracing.trace_words(model, ids)
    assert index.units == 3
    values = trace.layers[1].values["c"]
    near = np.abs(values - 0.05) > 1e-6
    assert np.array_equal(index.on([0, 1, 2]).T[near], (values > 0.05)[near])
    assert np.array_equal(index.on([1], 13, 29), index.on([1])[:, 13:29])
    assert seen == [(256, 300), (300, 300)]
    text = index.text(find_spans(index, range(3), steps=1, share=0.3)[0], around=2)
    assert len(text) == 3


def test_parts_of_a_corpus_are_read_each_from_the_start(model):
    ids = np.tile(np.random.default_rng(0).integers(0, WORDS.size, 256), 2).astype(np.int32)
    index = index_states(model, ids, layer=1, name="h", threshold=0.0, streams=2)
    assert np.array_equal(index.on([0], 0, 256), index.on([0], 256, 512))


def test_what_cannot_be_searched_for_is_named(model):
    index = index_of(np.ones((8, 2), bool))
    for how, words in (
        ({"units": []}, "lower the threshold"),
        ({"units": [2]}, "units are numbers from 0 to 1"),
        ({"units": [0], "share": 0.0}, "share lies in"),
        ({"units": [0], "top": 0}, "top is a number of matches"),
    ):
        with pytest.raises(SettingsError, match=words):
            find_spans(index, **{"steps": 1, **how})
    for how, words in (({"layer": 3, "name": "c"}, "from 1 to 2"), ({"layer": 1, "name": "z"}, "named 'z'")):
        with pytest.raises(SettingsError, match=words):
            index_states(model, np.zeros(4, np.int32), **how)
