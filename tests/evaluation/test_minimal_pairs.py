"""Minimal pairs: which are made and read, how sentences are written for a model, and what a model is asked."""

import io
import json
import zipfile
from itertools import islice

import equinox as eqx
import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import DataError, SettingsError
from carrousel.evaluation.minimal_pairs import (
    PAIR_SETS,
    MinimalPair,
    Spelling,
    agreement_pairs,
    count,
    count_by,
    find_pairs,
    judge,
)
from carrousel.evaluation.minimal_pairs.judging import _check
from carrousel.evaluation.minimal_pairs.pair import thinned
from carrousel.evaluation.minimal_pairs.published import (
    blimp_pairs,
    colourless_pairs,
    colourless_scores,
    linzen_pairs,
    syneval_pairs,
)
from carrousel.text import agreement_grammar, learn_tokenizer, memory_text

GRAMMAR = agreement_grammar()
PAIRS = agreement_pairs(each=12, sentences=3000)
TREEBANK = "the authors laugh but do n't laughs he 's near N\n"


class Bigrams(eqx.Module):
    """A model whose chances are given by the word before alone."""

    logits: jax.Array

    def __init__(self, tokenizer, likely):
        logits = np.zeros((tokenizer.size, tokenizer.size), np.float32)
        for before, after in likely:
            logits[tokenizer.encode(before), tokenizer.encode(after)] = 5.0
        self.logits = jax.nn.log_softmax(logits, axis=-1)

    @property
    def vocabulary(self):
        return len(self.logits)

    reach = 1

    def start_state(self, batch):
        return ()

    def run(self, tokens, state=None, *, lengths=None, resets=None, precision="float32"):
        return self.logits[tokens], ()

    def losses(self, tokens, targets, state=None, *, resets=None, precision="float32"):
        return -self.logits[tokens, targets], ()

    def log_probabilities(self, outputs):
        return outputs

    def stepper(self):
        return lambda tokens, state: (self.logits[tokens], state)


def words(text=TREEBANK):
    return learn_tokenizer("word", memory_text(text, name="words"))


def judged(likely, *pairs, text=TREEBANK, method="sentence"):
    tokenizer = words(text)
    made = [MinimalPair(right=right, wrong=wrong, facts={"n": n}) for n, (right, wrong) in enumerate(pairs)]
    return judge(Bigrams(tokenizer, likely), tokenizer, made, method=method)


def test_derived_sentences_are_those_that_are_drawn() -> None:
    plain = islice(GRAMMAR.sentences(np.random.default_rng(3)), 50)
    derived = islice(GRAMMAR.derived(np.random.default_rng(3)), 50)
    assert [[word for word, _ in sentence] for sentence in derived] == list(plain)


def test_of_each_generated_pair_the_grammar_makes_the_right_sentence_alone() -> None:
    for pair in [pair for pair in PAIRS if len(pair.right.split()) < 16][::4]:
        right, wrong = pair.right.split(), pair.wrong.split()
        assert sum(one != other for one, other in zip(right, wrong, strict=True)) == 1
        assert (GRAMMAR.derivations(right), GRAMMAR.derivations(wrong)) == (1, 0), pair


@pytest.mark.parametrize("kind", ["verb", "reflexive", "possessive", "pronoun"])
def test_every_kind_of_pair_comes_with_several_numbers_of_attractors(kind) -> None:
    found = [pair.facts["attractors"] for pair in PAIRS if pair.facts["kind"] == kind]
    assert {0, 1, 2} <= set(found)
    assert max(found.count(number) for number in found) <= 12


def test_attractors_and_distance_are_counted_between_the_noun_and_the_verb() -> None:
    (noun, verb) = {"woman", "women"}, {"sees", "see", "sleeps", "sleep"}
    checked = 0
    for pair in PAIRS:
        right = pair.right.split()
        if pair.facts["kind"] == "verb" and right[1] in noun and "that" not in right:
            at = next(place for place, word in enumerate(right) if word in verb) if verb & set(right) else None
            if at is not None and right[at] != pair.wrong.split()[at]:
                assert pair.facts["distance"] == at - 2
                checked += 1
    assert checked > 0


