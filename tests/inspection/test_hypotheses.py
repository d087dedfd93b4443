import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError, TextError
from carrousel.inspection.hypotheses import (
    CLAIMS,
    NOTES,
    SETS,
    Pair,
    ablate,
    fill_blank,
    find_set,
    patch,
    probe_states,
    rank_units,
    tokens_with_labels,
)
from carrousel.inspection.hypotheses.forcing import run_forced
from carrousel.inspection.hypotheses.probes import fit_logistic
from carrousel.text import learn_tokenizer, memory_text
from carrousel.text.agreement import NOUNS, REFLEXIVE
from tests.inspection.planted import TOKENIZER, counting


@pytest.fixture(scope="module")
def brackets():
    return counting({"(": 1, ")": -1})


@pytest.fixture(scope="module")
def gendered():
    """Knows the gender of a subject by one unit, and lets it decide the reflexive."""
    nouns = {word: sign for kind, sign in (("feminine", -1), ("masculine", 1)) for word in NOUNS[kind].split()}
    return counting(nouns, head={REFLEXIVE["masculine"]: 4.0, REFLEXIVE["feminine"]: -4.0})


def test_a_unit_that_counts_brackets_ranks_first(brackets):
    ranks = rank_units(brackets, SETS["brackets"], lines=60)
    assert (ranks[0].layer, ranks[0].state, ranks[0].unit) == (1, "c", 1)
    assert ranks[0].correlation > 0.999
    assert abs(ranks[2].correlation) < 0.9
    assert len(ranks) == 8
    assert ranks[0].area is None


def test_a_unit_that_holds_a_gender_separates_it_wholly(gendered):
    ranks = rank_units(gendered, SETS["gender"], lines=60)
    assert {(rank.state, rank.unit) for rank in ranks[:2]} == {("c", 1), ("h", 1)}
    assert ranks[0].area == pytest.approx(1.0)


def test_a_probe_reads_what_is_there_and_its_controls_do_not(gendered):
    probes = probe_states(gendered, SETS["gender"], lines=120)
    best = probes[0]
    assert best.accuracy == 1
    assert best.selectivity > 0.2
    assert best.untrained < 1
    assert best.majority < 0.7
    assert best.by_word < 1
    assert best.as_json()["selectivity"] == best.accuracy - best.control
    assert [p.selectivity for p in probes] == sorted((p.selectivity for p in probes), reverse=True)


def test_a_logistic_regression_finds_the_weights_that_made_its_labels():
    random = np.random.default_rng(0)
    values, weights = random.normal(size=(4000, 3)), np.array([2.0, -1.0, 0.0, 0.5])
    chances = 1 / (1 + np.exp(-(values @ weights[:3] + weights[3])))
    found = fit_logistic(values, (random.random(4000) < chances).astype(int))
    assert np.allclose(found, weights, atol=0.15)


def test_without_the_unit_that_decides_pairs_are_lost(gendered):
    seen = []
    found = ablate(gendered, SETS["gender"].draw_pairs(20, seed=1), watch=lambda *n: seen.append(n))
    assert found.pairs == 20
    assert found.accuracy == 1
    assert found.margin > 1
    assert {(u.state, u.unit) for u in found.units[:1]} == {("c", 1)}
    assert found.units[0].margin < found.margin / 2
    assert len(found.units) == 8
    assert seen[-1] == (8, 8)
    only = ablate(gendered, SETS["gender"].draw_pairs(20, seed=1), states=["c"])
    assert [u.state for u in only.units] == ["c"] * 4
    assert only.units[0].margin == pytest.approx(found.units[0].margin, abs=1e-5)


def test_pairs_that_the_vocabulary_cannot_tell_apart_are_left_out(gendered):
    known, strange = Pair("the queen sees", "herself", "himself"), Pair("the queen sees", "zebra", "himself")
    assert ablate(gendered, [known, strange]).skipped == 1
    with pytest.raises(TextError, match="no pair has two words"):
        ablate(gendered, [strange])
    with pytest.raises(SettingsError, match="no layer has a state 'z'"):
        ablate(gendered, [known], states=["z"])


