"""Agreement and other grammar in real English: models of the Penn Treebank on four published sets of minimal pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from carrousel.evaluation.minimal_pairs import MinimalPair, count, count_by, find_pairs
from carrousel.lab.agreement_published import findings, published_scores, tables
from carrousel.lab.claim import Claim
from carrousel.lab.language_models import network, ngrams
from carrousel.lab.report import Report
from carrousel.lab.workbench import Workbench
from carrousel.model import Model, load
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings
from carrousel.text import hold_out, open_text
from carrousel.training.corpora import Texts

MODELS: Final[Mapping[str, str]] = {"5-gram": "5-gram", "Elman network": "elman", "LSTM": "lstm"}
"""Name -> the folder of the model; under `models` of the data it is taken as it is."""
SETS: Final[Mapping[str, tuple[int | None, int]]] = {
    "linzen": (500, 12),
    "colorlessgreen": (None, 15),
    "lm_syneval": (200, 3),
    "blimp": (100, 1),
}
"""Name -> how many pairs of each kind are asked about, in full and in reduced form."""


def run(bench: Workbench) -> Report:
    """Ask each model about each set, and lay the published scores beside."""
    pairs = {name: find_pairs(name).pairs(_data(bench), each=bench.pick(*each)) for name, each in SETS.items()}
    results: dict[str, dict[str, Any]] = {}
    for name in bench.pick(tuple(MODELS), ("5-gram",)):
        results[name] = bench.kept(MODELS[name], partial(_asked, bench, name, pairs))
    ids = [found["colorlessgreen"].pop("ids") for found in results.values()]
    published = published_scores(_data(bench), ids[-1])
    return Report(
        findings=findings(results, published),
        parts=tables(results, published),
        figures={"results": results, "published": published},
    )


def _data(bench: Workbench) -> Path:
    return bench.corpus("blimp").parent


def _asked(bench: Workbench, name: str, pairs: Mapping[str, Sequence[MinimalPair]]) -> dict[str, Any]:
    """What a model makes of every set."""
    model, origin = _model(bench, name)
    found: dict[str, Any] = {"origin": origin}
    for title, some in pairs.items():
        chosen = find_pairs(title)
        verdicts = model.judge(some, method=chosen.method)
        whole = count(verdicts)
        found[title] = {
            "pairs": whole.pairs,
            "known": whole.known,
            "accuracy": whole.accuracy,
            **{by: _accuracies(count_by(verdicts, by)) for by in chosen.by},
        }
        if title == "colorlessgreen":
            found[title]["ids"] = [verdict.pair.facts["id"] for verdict in verdicts if verdict.known]
        bench.note(f"{name} on {title}: {whole.accuracy or 0:.1%} of {whole.known:,} pairs")
    return found


def _accuracies(groups: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(value): [found.accuracy, found.known] for value, found in groups.items() if found.known}


def _model(bench: Workbench, name: str) -> tuple[Model, str]:
    """A model that was given with the data, or one trained here; and in words where it comes from."""
    given = _data(bench) / "models" / MODELS[name]
    if given.is_dir():
        model = load(given)
        facts = model.facts
        told = [f"{key} {facts[key]}" for key in ("cell", "layers", "hidden", "epochs", "epoch") if key in facts]
        return model, f"given as models/{MODELS[name]}" + (f": {', '.join(told)}" if told else "")
    train, valid = _texts(bench)
    if name == "5-gram":
        settings = NgramSettings(order=bench.pick(5, 3), discount_fallback=True)
        return ngrams(bench, MODELS[name], settings, UnitSettings(), train), "counted here"
    recipe = {
        "tokenizer": "word",
        "cell": MODELS[name],
        "layers": 1,
        "hidden": 200,
        "tied": True,
        "dropout": 0.2,
        "epochs": 4,
        "optimiser": "adam",
        "learning_rate": 0.002,
        "schedule": "cosine",
        "clip": 0.25,
        "average": "tokens",
        "precision": "mixed",
        "seed": bench.seeds[0],
    }
    model = network(bench, MODELS[name], recipe, lambda: Texts(train=train, valid=valid))
    return model, f"trained here: {', '.join(f'{key} {recipe[key]}' for key in ('cell', 'layers', 'hidden', 'epochs'))}"


def _texts(bench: Workbench) -> tuple[Any, Any]:
    valid = open_text(bench.corpus("ptb", "ptb.valid.txt"))
    return bench.pick((open_text(bench.corpus("ptb", "ptb.train.txt")), valid), hold_out(valid))


CLAIM = Claim(
    name="agreement-english",
    title="Language models know agreement in real English, and the more attractors the less",
    source="Lecture notes, verbs that agree with their subject; Linzen, Dupoux and Goldberg 2016; Gulordava and others "
    "2018; Marvin and Linzen 2018; Warstadt and others 2020 (BLiMP)",
    says="A language model that was told nothing of grammar gives the right form of a word more probability than the "
    "wrong one, an LSTM oftener than a plain network and an n-gram model, and all of them less often with attractors.",
    protocol="A 5-gram model, an Elman network and an LSTM of the Penn Treebank (folders models/5-gram, models/elman "
    "and models/lstm of --data, or trained here) are asked about pairs of sentences, written as the treebank has them. "
    "Counted are pairs whose words the vocabulary knows where they differ. Sentences of Wikipedia and colourless "
    "sentences are compared by the verb behind what stands before it, the others as wholes.",
    run=run,
    seeds=1,
    minutes=20,
    corpora=("ptb", "blimp", "lm_syneval", "colorlessgreen"),
)
