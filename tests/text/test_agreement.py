"""The agreement grammar: agreement itself, one derivation a sentence, the entropy."""

from collections import defaultdict
from itertools import islice

import numpy as np
import pytest

from carrousel.text import Grammar, agreement, agreement_grammar, agreement_lines, learn_tokenizer, open_text
from carrousel.text.agreement import NOUNS, NUMBER, PRONOUN, WORDS

GRAMMAR = agreement_grammar()
SAMPLES = list(islice(GRAMMAR.sentences(np.random.default_rng(7)), 600))


def test_the_probabilities_of_every_symbol_add_up_to_one() -> None:
    assert all(sum(p for p, _ in rules) == pytest.approx(1, abs=1e-12) for rules in GRAMMAR.rules.values())


def test_entropy_and_length_agree_with_the_mean_over_drawn_sentences() -> None:
    for drawn, exact in (
        ([-GRAMMAR.log_probability(sentence) for sentence in SAMPLES], GRAMMAR.entropy()),
        ([float(len(sentence)) for sentence in SAMPLES], GRAMMAR.mean_length()),
    ):
        assert abs(np.mean(drawn) - exact) < 4 * np.std(drawn) / len(drawn) ** 0.5


def test_every_drawn_sentence_has_one_derivation() -> None:
    assert {GRAMMAR.derivations(sentence) for sentence in SAMPLES[:300]} == {1}


def test_no_sentence_has_two_derivations() -> None:
    """A grammar whose SLR(1) table has no conflict is unambiguous (DeRemer 1971)."""
    assert conflicts(GRAMMAR.rules, GRAMMAR.start) == []


def test_two_derivations_show_as_a_conflict() -> None:
    ambiguous = Grammar({"s": [(0.4, "x x"), (0.6, "a")], "x": [(0.5, "a"), (0.5, "a a")]}, start="s")
    assert conflicts(ambiguous.rules, ambiguous.start)


def test_verbs_agree_with_their_subject_over_what_stands_between() -> None:
    right, wrong = (sentence.split() for sentence in ("the dog near the men sleeps .", "the dog near the men sleep ."))
    assert GRAMMAR.derivations(right) == 1
    assert GRAMMAR.derivations(wrong) == 0


@pytest.mark.parametrize("kind", NOUNS)
def test_the_second_clause_takes_the_pronoun_of_the_first_subject(kind: str) -> None:
    noun, verb = NOUNS[kind].split()[0], {"one": "sleeps", "many": "sleep"}[NUMBER[kind]]
    allowed = {
        pronoun
        for pronoun in PRONOUN.values()
        for second in ("waits", "wait")
        if GRAMMAR.derivations(f"the {noun} that the boys see {verb} , but {pronoun} {second} .".split())
    }
    assert allowed == {PRONOUN[kind]}


def test_attractors_of_the_other_number_are_common() -> None:
    singular, plural = set(WORDS["rests-one"].split()), set(WORDS["rests-many"].split())
    ends = [(sentence[-2], set(sentence)) for sentence in SAMPLES if sentence[-2] in singular | plural]
    many = set(NOUNS["plural"].split())
    attracted = [verb for verb, words in ends if verb in singular and words & many]
    assert len(attracted) > 0.1 * len(ends)


def test_the_built_in_text_is_the_same_each_time_with_its_entropy() -> None:
    text = open_text("builtin:agreement")
    assert text.line_entropy == GRAMMAR.entropy()
    assert list(islice(text.lines(), 50)) == list(agreement(50).lines())
    assert learn_tokenizer("word", text).size == len({word for line in text.lines() for word in line.split()}) + 2


def test_another_seed_gives_other_sentences() -> None:
    first, second = (list(islice(agreement_lines(np.random.default_rng(seed)), 50)) for seed in (1, 2))
    assert first != second


def conflicts(rules: dict[str, tuple[tuple[float, tuple[str, ...]], ...]], start: str) -> list[tuple[str, str]]:
    """The SLR(1) conflicts of a grammar without empty rules: pairs of what a parser could do at one point."""
    productions = [("", (start,))] + [(symbol, expansion) for symbol in rules for _, expansion in rules[symbol]]
    by_symbol = defaultdict(list)
    for index, (symbol, _) in enumerate(productions):
        by_symbol[symbol].append(index)
    first, follow = beginnings(productions, rules), defaultdict(set)
    follow[""] = {"$"}
    grown = True
    while grown:
        before = sum(map(len, follow.values()))
        for symbol, expansion in productions:
            for place, child in enumerate(expansion):
                behind = expansion[place + 1 : place + 2]
                follow[child] |= first[behind[0]] if behind else follow[symbol]
        grown = sum(map(len, follow.values())) > before

    def closure(items: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        closed, waiting = set(items), list(items)
        while waiting:
            index, dot = waiting.pop()
            for symbol in productions[index][1][dot : dot + 1]:
                new = {(other, 0) for other in by_symbol.get(symbol, ())} - closed
                closed |= new
                waiting.extend(new)
        return frozenset(closed)

    found, seen, waiting = [], set(), [closure(frozenset({(0, 0)}))]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        moves = defaultdict(set)
        done = []
        for index, dot in state:
            symbol, expansion = productions[index]
            if dot < len(expansion):
                moves[expansion[dot]].add((index, dot + 1))
            else:
                done.append(symbol)
                found += [(symbol, other) for other in done[:-1] if follow[symbol] & follow[other]]
        found += [(symbol, word) for symbol in done for word in follow[symbol] & moves.keys()]
        waiting += [closure(frozenset(items)) for items in moves.values()]
    return found


def beginnings(productions: list[tuple[str, tuple[str, ...]]], rules: dict[str, object]) -> dict[str, set[str]]:
    """The words that each symbol can begin with."""
    first = {
        symbol: ({symbol} if symbol not in rules else set()) for _, expansion in productions for symbol in expansion
    }
    grown = True
    while grown:
        before = sum(map(len, first.values()))
        for symbol, expansion in productions[1:]:
            first[symbol] |= first[expansion[0]]
        grown = sum(map(len, first.values())) > before
    return first