def test_pairs_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    how = {"each": 3, "sentences": 200}
    assert agreement_pairs(**how) == agreement_pairs(**how)
    assert agreement_pairs(**how) != agreement_pairs(**how, seed=5)


def test_the_likelier_sentence_is_the_right_one() -> None:
    likely = [("authors", "laugh"), ("he", "laughs")]
    found = judged(likely, ("the authors laugh", "the authors laughs"), ("he laugh", "he laughs"))
    assert [verdict.right for verdict in found] == [1, 0]
    assert [verdict.margin for verdict in found] == pytest.approx([5.0, -5.0], abs=1e-5)


def test_whole_sentences_count_what_comes_behind_and_prefixes_do_not() -> None:
    likely = [("authors", "laugh"), ("laughs", "near"), ("laughs", "\n")]
    pair = ("the authors laugh near", "the authors laughs near")
    (whole,), (prefix,) = judged(likely, pair), judged(likely, pair, method="prefix")
    assert prefix.margin == pytest.approx(5, abs=1e-5)
    size = words().size
    behind = -np.log(size) - np.log(np.exp(5) / (2 * np.exp(5) + size - 2))
    assert whole.margin == pytest.approx(5 + behind, abs=1e-5)


def test_a_tie_counts_half() -> None:
    assert judged([], ("the authors laugh", "the authors laughs"))[0].right == 0.5


def test_pairs_with_unknown_words_where_they_differ_are_counted_apart() -> None:
    likely = [("authors", "laugh")]
    found = judged(
        likely,
        ("the authors laugh", "the authors laughs"),
        ("the painters laugh", "the painters laughs"),
        ("the authors laugh", "the authors giggles"),
        ("the authors laugh", "the Authors laugh"),
    )
    assert [verdict.known for verdict in found] == [True, True, False, False]
    counted = count(found)
    assert (counted.pairs, counted.known, counted.accuracy, counted.accuracy_of_unknown) == (4, 2, 0.75, 0.75)
    assert [each.pairs for each in count_by(found, "n").values()] == [1, 1, 1, 1]


def test_a_method_that_cannot_be_is_refused() -> None:
    with pytest.raises(SettingsError, match="one of sentence, prefix, not 'suffix'"):
        _check(words(), [], "suffix")
    characters = learn_tokenizer("char", memory_text(TREEBANK, name="words"))
    with pytest.raises(SettingsError, match="of kind char; take the method sentence"):
        judge(Bigrams(characters, []), characters, [MinimalPair(right="a", wrong="b")], method="prefix")


def test_pairs_that_stop_at_the_verb_are_no_whole_sentences() -> None:
    tokenizer = words()
    with pytest.raises(SettingsError, match="take the method prefix"):
        judge(Bigrams(tokenizer, []), tokenizer, [MinimalPair(right="he laughs", wrong="he laugh", whole=False)])


def test_sentences_are_written_as_the_vocabulary_has_it() -> None:
    treebank, cased = Spelling.of(words()), Spelling.of(words("The cat sat , and slept .\n"))
    assert treebank.write("He doesn't laugh, but the author's near.") == "he does n't laugh but the author 's near"
    assert cased.write("The cat (it's old) sat, and slept.") == "The cat it's old sat , and slept ."
    assert Spelling.of(learn_tokenizer("byte", memory_text("a", name="a"))).write("It's.") == "It's."
    assert str(treebank) == "in lower case, without punctuation, contractions cut"


