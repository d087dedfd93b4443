"""What the page's script is given: every value of the trace at 8 bit, within its room, for any cell."""

import base64
import json
import re

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.inspection import gradient_flow, trace_layer
from carrousel.inspection.look import Look
from carrousel.inspection.page import inspection_page
from carrousel.inspection.page.anatomy import anatomy, anatomy_card
from carrousel.inspection.page.payload import SAID, fitting_steps, payload
from carrousel.layers import Recurrent
from carrousel.pages.data import LEVELS
from tests.inspection.page.making import TEXT, small_model


def read(value):
    """The numbers of a value, (time, units), as the page's script reads them."""
    levels = np.frombuffer(base64.b64decode(value["bytes"]), np.uint8).reshape(-1, value["units"])
    low, high = np.asarray(value["low"]), np.asarray(value["high"])
    return low + (levels - 1.0) * (high - low) / LEVELS


def given(trace, steps=None):
    cards = [anatomy_card(layer) for layer in trace.layers]
    return payload("m", trace, cards, [0] * len(cards), steps=steps or trace.time)


@pytest.fixture(scope="module")
def trace():
    return cr.inspect(small_model(), TEXT)


def test_every_value_is_there_within_a_508th_of_its_units_range(trace):
    facts = given(trace)
    for layer, shown in zip(trace.layers, facts["layers"], strict=True):
        values = {v["key"]: v for v in shown["values"]}
        assert set(layer.values) == set(values)
        for name in ("i", "f", "g", "o", "c", "h"):
            exact = layer.units(name)
            wide = exact.max(axis=0) - exact.min(axis=0)
            assert np.all(np.abs(read(values[name]) - exact) <= wide / 508 + 1e-5)
            assert values[name]["kind"] == ("gate" if name in "ifo" else "state" if name in "ch" else "intermediate")


def test_a_state_that_came_in_is_the_new_one_a_step_later_and_takes_no_room(trace):
    values = {v["key"]: v for v in given(trace)["layers"][0]["values"]}
    assert values["c₋₁"] == {"key": "c₋₁", "of": "c", "first": [0.0] * 6, "label": "c₋₁"}


def test_tokens_and_what_was_expected_after_them(trace):
    facts = given(trace, steps=4)
    assert facts["tokens"] == trace.names[:4]
    assert facts["came"] == list(trace.names[1:5])
    assert facts["chance"] == pytest.approx(np.exp(trace.log_probabilities[:4]), rel=1e-2)
    assert [[word for word, _ in step] for step in facts["next"]] == [
        [trace.tokenizer.token(int(i)) for i in ids] for ids in trace.top_ids[:4]
    ]
    assert given(trace)["came"][-1] is None


def test_a_long_text_is_cut_to_its_room_and_the_page_says_so(trace):
    assert fitting_steps(trace, room=10**6) == trace.time
    each = 2 * (6 * 6 + SAID)
    assert fitting_steps(trace, room=5 * each) == 5
    page = inspection_page([Look(name="m", trace=trace)], text="a text", room=5 * each).html()
    assert f"Of m the first 5 of {trace.time} steps are on this page" in page


def test_the_data_is_json_that_ends_no_element(trace):
    page = inspection_page([Look(name="</script>", trace=trace)], text="<i>").html()
    inside = page.split('<div data-facts="0"><script type="application/json">')[1].split("</script>")[0]
    assert json.loads(inside)["name"] == "</script>"
    assert "<i>" not in page.split("<script>")[0]
    assert "&lt;i&gt;" in page


@pytest.mark.parametrize(
    ("cell", "filled"),
    [("gru", ["h"]), ("peephole-lstm", ["c", "h"]), ("time-aware-lstm", ["c.1", "c", "h"])],
)
def test_the_equations_know_which_rows_a_units_numbers_fill(cell, filled):
    layer = Recurrent(cell, inputs=4, hidden=4, key=jax.random.key(0))
    inputs = {
        name: np.ones((3, *shape), np.float32) for name, shape in layer.cell.input_shapes(inputs=4, hidden=4).items()
    }
    found = trace_layer(layer, np.ones((3, 4), np.float32), inputs=inputs)
    card = anatomy_card(found)
    markup = anatomy(card, found, cell=0)
    for name in found.cell.signature.states:
        assert f'<tr data-key="{name}"' in markup
    assert re.findall(r'<tr data-key="([^"]*)" data-units="yes"', markup) == filled


def test_a_page_of_200_tokens_and_two_layers_of_200_units_is_below_a_megabyte_and_a_half(tmp_path):
    found = cr.inspect(small_model(hidden=200), "the cat sat on a mat\n" * 28 + "the cat sat")
    assert found.time == 200
    flows = {"m": gradient_flow(small_model(), cr.inspect(small_model(), TEXT))}
    size = inspection_page([Look(name="m", trace=found, flows=flows)], text="a text").write(tmp_path / "page.html")
    assert size < 1_450_000  # gradient flow of 100 lags takes 60,000 more than that of this text