def test_a_state_that_carries_the_difference_moves_the_answer(gendered):
    found = patch(
        gendered, "the queen near the dogs sees", "the king near the dogs sees", answers=("herself", "himself")
    )
    assert found.base == ("<eos>", "the", "queen", "near", "the", "dogs", "sees")
    assert found.base_score < 0 < found.source_score
    assert found.moved(found.scores[1, "c"])[[0, 1]] == pytest.approx([0, 0], abs=1e-5)
    assert found.moved(found.scores[1, "c"])[2:] == pytest.approx(np.ones(4), abs=0.05)
    assert found.moved(found.scores[1, "h"]) == pytest.approx(np.zeros(6), abs=0.05)
    assert found.moved(found.whole)[2:] == pytest.approx(np.ones(4), abs=1e-5)
    assert json.loads(json.dumps(found.as_json()))["answers"] == ["herself", "himself"]


def test_putting_in_its_own_states_changes_nothing(gendered):
    with pytest.raises(TextError, match="nothing tells them apart"):
        patch(gendered, "the queen sees", "the queen sees")
    own = patch(gendered, "the queen sees", "the queen sees", answers=("herself", "himself"))
    assert own.base_score == own.source_score
    assert all((scores == own.base_score).all() for scores in (*own.scores.values(), own.whole))


def test_sentences_that_cannot_be_patched_are_told_why(gendered):
    with pytest.raises(TextError, match="have 2 and 3 tokens"):
        patch(gendered, "the queen", "the queen sees")
    with pytest.raises(TextError, match="does not know 'zebra'"):
        patch(gendered, "the queen", "the king", answers=("zebra", "himself"))


def test_a_forced_run_without_force_is_the_network_itself(gendered):
    network, ids = gendered.network, TOKENIZER.encode("the queen sees")
    nowhere = tuple(tuple(jnp.zeros((1, 4), bool) for _ in layer) for layer in network.start_state(1))
    nothing = tuple(tuple(jnp.zeros((4, 1, 4)) for _ in layer) for layer in network.start_state(1))
    padded = jnp.asarray(np.append(ids, 0))[:, None]
    found = run_forced(network, padded, jnp.array([3]), jnp.array([-1]), nowhere, nothing)
    ys, _ = network.run(jnp.asarray(ids)[:, None])
    assert np.allclose(found[0], network.head.log_probabilities(ys)[-1, 0], atol=1e-6)


def test_a_blank_is_filled_by_what_comes_before_and_by_the_whole_sentence(gendered):
    found = fill_blank(gendered, "the queen sees ___ .", ["himself", "herself", "zebra"])
    assert found.by_left == ("herself", "himself", "zebra")
    assert found.unknown == ()
    best = found.candidates[0]
    before, whole = gendered.score(["the queen sees"]), gendered.score(["the queen sees herself ."])
    assert best.whole == pytest.approx(whole[0], rel=1e-6)
    lines = list(gendered.score_tokens(["the queen sees herself", "the queen sees"]))
    assert best.left == pytest.approx(float(lines[0].log_probabilities[3]), rel=1e-6)
    assert len(before) == 1
    assert (best.known, found.candidates[2].known) == (True, False)
    for sentence, words in (("the queen", "got 0"), ("___ ___", "got 2")):
        with pytest.raises(TextError, match=words):
            fill_blank(gendered, sentence, ["himself"])
    with pytest.raises(TextError, match="no candidate"):
        fill_blank(gendered, "the ___", [])


def test_the_whole_sentence_may_decide_otherwise_than_what_comes_before(gendered):
    found = fill_blank(gendered, "the ___ sees herself", ["king", "queen"])
    assert found.by_whole == ("queen", "king")
    gap = {c.word: c.left for c in found.candidates}
    assert gap["king"] == pytest.approx(gap["queen"], abs=0.2)