def test_a_set_can_be_thinned_at_even_distances() -> None:
    pairs = [MinimalPair(right=str(n), wrong="", facts={"kind": n // 10}) for n in range(20)]
    assert [pair.right for pair in thinned(pairs, each=3, by="kind")] == ["0", "4", "9", "10", "14", "19"]


def test_the_pairs_of_blimp_come_with_paradigm_and_distance() -> None:
    entry = {
        "sentence_good": "He laughs.",
        "sentence_bad": "He laugh.",
        "linguistics_term": "agreement",
        "UID": "verbs",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data/verbs.jsonl", json.dumps({**entry, "dependency_length": 1}) + "\n")
        archive.writestr("__MACOSX/data/._verbs.jsonl", b"\0")
    (pair,) = blimp_pairs(packed.getvalue())
    assert (pair.right, pair.wrong) == ("He laughs.", "He laugh.")
    assert pair.facts == {"phenomenon": "agreement", "paradigm": "verbs", "distance": 1}


def test_the_pairs_of_marvin_and_linzen_come_with_attractors() -> None:
    table = b"prep\tsing_MS_MV_plur_ES\ta b\ta c\nprep\tplur_MS_plur_ES\td e\td f\nnpi\tpast\tno\tthe\tmost\n"
    pairs = syneval_pairs(table)
    assert [pair.facts.get("attractors") for pair in pairs] == [1, 0, None, None]
    assert [(pair.right, pair.wrong) for pair in pairs[2:]] == [("no", "the"), ("no", "most")]


def test_colourless_pairs_stop_at_the_verb_and_bear_the_name_of_the_published_score() -> None:
    head = "pattern\tconstr_id\tsent_id\tform\tclass\ttype\tprefix\tn_attr\tlen_context\tmodel\n"
    rows = "P\t1\t0\tsees\twrong\toriginal\tthe owls\t2\t5\t-9.5\nP\t1\t0\tsee\tcorrect\toriginal\tthe owls\t2\t5\t-8\n"
    (pair,) = colourless_pairs((head + rows).encode())
    assert (pair.right, pair.wrong, pair.whole) == ("the owls see", "the owls sees", False)
    assert pair.facts == {"sentences": "original", "attractors": 2, "distance": 5, "id": "P/1/0"}
    assert colourless_scores((head + rows).encode()) == {"P/1/0": 1.5}
    with pytest.raises(DataError, match="not a right verb and a wrong one"):
        colourless_pairs((head + rows.replace("wrong", "correct")).encode())


def test_the_pairs_of_linzen_change_the_verb_where_it_stands() -> None:
    (pair,) = linzen_pairs(b"the keys to it are old . <eos>\n", b"4\tAre\tis\t1\n")
    assert (pair.right, pair.wrong, pair.facts) == (
        "the keys to it are old .",
        "the keys to it is old .",
        {"attractors": 1},
    )
    with pytest.raises(DataError, match="is not the verb"):
        linzen_pairs(b"the keys to it are old . <eos>\n", b"3\tare\tis\t1\n")


def test_an_unknown_set_names_its_neighbour_and_a_missing_one_the_command(tmp_path) -> None:
    with pytest.raises(SettingsError, match="did you mean blimp"):
        find_pairs("blim")
    with pytest.raises(DataError, match="carrousel data blimp --out"):
        PAIR_SETS["blimp"].pairs(tmp_path)
    with pytest.raises(SettingsError, match="at least one pair"):
        PAIR_SETS["agreement"].pairs(tmp_path, each=0)


def test_the_published_sets_have_their_published_sizes(data) -> None:
    sizes = {name: len(PAIR_SETS[name].pairs(data)) for name in ("colorlessgreen", "linzen")}
    assert sizes == {"colorlessgreen": 410, "linzen": 7_489}


def test_a_loaded_model_judges_pairs_as_the_sum_of_its_scores_says() -> None:
    tokenizer = words()
    network = cr.LanguageModel(tokenizer.size, layers=1, hidden=4, start="uniform", key=jax.random.key(0))
    model = cr.Model(network=network, tokenizer=tokenizer, facts={})
    (verdict,) = model.judge([MinimalPair(right="He laughs.", wrong="He laugh.")])
    right, wrong = model.score(["he laughs", "he laugh"])
    assert verdict.margin == pytest.approx(right - wrong, abs=1e-5)
