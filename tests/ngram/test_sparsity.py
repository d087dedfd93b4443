from math import exp, inf, log

import pytest

from carrousel.ngram.sparsity import measure_sparsity
from carrousel.ngram.training import UnitSettings
from carrousel.text import memory_text
from tests.ngram.making import LINES, MEMORY, made

REPEATED = (*LINES * 3, "the clock closed their books")


def measured(folder, lines, *, order=3, tokenizer="word"):
    text = memory_text("".join(f"{line}\n" for line in lines), name="lines")
    units = UnitSettings(tokenizer=tokenizer)
    return measure_sparsity(text, units, order=order, where=folder, memory=MEMORY, threads=1)


@pytest.fixture(scope="module")
def sparsity(tmp_path_factory):
    return measured(tmp_path_factory.mktemp("sparsity"), REPEATED)


def plain_grams(lines, order):
    """Every n-gram, in the order of the text, that no padding reaches."""
    found = []
    for line in lines:
        words = ["<s>", *line.split(), "</s>"]
        found += [(place, tuple(words[place - order + 1 : place + 1])) for place in range(1, len(words))]
    return [(gram if place >= order - 1 else None) for place, gram in found]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_what_was_never_seen_is_counted_as_by_hand(sparsity, order):
    grams, found = plain_grams(REPEATED, order), sparsity.orders[order - 1]
    cut = sparsity.tokens - sparsity.held_out
    assert len(grams) == sparsity.tokens
    seen, tried = [gram for gram in grams[:cut] if gram], [gram for gram in grams[cut:] if gram]
    assert (found.tried, found.unseen) == (len(tried), sum(gram not in seen for gram in tried))
    known = [gram for gram in tried if gram in seen]
    likelihood = [seen.count(gram) / sum(other[:-1] == gram[:-1] for other in seen) for gram in known]
    expected = exp(-sum(map(log, likelihood)) / len(known)) if known else inf
    assert found.seen_perplexity == pytest.approx(expected)
    assert found.perplexity == (inf if found.unseen else found.seen_perplexity)
    for length, count in zip(sparsity.lengths, found.growth, strict=True):
        assert count == len({gram for gram in grams[:length] if gram})


def test_the_last_part_of_the_growth_is_the_model(sparsity, tmp_path):
    model = made(tmp_path, REPEATED)
    assert [order.growth[-1] for order in sparsity.orders[1:]] == model.config["counts"][1:]
    arrays = [array for level in model.trie.levels for array in (level.logs, level.weights, level.starts)]
    arrays += [level.tokens for level in model.trie.levels[1:]]
    assert sum(sparsity.bytes_by_order()) == sum(array.nbytes for array in arrays if array is not None)
    files = sum((tmp_path / "model" / name).stat().st_size for name in ("vocabulary.txt", "tokenizer.json"))
    assert sparsity.name_bytes == files + model.vocabulary.outer.nbytes


def test_different_tokens_are_those_of_the_text_and_names_those_of_the_model(sparsity, tmp_path):
    assert sparsity.different == len({word for line in REPEATED for word in (*line.split(), "</s>")})
    assert sparsity.names == len(made(tmp_path, REPEATED).vocabulary.names) == sparsity.different + 2


def test_units_may_be_characters(tmp_path):
    found = measured(tmp_path, LINES, order=2, tokenizer="char")
    assert found.orders[0].unseen == 0
    assert found.orders[0].perplexity < found.names


def test_the_shortest_text_has_its_report_too(tmp_path):
    found = measured(tmp_path, ["a"], order=2)
    assert (found.tokens, found.held_out, found.orders[0].unseen) == (2, 1, 1)