def test_the_sentences_of_the_notes_are_there_with_their_source(gendered):
    assert set(NOTES) == {"tickets", "students", "dan", "bob", "manoj"}
    assert all(blank.expected in blank.candidates and blank.source for blank in NOTES.values())
    assert all(claimed.text and claimed.claim and claimed.source for claimed in CLAIMS.values())
    dan = NOTES["dan"]
    found = fill_blank(gendered, dan.sentence, dan.candidates)
    assert "France." in found.unknown
    assert not any(c.known for c in found.candidates)


@pytest.mark.parametrize("name", SETS)
def test_a_set_draws_the_same_lines_for_the_same_seed(name):
    lines = SETS[name].draw(30, seed=2)
    assert lines == SETS[name].draw(30, seed=2)
    assert all(len(line.text) == len(line.labels) for line in lines)
    assert len({label for line in lines for label in line.labels} - {-1}) > 1


def test_labels_say_what_the_text_shows():
    for line in SETS["brackets"].draw(20, seed=0):
        depth = 0
        for character, label in zip(line.text, line.labels, strict=True):
            depth += {"(": 1, ")": -1}.get(character, 0)
            assert character == " " or label == depth
        assert depth == 0
    for line in SETS["quotes"].draw(20, seed=0):
        assert line.text.count('"') % 2 == 0
    for pair in SETS["number"].draw_pairs(20, seed=0):
        subject = pair.before.split()[1]
        assert pair.right.endswith("s") != (subject in NOUNS["plural"].split())


@pytest.mark.parametrize("kind", ["word", "char", "byte"])
def test_a_token_has_the_label_of_its_last_character(kind):
    lines = SETS["brackets"].draw(3, seed=0)
    tokenizer = learn_tokenizer(kind, memory_text("\n".join(line.text for line in lines) + "\n", name="text"))
    ids, labels, owners = tokens_with_labels(tokenizer, lines)
    first = ids[owners == 0]
    if kind == "word":
        words = lines[0].text.split()
        depths = np.cumsum([{"(": 1, ")": -1}.get(word, 0) for word in words])
        assert labels[owners == 0].tolist() == [*depths, -1]
    else:
        end = tokenizer.end is not None
        assert labels[owners == 0].tolist() == [*lines[0].labels, *[-1] * end]
    assert len(first) == (owners == 0).sum()


def test_a_word_that_the_vocabulary_lacks_keeps_the_labels_in_place():
    few = learn_tokenizer("word", memory_text("( ) old\n", name="text"))
    lines = SETS["brackets"].draw(5, seed=0)
    _, labels, owners = tokens_with_labels(few, lines)
    words = lines[4].text.split()
    assert labels[owners == 4].tolist() == [*np.cumsum([{"(": 1, ")": -1}.get(w, 0) for w in words]), -1]


def test_what_is_no_set_or_too_small_is_named(gendered):
    with pytest.raises(SettingsError, match="did you mean number"):
        find_set("nomber")
    with pytest.raises(SettingsError, match="quotes has no minimal pairs; number, gender have"):
        SETS["quotes"].draw_pairs(2, seed=0)
    with pytest.raises(SettingsError, match="takes 10 at least"):
        rank_units(gendered, SETS["gender"], lines=3)


def test_words_of_several_tokens_are_told_apart_by_the_first_that_differs():
    letters = learn_tokenizer("char", memory_text("the queens sleep herself himself near\n", name="text"))
    network = cr.LanguageModel(letters.size, layers=1, hidden=4, key=jax.random.key(0))
    model = cr.Model(network=network, tokenizer=letters, facts={})
    assert ablate(model, [Pair("the queens", "sleep", "sleeps")]).pairs == 1
    found = patch(model, "the queens", "the queen ", answers=("herself", "himself"))
    assert "".join(found.base) == "\nthe queens h"
    assert found.answers == ("e", "i")
    with pytest.raises(TextError, match="not told apart"):
        patch(model, "the queens", "the queen ", answers=("her", "her"))
