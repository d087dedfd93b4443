"""What was measured and asked, as tables: the same numbers as the measurements, with all of them in the details."""

import json

import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError
from carrousel.inspection import gradient_flow, summarise
from carrousel.inspection.findings import (
    Question,
    flow_table,
    jacobian_curves,
    loss_curves,
    measured,
    over_checkpoints,
    patched,
    probed,
    searched,
    side_by_side,
)
from carrousel.text.agreement import NOUNS, REFLEXIVE
from tests.inspection.planted import TOKENIZER, counting

TEXT = "the queen near the dogs sees the king near the dog sees"


@pytest.fixture(scope="module")
def gendered():
    """Knows the gender of a subject by unit 1, and lets it decide the reflexive."""
    nouns = {word: sign for kind, sign in (("feminine", -1), ("masculine", 1)) for word in NOUNS[kind].split()}
    return counting(nouns, head={REFLEXIVE["masculine"]: 4.0, REFLEXIVE["feminine"]: -4.0})


@pytest.fixture(scope="module")
def trace(gendered):
    return cr.inspect(gendered, TEXT)


def as_plain(finding):
    """The finding's JSON; every row has a cell for each column."""
    assert all(len(row) == len(finding.columns) for row in finding.rows)
    return json.loads(json.dumps(finding.as_json(), allow_nan=False))


def test_gates_and_memory_of_a_layer(trace):
    gates, memory = measured(trace.layers[0], 1)
    assert [row[0] for row in gates.rows] == ["i", "f", "o"]
    assert gates.rows[0][1] == pytest.approx(trace.layers[0].values["i"].mean())
    assert [row[4] for row in gates.rows] == ["1", "none", "1"]  # the start of a line shuts f of unit 1
    assert memory.rows[0][:2] == ["c", "f"]


def test_a_set_is_told_by_probes_units_and_pairs(gendered):
    probes, units, ablation = probed(gendered, "gender", lines=60, pairs=10)
    assert [f.kind for f in (probes, units, ablation)] == ["probe", "units", "ablation"]
    assert units.rows[0][0] in {"layer 1 c 1", "layer 1 h 1"}
    assert ablation.rows[0][0] == "layer 1 c 1"
    assert ablation.rows[0][3] > 1
    assert len(as_plain(units)["units"]) == 8
    assert as_plain(probes)["probes"][0]["accuracy"] == probes.rows[0][1]
    assert as_plain(ablation)["pairs"] == 10


def test_the_blanks_of_the_notes_are_ranked_both_ways(gendered):
    (blanks,) = probed(gendered, "notes")
    found = as_plain(blanks)["blanks"]
    assert {blank["name"] for blank in found} == {"tickets", "students", "dan", "bob", "manoj"}
    assert all(blank["source"] for blank in found)
    assert [row[4] for row in blanks.rows] == [blank["expected"] for blank in found]


def test_a_set_that_is_not_there_is_named(gendered):
    with pytest.raises(SettingsError, match="did you mean gender"):
        list(probed(gendered, "gendre"))


def test_patching_shows_where_the_state_carries_the_difference(gendered):
    found = patched(
        gendered, "the queen near the dogs sees", "the king near the dogs sees", answers=("herself", "himself")
    )
    assert found.rows[2][0] == "2 queen / king"
    assert found.columns == ["after the step", "layer 1 h", "layer 1 c", "all states"]
    assert found.rows[0][2] == pytest.approx(0, abs=1e-5)
    assert found.rows[2][2] == pytest.approx(1, abs=0.05)
    assert found.grid.values.shape == (3, 6)
    assert as_plain(found)["answers"] == ["herself", "himself"]


def test_a_piece_of_the_text_is_searched_for_in_a_corpus(gendered):
    read = cr.inspect(gendered, "the king near the dogs sees")
    corpus = TOKENIZER.encode("the king sees\nthe queen sees\n" * 3)

    def ask(span, **where):
        return searched(gendered, read, Question(span=span, threshold=0.5, **where), corpus, name="a corpus")

    found = ask("king near")
    plain = as_plain(found)
    assert plain["span"] == {"begin": 2, "stop": 4, "tokens": ["king", "near"]}
    assert plain["units"] == [1]
    assert [row[3].strip("↵ ") for row in found.rows] == ["king sees"] * 3
    assert f"{len(corpus)} tokens of a corpus" in found.about
    assert as_plain(ask("2:4", layer=1, value="c")) == plain
    with pytest.raises(SettingsError, match="'zebra' stands nowhere in the text"):
        ask("zebra")
    with pytest.raises(SettingsError, match="layer is a number from 1 to 1, not 2"):
        ask("king", layer=2)


def test_gradient_flow_two_models_and_checkpoints_are_tables(gendered, trace):
    flow = gradient_flow(gendered, trace, lags=3, ends=2)
    losses, jacobians = loss_curves(flow), jacobian_curves(flow)
    assert list(losses) == ["layer 1 h", "layer 1 c"]
    assert list(jacobians) == ["layer 1 h", "layer 1 c", "layer 1 c, kept alone"]
    assert flow_table(losses, "t").rows[1][1] == pytest.approx(losses["layer 1 c"].gamma, nan_ok=True)
    other = cr.inspect(counting({}), TEXT)
    both = side_by_side(trace, other, names=("one", "two"))
    assert as_plain(both)["models"] == ["one", "two"]
    assert dict(both.rows)["layer 1 c: root mean square of the difference"] == pytest.approx(
        np.sqrt(np.mean((trace.layers[0].values["c"] - other.layers[0].values["c"]) ** 2)), rel=1e-5
    )
    stages = [summarise(gendered, trace, name=name, lags=3, ends=2) for name in ("update 1", "update 2")]
    run = over_checkpoints(stages)
    assert [row[0] for row in run.rows] == ["update 1", "update 2"]
    assert dict(zip(run.columns, run.rows[0], strict=True))["layer 1 i"] == pytest.approx(
        trace.layers[0].values["i"].mean()
    )
