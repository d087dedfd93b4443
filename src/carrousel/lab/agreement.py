"""Number and gender over a distance: a verb, a reflexive, a possessive and a pronoun, with attractors in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp
from statistics import mean, stdev
from typing import Any, Final

from carrousel.evaluation.minimal_pairs import MinimalPair, Verdict, agreement_pairs, count, count_by
from carrousel.lab.claim import Claim
from carrousel.lab.language_models import network, ngrams
from carrousel.lab.report import Finding, Part, Report, Table
from carrousel.lab.report import Verdict as Judgement
from carrousel.lab.workbench import Workbench
from carrousel.model import Model
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.training import UnitSettings
from carrousel.pages import Curves
from carrousel.text import Text, agreement, hold_out
from carrousel.training.corpora import Texts

NGRAM: Final = "5-gram"
NETWORKS: Final[Mapping[str, str]] = {"Elman network": "elman", "LSTM": "lstm"}
KINDS: Final = ("verb", "reflexive", "possessive", "pronoun")
BOUNDS: Final = (0, 1, 2, 4, 8, 16)
"""Upper bounds of classes of distances; what is farther is a class of its own."""
FAR: Final = 4
"""Words between noun and verb that a 5-gram cannot look over."""

Result = Mapping[str, Any]


def run(bench: Workbench) -> Report:
    """Train the models, ask them about the pairs, and see where each fails."""
    train, valid = sentences(bench)
    pairs = agreement_pairs(each=bench.pick(500, 60), sentences=bench.pick(100_000, 2500))
    results: dict[str, list[Result]] = {NGRAM: [_of_ngrams(bench, train, valid, pairs)]}
    for name in bench.pick(tuple(NETWORKS), ("LSTM",)):
        results[name] = [
            _of_network(bench, NETWORKS[name], seed, Texts(train=train, valid=valid), pairs)
            for seed in bench.each(bench.seeds, f"{name}, seed")
        ]
    return Report(
        findings=_findings(results),
        parts=_parts(results, pairs, least=_least(valid, results)),
        figures={"results": results, "least_perplexity": _least(valid, results)},
    )


def sentences(bench: Workbench) -> tuple[Text, Text]:
    """Sentences of the grammar to learn from, and the last of them for validation."""
    return hold_out(agreement(bench.pick(50_000, 3000)))


def _of_ngrams(bench: Workbench, train: Text, valid: Text, pairs: Sequence[MinimalPair]) -> Result:
    settings = NgramSettings(order=5, discount_fallback=True)
    return _kept(bench, "5-gram", lambda: ngrams(bench, "5-gram", settings, UnitSettings(), train), valid, pairs)


def _of_network(bench: Workbench, cell: str, seed: int, texts: Texts, pairs: Sequence[MinimalPair]) -> Result:
    return _kept(bench, f"{cell}-{seed}", lambda: network_of(bench, cell, seed, texts), texts.valid, pairs)


def network_of(bench: Workbench, cell: str, seed: int, texts: Texts) -> Model:
    """A network of one layer that is trained on the sentences."""
    settings = {
        "tokenizer": "word",
        "cell": cell,
        "layers": 1,
        "hidden": bench.pick(100, 32),
        "epochs": bench.pick(8, 3),
        "batch": bench.pick(32, 16),
        "unroll": bench.pick(35, 20),
        "optimiser": "adam",
        "learning_rate": bench.pick(0.005, 0.01),
        "schedule": "cosine",
        "clip": 1.0,
        "average": "tokens",
        "seed": seed,
    }
    return network(bench, f"{cell}-{seed}", settings, lambda: texts)


def _kept(bench: Workbench, name: str, model: Callable[[], Model], valid: Text, pairs: Sequence[MinimalPair]) -> Result:
    """What a model says of the pairs, and its perplexity."""

    def measure() -> dict[str, Any]:
        trained = model()
        verdicts = trained.judge(pairs, method="prefix")
        report = trained.evaluate(valid)
        bench.note(f"{name}: perplexity {report.perplexity:.3f}, {count(verdicts).accuracy:.1%} of the pairs")
        by_kind = {kind: [each for each in verdicts if each.pair.facts["kind"] == kind] for kind in KINDS}
        return {
            "perplexity": report.perplexity,
            "tokens": report.tokens,
            **{kind: _shares(found) for kind, found in by_kind.items()},
        }

    result: Result = bench.kept(name, measure)
    return result


def _shares(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The part of some pairs that is right: of all, by attractors, by distance, and of those a 5-gram cannot see."""
    by_distance = {
        str(bound): count(verdict for verdict in verdicts if _bound(verdict) == bound).accuracy
        for bound in (*BOUNDS, BOUNDS[-1] + 1)
    }
    return {
        "all": count(verdicts).accuracy,
        "far": count(each for each in verdicts if int(each.pair.facts["distance"]) >= FAR).accuracy,
        "attractors": {str(value): found.accuracy for value, found in count_by(verdicts, "attractors").items()},
        "distance": by_distance,
    }


