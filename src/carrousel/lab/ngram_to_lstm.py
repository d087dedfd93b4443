"""The notes' own story on one text: n-grams of order 1 to 5, a fixed window, an Elman network, GRU and LSTM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final, NamedTuple

from carrousel.lab.claim import Claim
from carrousel.lab.language_models import network, ngrams
from carrousel.lab.report import Finding, Part, Report, Table, Verdict
from carrousel.lab.workbench import Workbench
from carrousel.model import Model
from carrousel.models import trained_numbers
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sparsity import measure_sparsity
from carrousel.ngram.training import UnitSettings
from carrousel.pages import Curves
from carrousel.text import Text, agreement, hold_out, open_text
from carrousel.training.corpora import Texts

ORDERS: Final = (1, 2, 3, 4, 5)
NETWORKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "fixed window of 4 words": {"model": "window", "window": 4},
    "Elman network": {"cell": "elman", "layers": 1},
    "GRU": {"cell": "gru", "layers": 1},
    "LSTM": {"cell": "lstm", "layers": 1},
}
"""In the order of the notes; the window sees what a 5-gram sees."""
GATED: Final = ("GRU", "LSTM")

Result = Mapping[str, Any]


def run(bench: Workbench) -> Report:
    """Train all models on one text, and lay perplexity, size and samples side by side."""
    texts = cache(lambda: _parted(bench))
    units = UnitSettings(size=5000)
    orders = bench.pick(ORDERS, (1, 2))
    sparsity = bench.kept("sparsity", lambda: _sparsity(texts().train, units, orders[-1], bench.folder))
    grams: dict[str, Result] = {}
    for order in orders:
        settings = NgramSettings(order=order, discount_fallback=True)
        name = f"{order}-gram"
        model = _counted(bench, name, settings, units, texts().train)
        grams[name] = _kept(bench, name, model, texts().test)
    nets: dict[str, list[Result]] = {}
    for name in bench.pick(tuple(NETWORKS), ("LSTM",)):
        nets[name] = [
            _kept(bench, f"{name}-{seed}", _trained(bench, name, units, seed, texts), texts().test)
            for seed in bench.each(bench.seeds, f"{name}, seed")
        ]
    said = {"train": texts().train.name, "test": texts().test.name}
    return Report(
        findings=_findings(grams, nets, sparsity),
        parts=_parts(grams, nets, sparsity, said),
        figures={"n-grams": grams, "networks": nets, "sparsity": sparsity, "texts": said},
    )


class Parts(NamedTuple):
    """A text in three parts."""

    train: Text
    valid: Text
    test: Text


def _parted(bench: Workbench) -> Parts:
    """The Penn Treebank where data are given; otherwise builtin:english, the end of which is held out."""
    if bench.scale == "full" and bench.data is not None:
        train, valid, test = (open_text(bench.corpus("ptb", f"ptb.{part}.txt")) for part in ("train", "valid", "test"))
        return Parts(train, valid, test)
    train, rest = hold_out(open_text("builtin:english") if bench.scale == "full" else agreement(4000), 0.1)
    return Parts(train, *hold_out(rest, 0.5))


def _counted(
    bench: Workbench, name: str, settings: NgramSettings, units: UnitSettings, text: Text
) -> Callable[[], Model]:
    return lambda: ngrams(bench, name, settings, units, text)


def _trained(
    bench: Workbench, name: str, units: UnitSettings, seed: int, texts: Callable[[], Parts]
) -> Callable[[], Model]:
    settings = {
        "tokenizer": "word",
        "vocabulary": units.size,
        "hidden": bench.pick(128, 32),
        "tied": True,
        "epochs": bench.pick(3, 4),
        "batch": bench.pick(20, 16),
        "unroll": bench.pick(25, 20),
        "optimiser": "adam",
        "learning_rate": bench.pick(0.002, 0.01),
        "schedule": "cosine",
        "clip": bench.pick(0.25, 1.0),
        "average": "tokens",
        "precision": bench.pick("mixed", "float32"),
        "seed": seed,
        **NETWORKS[name],
    }
    folder = f"{name.replace(' ', '-')}-{seed}"
    return lambda: network(bench, folder, settings, lambda: Texts(train=texts().train, valid=texts().valid))


def _kept(bench: Workbench, name: str, model: Callable[[], Model], test: Text) -> Result:
    """What a model says of the text for testing, how large it is, and what it writes."""

    def measure() -> dict[str, Any]:
        trained = model()
        report = trained.evaluate(test)
        bench.note(f"{name}: perplexity {report.perplexity:.2f}")
        counts = trained.facts.get("counts")
        return {
            "perplexity": report.perplexity,
            "without_unknown": report.perplexity_without_unknown,
            "numbers": sum(counts) if counts else trained_numbers(trained.network),
            "sample": trained.generate(tokens=40, seed=1),
        }

    result: Result = bench.kept(name.replace(" ", "-"), measure)
    return result


def _sparsity(train: Text, units: UnitSettings, order: int, folder: Path) -> list[dict[str, Any]]:
    found = measure_sparsity(train, units, order=order, where=folder)
    return [{"order": each.order, "unseen": each.unseen_share, "different": each.growth[-1]} for each in found.orders]


def _findings(
    grams: Mapping[str, Result], nets: Mapping[str, Sequence[Result]], sparsity: Sequence[Mapping[str, Any]]
) -> list[Finding]:
    by_order = [float(result["perplexity"]) for result in grams.values()]
    unseen = [float(each["unseen"]) for each in sparsity]
    numbers = [int(result["numbers"]) for result in grams.values()]
    story = {"best n-gram model": min(by_order), **{name: _perplexity(found) for name, found in nets.items()}}
    ungated = [value for name, value in story.items() if name not in GATED]
    last = len(grams)
    return [
        Finding(
            what=f"perplexity of n-gram models, order 1 to {last}",
            ours=", ".join(f"{value:.1f}" for value in by_order),
            published="more context helps, as long as there is enough of it to count",
            verdict="agrees" if sorted(by_order[:3], reverse=True) == by_order[:3] else "disagrees",
            because="modified Kneser-Ney; the verdict is on the first three orders",
        ),
        Finding(
            what=f"n-grams of held-out words that the rest of the text never had, order 1 to {last}",
            ours=", ".join(f"{value:.1%}" for value in unseen),
            published="the sparsity problem: longer n-grams of a new text were mostly never seen",
            verdict="agrees" if sorted(unseen) == unseen and unseen[-1] > unseen[0] else "disagrees",
        ),
        Finding(
            what=f"n-grams to keep, up to order 1 to {last}; numbers that the LSTM trains",
            ours=f"{', '.join(f'{number:,}' for number in numbers)}; {nets['LSTM'][0]['numbers']:,}",
            published="the storage problem: an n-gram model grows with its order",
            verdict="agrees" if numbers == sorted(numbers) else "disagrees",
        ),
        Finding(
            what="perplexity of the models in the notes' order",
            ours=", ".join(f"{name} {value:.1f}" for name, value in story.items()),
            published="each is better than the one before it; of GRU and LSTM neither always is",
            verdict=_falling(ungated, [story[name] for name in GATED if name in story]),
            because="in part: the gated networks are the best, and the others stand in another order",
        ),
    ]


def _falling(ungated: Sequence[float], gated: Sequence[float]) -> Verdict:
    """Whether perplexity falls from model to model, the two gated networks in whichever order."""
    if max(gated) >= min(ungated):
        return "disagrees"
    return "agrees" if list(ungated) == sorted(ungated, reverse=True) else "in part"


def _perplexity(found: Sequence[Result]) -> float:
    return mean(float(each["perplexity"]) for each in found)


def _parts(
    grams: Mapping[str, Result],
    nets: Mapping[str, Sequence[Result]],
    sparsity: Sequence[Mapping[str, Any]],
    said: Mapping[str, str],
) -> list[Part]:
    every: dict[str, Sequence[Result]] = {**{name: [result] for name, result in grams.items()}, **nets}
    rows = [
        (
            name,
            _perplexity(found),
            f"± {stdev(float(each['perplexity']) for each in found):.1f}" if len(found) > 1 else None,
            mean(float(each["without_unknown"]) for each in found),
            int(found[0]["numbers"]),
        )
        for name, found in every.items()
    ]
    levels = {
        name: [(1.0, _perplexity(found)), (float(len(grams)), _perplexity(found))] for name, found in nets.items()
    }
    by_order = [
        (float(order), float(result["perplexity"])) for order, result in zip(ORDERS, grams.values(), strict=False)
    ]
    return [
        f"Trained on {said['train']}; tested on {said['test']}.",
        Table(
            caption="Perplexity of the text for testing, and numbers that are kept",
            columns=["model", "perplexity", "over seeds", "without unknown words", "numbers"],
            rows=rows,
        ),
        Curves(
            title="Perplexity by the order of n-grams, and of the networks",
            x="words of an n-gram",
            y="perplexity",
            curves={"n-grams": by_order, **levels},
        ),
        Table(
            caption="n-grams that were never seen, and how many different ones there are to keep",
            columns=["order", "unseen of held-out ones", "different ones in the text"],
            rows=[(each["order"], f"{each['unseen']:.1%}", each["different"]) for each in sparsity],
        ),
        Table(
            caption="What each of them writes (the first seed, 40 words)",
            columns=["model", "text"],
            rows=[(name, " / ".join(str(found[0]["sample"]).split("\n"))) for name, found in every.items()],
        ),
    ]


CLAIM = Claim(
    name="ngram-to-lstm",
    title="From n-grams over a fixed window and a plain recurrent network to the LSTM, each predicts better",
    source="Lecture notes: n-gram models and their problems, the fixed-window model, recurrent networks, LSTM, GRU",
    says="An n-gram model knows its last words alone, never saw most longer n-grams, and grows with them. A network "
    "with a fixed window has neither problem, but the window is too small. A recurrent network reads any length with "
    "the same weights, and an LSTM makes use of it.",
    protocol="One text, one vocabulary of 5,000 words and one evaluator: n-gram models of modified Kneser-Ney of "
    "order 1 to 5, a network with a window of 4 words, and an Elman network, a GRU and an LSTM with one "
    "layer of as many units, all trained alike. The text is builtin:english in words, its last tenth held "
    "out for validation and test, or with --data the Penn Treebank. Perplexity is of the whole text for "
    "testing, unknown words counted, the state carried.",
    run=run,
    seeds=2,
    minutes=15,
)
