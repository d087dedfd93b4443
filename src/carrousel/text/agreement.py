"""`builtin:agreement`: sentences of a grammar made for this project, whose words agree over long distances.

A subject is feminine, masculine, neuter or plural. Its verb agrees in number, over prepositional phrases and relative
clauses whose nouns (attractors) may be of another number; reflexives, possessives and the pronoun of a second clause
agree in gender and number with it. What follows a noun belongs to the nearest noun, so that no sentence has two
derivations, and the entropy of the sentences is that of the derivations, which is computed exactly.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from carrousel.text.grammar import Grammar
from carrousel.text.source import Text, memory_text

SENTENCES = 50_000
SEED = 1

CLASSES = {"feminine": 0.25, "masculine": 0.25, "neuter": 0.15, "plural": 0.35}
NUMBER = {"feminine": "one", "masculine": "one", "neuter": "one", "plural": "many"}

NOUNS = {
    "feminine": "woman girl queen sister aunt grandmother",
    "masculine": "man boy king brother uncle grandfather",
    "neuter": "dog horse owl fox goat robot",
    "plural": "women men girls boys dogs horses kings queens sisters brothers owls robots",
}
PRONOUN = {"feminine": "she", "masculine": "he", "neuter": "it", "plural": "they"}
REFLEXIVE = {"feminine": "herself", "masculine": "himself", "neuter": "itself", "plural": "themselves"}
POSSESSIVE = {"feminine": "her", "masculine": "his", "neuter": "its", "plural": "their"}
WORDS = {
    "determiner": "the my our",
    "determiner-one": "this every another",
    "determiner-many": "these some many",
    "adjective": "old young tired clever quiet tall",
    "preposition": "near behind beside above",
    "adverb": "often never always rarely",
    "conjunction": "but because while and",
    "belonging": "garden lamp letters coat songs",
    "rests-one": "sleeps waits laughs sings works",
    "rests-many": "sleep wait laugh sing work",
    "acts-one": "sees follows helps knows hears",
    "acts-many": "see follow help know hear",
}


def agreement_grammar() -> Grammar:
    """The grammar; the words of a category are drawn in proportion to 1, 1/2, 1/3 and so on, in their order."""
    rules = {category: _by_rank(words) for category, words in WORDS.items()}
    rules |= {f"noun-{kind}": _by_rank(words) for kind, words in NOUNS.items()}
    rules["sentence"] = [(weight, f"sentence-{kind}") for kind, weight in CLASSES.items()]
    rules["phrase"] = [(weight, f"subject-{kind}") for kind, weight in CLASSES.items()]
    rules["prepositional"] = [(1.0, "preposition phrase")]
    for kind, number in NUMBER.items():
        rules[f"sentence-{kind}"] = [
            (0.65, f"subject-{kind} predicate-{kind} ."),
            (0.35, f"subject-{kind} predicate-{kind} , conjunction {PRONOUN[kind]} predicate-{kind} ."),
        ]
        rules[f"subject-{kind}"] = [
            (0.5, f"core-{kind}"),
            (0.25, f"core-{kind} prepositional"),
            (0.25, f"core-{kind} relative-{kind}"),
        ]
        rules[f"core-{kind}"] = [
            (0.5, f"determiner noun-{kind}"),
            (0.2, f"determiner adjective noun-{kind}"),
            (0.2, f"determiner-{number} noun-{kind}"),
            (0.1, f"determiner-{number} adjective noun-{kind}"),
        ]
        rules[f"relative-{kind}"] = [(0.5, f"that predicate-{kind}")] + [
            (0.5 * weight, f"that subject-{other} acts-{NUMBER[other]}") for other, weight in CLASSES.items()
        ]
        rules[f"predicate-{kind}"] = [
            (0.35, f"rests-{number}"),
            (0.15, f"adverb rests-{number}"),
            (0.35, f"acts-{number} object-{kind}"),
            (0.15, f"adverb acts-{number} object-{kind}"),
        ]
        rules[f"object-{kind}"] = [(0.5, "phrase"), (0.2, REFLEXIVE[kind]), (0.3, f"{POSSESSIVE[kind]} belonging")]
    return Grammar(rules, start="sentence")


def agreement_lines(generator: np.random.Generator) -> Iterator[str]:
    """Lines without end: a sentence each, words with single spaces between them, the newline included."""
    return (" ".join(words) + "\n" for words in agreement_grammar().sentences(generator))


def agreement(sentences: int = SENTENCES, *, seed: int = SEED) -> Text:
    """A text of so many sentences, the same for the same seed, with the entropy of a line in nats."""
    grammar = agreement_grammar()
    entropy, words = grammar.entropy(), grammar.mean_length() + 1  # the newline is a token, and always certain
    return memory_text(
        "".join(islice(agreement_lines(np.random.default_rng(seed)), sentences)),
        name="builtin:agreement",
        origin=f"{sentences:,} sentences drawn with seed {seed}; true entropy {entropy:.4f} nats a line of "
        f"{words:.4f} words, its end included: no model of words has a lower perplexity than "
        f"{np.exp(entropy / words):.4f} in the long run",
        line_entropy=entropy,
    )


def _by_rank(words: str) -> list[tuple[float, str]]:
    ranked = words.split()
    total = sum(1 / rank for rank in range(1, len(ranked) + 1))
    return [(1 / rank / total, word) for rank, word in enumerate(ranked, start=1)]