def _bound(verdict: Verdict) -> int:
    distance = int(verdict.pair.facts["distance"])
    return next((bound for bound in BOUNDS if distance <= bound), BOUNDS[-1] + 1)


def _least(valid: Text, results: Mapping[str, Sequence[Result]]) -> float:
    """The perplexity of one who knows the grammar."""
    lines = sum(1 for _ in valid.lines())
    return exp((valid.line_entropy or 0.0) * lines / int(results[NGRAM][0]["tokens"]))


def _findings(results: Mapping[str, Sequence[Result]]) -> list[Finding]:
    verb = {name: _mean(found, "verb", "all") for name, found in results.items()}
    far = {name: _mean(found, "verb", "far") for name, found in results.items()}
    hardest = {name: _hardest(found) for name, found in results.items()}
    others = [_mean(results["LSTM"], kind, "all") for kind in KINDS[1:]]
    return [
        *_plain_beside_gated(results),
        Finding(
            what="verbs that agree with their subject, whatever stands between",
            ours=_told(results, "verb", "all"),
            published="the cell state knows whether the subject is one or many, for the form of the verb",
            verdict=_judged(verb["LSTM"], good=0.95, fair=0.8),
            because="the LSTM is right in 95% or more of the pairs where the verdict is «agrees»; chance is 50%",
        ),
        Finding(
            what="verbs behind the most attractors",
            ours=", ".join(f"{name} {value:.1%}" for name, value in hardest.items()),
            published="an LSTM keeps the subject over what stands between, a plain network less so, n-grams not at all",
            verdict=_ordered(hardest),
            because="by number of attractors 4 stands for more too",
        ),
        Finding(
            what=f"verbs {FAR} words or more behind their subject",
            ours=", ".join(f"{name} {value:.1%}" for name, value in far.items()),
            published="an n-gram model knows the last n - 1 words and no more",
            verdict="agrees" if far[NGRAM] < 0.65 <= far["LSTM"] else "disagrees",
            because="a 5-gram sees none of these subjects; chance is 50%",
        ),
        Finding(
            what="reflexives, possessives and pronouns of the subject's gender and number",
            ours="; ".join(f"{kind}: {_told(results, kind, 'all')}" for kind in KINDS[1:]),
            published="the cell state holds the gender of the present subject, so that the pronoun can be right",
            verdict=_judged(min(others), good=0.95, fair=0.8),
            because="the lowest of the LSTM's three decides",
        ),
    ]


def _plain_beside_gated(results: Mapping[str, Sequence[Result]]) -> list[Finding]:
    """Whether gates make the difference here; nothing where no plain network was trained."""
    if "Elman network" not in results:
        return []
    plain, gated = (
        [mean(float(each[kind]["all"]) for kind in KINDS) for each in results[name]]
        for name in ("Elman network", "LSTM")
    )
    return [
        Finding(
            what="a plain network beside the LSTM, the mean of the four kinds of pairs, by seed",
            ours=f"Elman network {', '.join(f'{v:.1%}' for v in plain)}; LSTM {', '.join(f'{v:.1%}' for v in gated)}",
            published="what is far is out of a plain network's reach in practice, and within an LSTM's",
            verdict="agrees" if min(gated) > max(plain) else "in part" if mean(gated) > mean(plain) else "disagrees",
            because="agrees: every LSTM above every plain network; what agrees here stands some tens of words apart at "
            "most",
        )
    ]


