from math import exp, log

import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.ngram.settings import NgramSettings
from tests.ngram.making import LINES, made


def grams_of(folder) -> dict[str, tuple[float, float]]:
    found = {}
    for line in (folder / "model.arpa").read_text().splitlines():
        fields = line.split("\t")
        if len(fields) > 1:
            found[fields[1]] = (float(fields[0]), float(fields[2]) if len(fields) > 2 else 0.0)
    return found


def test_what_is_seen_no_more_often_than_the_threshold_is_left_out(tmp_path):
    made(tmp_path / "all")
    made(tmp_path / "some", prune=(0, 1, 2))
    whole, some = grams_of(tmp_path / "all"), grams_of(tmp_path / "some")
    seen = {gram: sum(f" <s> {line} </s> ".count(f" {gram} ") for line in LINES) for gram in whole}
    kept = {gram for gram in whole if len(gram.split()) == 1 or seen[gram] > len(gram.split()) - 1}
    assert set(some) == kept


def test_entropy_leaves_out_what_hardly_changes_the_perplexity(tmp_path):
    """Against the definition: each bigram left out on its own, the perplexity taken over the model's own histories."""
    made(tmp_path / "all", order=2)
    grams = grams_of(tmp_path / "all")
    unigrams = {gram: 10 ** grams[gram][0] for gram in grams if " " not in gram and gram != "<s>"}

    def spread(seen: dict[str, float]) -> dict[str, float]:
        weight = (1 - sum(seen.values())) / (1 - sum(unigrams[word] for word in seen))
        return {word: seen.get(word, weight * p) for word, p in unigrams.items()}

    rises = {}
    for bigram in (gram for gram in grams if " " in gram):
        history, word = bigram.split()
        behind = {gram.split()[1]: 10 ** grams[gram][0] for gram in grams if gram.startswith(f"{history} ")}
        before, after = spread(behind), spread({other: p for other, p in behind.items() if other != word})
        divergence = sum(p * log(p / after[word]) for word, p in before.items())
        rises[bigram] = exp((1.0 if history == "<s>" else unigrams[history]) * divergence) - 1
    threshold = float(np.median(list(rises.values()))) * 1.001
    made(tmp_path / "some", order=2, prune_entropy=threshold)
    kept = {gram for gram in grams_of(tmp_path / "some") if " " in gram}
    assert kept == {gram for gram, rise in rises.items() if rise >= threshold}


def test_entropy_prunes_no_history_of_what_stays(tmp_path):
    made(tmp_path, order=4, prune_entropy=0.003)
    kept = set(grams_of(tmp_path))
    assert all(gram.rpartition(" ")[0] in kept for gram in kept if " " in gram)
    assert {len(gram.split()) for gram in kept} >= {1, 2, 3}


def test_no_entropy_to_lose_leaves_the_model_as_it_is(tmp_path):
    made(tmp_path / "all")
    made(tmp_path / "same", prune_entropy=1e-300)
    whole, same = grams_of(tmp_path / "all"), grams_of(tmp_path / "same")
    assert all(np.allclose(whole[gram], same[gram], atol=1e-5) for gram in whole.keys() | same.keys())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prune": (1,)}, "prune starts with 0"),
        ({"prune": (0, 2, 1)}, "never falls"),
        ({"order": 2, "prune": (0, 0, 1)}, "give one an order"),
        ({"order": 0}, "from 1 to"),
        ({"smoothing": "kneser"}, "did you mean kneser-ney"),
        ({"added": 0.0}, "add-k adds more than zero"),
        ({"penalty": 2.0}, "at most 1"),
        ({"prune_entropy": -1.0}, "share from 0 on"),
        ({"prune_entropy": 0.1, "smoothing": "stupid-backoff"}, "needs probabilities"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(SettingsError, match=words):
        NgramSettings(**settings)