def _judged(value: float, *, good: float, fair: float) -> Judgement:
    return "agrees" if value >= good else "in part" if value >= fair else "disagrees"


def _ordered(values: Mapping[str, float]) -> Judgement:
    """Whether they stand in the order of the notes: n-grams, plain network, LSTM."""
    found = list(values.values())
    return "agrees" if found == sorted(found) else "in part" if found[-1] == max(found) else "disagrees"


def _parts(results: Mapping[str, Sequence[Result]], pairs: Sequence[MinimalPair], *, least: float) -> list[Part]:
    perplexities = [(name, mean(each["perplexity"] for each in found)) for name, found in results.items()]
    shown: list[Part] = [
        Table(
            caption="Perplexity of held-out sentences, and pairs that are right (the mean over the seeds)",
            columns=["model", "perplexity", *KINDS],
            rows=[
                *(
                    (name, value, *(_mean(results[name], kind, "all") for kind in KINDS))
                    for name, value in perplexities
                ),
                ("one who knows the grammar", least, *[1.0] * len(KINDS)),
            ],
        ),
        _curves(results, "verb", "attractors", "The verb by its attractors", "nouns of the other number in between"),
        _curves(results, "verb", "distance", "The verb by its distance", "words in between, at most (17: and more)"),
        _curves(results, "pronoun", "attractors", "The pronoun by its attractors", "nouns of another kind in between"),
    ]
    example = next(pair for pair in pairs if pair.facts["kind"] == "verb" and pair.facts["attractors"] == 2)
    return [f"A pair with two attractors: «{example.right}», and wrong: «{example.wrong}».", *shown]


def _curves(results: Mapping[str, Sequence[Result]], kind: str, by: str, title: str, x: str) -> Curves:
    curves = {
        name: [
            (float(value), 100 * mean(each[kind][by][value] for each in found))
            for value in found[0][kind][by]
            if found[0][kind][by][value] is not None
        ]
        for name, found in results.items()
    }
    return Curves(title=title, x=x, y="pairs right, %", curves={**curves, "chance": [(0.0, 50.0), (4.0, 50.0)]})


def _mean(found: Sequence[Result], kind: str, what: str) -> float:
    return mean(float(each[kind][what]) for each in found)


def _hardest(found: Sequence[Result]) -> float:
    """The part that is right of the verbs with the most attractors."""
    return mean(float(list(each["verb"]["attractors"].values())[-1]) for each in found)


def _told(results: Mapping[str, Sequence[Result]], kind: str, what: str) -> str:
    """The part that is right by model, with the spread over seeds."""
    told = []
    for name, found in results.items():
        spread = f" ± {stdev(float(each[kind][what]) for each in found):.1%}" if len(found) > 1 else ""
        told.append(f"{name} {_mean(found, kind, what):.1%}{spread}")
    return ", ".join(told)


CLAIM = Claim(
    name="agreement",
    title="An LSTM keeps the number and gender of the subject until they are needed",
    source="Lecture notes, the example of the cell state (number, gender); asked as by Linzen, Dupoux & Goldberg 2016",
    says="The cell state remembers whether the subject is one or many and of which gender until the verb or the "
    "pronoun needs it, and forgets it for a new subject. N-gram models know the last words alone; a plain recurrent "
    "network knows far ones in theory.",
    protocol="A 5-gram model of modified Kneser-Ney, an Elman network and an LSTM of the same size are trained as "
    "language models on the sentences of builtin:agreement, and asked about sentences drawn with another seed: which "
    "of two forms of a word is the likelier one behind what stands before it. Pairs are counted by their attractors, "
    "which are nouns in between that ask for the other form, and by distance.",
    run=run,
    minutes=8,
)
