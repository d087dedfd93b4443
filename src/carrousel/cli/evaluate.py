"""`carrousel evaluate`: how well models predict a text."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress, TaskID

from carrousel.cli.arguments import DocumentName, TextName
from carrousel.cli.data import FOLDER as DATA
from carrousel.cli.documents import STANDARD_OUTPUT, check_places, write_document
from carrousel.cli.models import load_model, split_models
from carrousel.cli.pairs import evaluate_pairs
from carrousel.cli.process import Device, choose_device
from carrousel.cli.progress import NowAndThen, in_words
from carrousel.cli.train_texts import DEFAULT_TEXT
from carrousel.errors import SettingsError
from carrousel.evaluation import (
    CacheSettings,
    DynamicSettings,
    Mix,
    Outcome,
    State,
    TogetherSettings,
    Watch,
    evaluate_together,
)
from carrousel.evaluation.minimal_pairs import Method
from carrousel.text import open_text

Flag = Annotated[bool, Parameter(negative="")]


def evaluate(
    *arguments: Annotated[TextName, Parameter(name="MODEL… TEXT")],
    valid: TextName | None = None,
    mix: Mix | None = None,
    cache: Literal["unigram", "decaying", "neural"] | None = None,
    cache_size: int | None = None,
    cache_weight: float | None = None,
    cache_theta: float | None = None,
    dynamic: Flag = False,
    dynamic_rule: Literal["sgd", "rms"] | None = None,
    dynamic_rate: float | None = None,
    dynamic_decay: float | None = None,
    dynamic_segment: int | None = None,
    dynamic_epsilon: float | None = None,
    state: State = "carried",
    streams: int = 1,
    precision: Literal["float32", "mixed"] = "float32",
    pairs: str | None = None,
    method: Method | None = None,
    each: int | None = None,
    data: str = DATA,
    cell: str | None = None,
    device: Device | None = None,
    json: DocumentName = None,
) -> int:
    """Print how well models predict a text: perplexity, bits, tokens scored, and what was done to measure them.

    Several models are each evaluated alone, then mixed. With --pairs no text is read: what is printed is in how many
    pairs of sentences, of which one is right, a model takes the right one for the likelier.

    Args:
        arguments: Models, which are folders or ARPA files, and a text: a file, a folder, - for the standard input,
            builtin:english, builtin:python or builtin:agreement. By default builtin:english.
        valid: Another text, on which the weights of mixtures, the numbers of caches and the rate of dynamic evaluation
            are fitted; without it models count alike, and the rest has defaults.
        mix: How several models are mixed: linear, by weights that expectation and maximisation finds; log, by exponents
            that the gradient finds; or none. By default linear for models of one vocabulary.
        cache: Add a cache of the last words: unigram, of their frequencies; decaying, of frequencies to which the last
            words add most; or neural, of the words that followed states like the present one.
        cache_size: Words that a cache holds; after so many words of a decaying one a word counts 1/e.
        cache_weight: Its part of a mixture.
        cache_theta: What a neural cache multiplies products of states by.
        dynamic: Let the models that can go on learning from the text, each word after it was scored.
        dynamic_rule: What a gradient is multiplied by: sgd, a rate; rms, a rate over the gradient's usual size.
        dynamic_rate: The rate.
        dynamic_decay: The part of the way back to the trained weights that is gone after each segment.
        dynamic_segment: Words between two steps.
        dynamic_epsilon: What rms adds to a gradient's usual size.
        state: Whether the state is carried through the whole text, or reset after each line.
        streams: Cut the text into so many parts that are read side by side: faster, and another figure.
        precision: Float32, or mixed for products of bfloat16.
        pairs: Minimal pairs in the place of a text: agreement, blimp, lm_syneval, colorlessgreen or linzen.
        method: Compare whole sentences, or prefix: the first word in which the two differ.
        each: Of each paradigm, kind or case of a set take so many pairs at most, at even distances.
        data: Folder that holds the folders of the collections; carrousel data brings them.
        cell: Function of a cell that a model runs and the catalogue lacks: FILE.py:NAME.
        device: What to compute on; by default the best there is.
        json: File for the figures as JSON; - prints them in the place of the words.
    """
    choose_device(device)
    paths, name = split_models(arguments)
    if not paths:
        raise SettingsError("evaluate needs a model; give the folder of one")
    check_places(json)
    if pairs is None and (method, each) != (None, None):
        raise SettingsError("--method and --each are of minimal pairs; give --pairs SET too")
    if pairs is not None:
        if name is not None or valid is not None or mix is not None or cache is not None or dynamic:
            raise SettingsError("--pairs takes the place of a text and of all that is done with one; give models alone")
        return evaluate_pairs(paths, pairs, method=method, each=each, data=Path(data), cell=cell, json=json)
    settings = TogetherSettings(
        mix=mix,
        state=state,
        streams=streams,
        precision=precision,
        cache=_cache(cache, size=cache_size, weight=cache_weight, theta=cache_theta),
        dynamic=_dynamic(
            dynamic,
            rule=dynamic_rule,
            rate=dynamic_rate,
            decay=dynamic_decay,
            segment=dynamic_segment,
            epsilon=dynamic_epsilon,
        ),
    )
    models = [(path, load_model(path, cell)) for path in paths]
    text, other = open_text(name or DEFAULT_TEXT), None if valid is None else open_text(valid)
    entropy = None if text.line_entropy is None else text.line_entropy * sum(1 for _ in text.lines())
    results: list[dict[str, Any]] = []
    with _watched() as watch:
        for outcome in evaluate_together(models, text, valid=other, settings=settings, watch=watch, tell=_told):
            report = outcome.report
            least = None if entropy is None else {"least_perplexity": math.exp(entropy / report.tokens)}
            entry = {"model": outcome.name, "text": text.name, "state": state, "streams": streams}
            results.append({**entry, **outcome.how, **asdict(report), **(least or {})})
            if json != STANDARD_OUTPUT:
                print(_account(outcome, text.name, **(least or {})))
    if json is not None:
        write_document(json, "evaluate", results)
    return 0


def _cache(kind: str | None, **numbers: Any) -> CacheSettings | None:
    given = {name: number for name, number in numbers.items() if number is not None}
    if kind is None and given:
        raise SettingsError(f"--cache-{next(iter(given))} is of a cache; give --cache unigram, decaying or neural too")
    return None if kind is None else CacheSettings(kind=kind, **given)


def _dynamic(wanted: bool, **numbers: Any) -> DynamicSettings | None:
    given = {name: number for name, number in numbers.items() if number is not None}
    if not wanted and given:
        raise SettingsError(f"--dynamic-{next(iter(given))} is of dynamic evaluation; give --dynamic too")
    return DynamicSettings(**given) if wanted else None


def _account(outcome: Outcome, text: str, least_perplexity: float | None = None) -> str:
    """What was found, a line each."""
    report, how = outcome.report, outcome.how
    rows = [("perplexity", in_words(report.perplexity))]
    if report.unknown and report.perplexity_without_unknown is not None:
        rows.append(("without unknown words", in_words(report.perplexity_without_unknown)))
    if report.impossible:
        rows.append(("words that cannot be", f"{report.impossible:,}, so the perplexity has no bound"))
    if least_perplexity is not None:
        rows.append(("knowing the grammar", in_words(least_perplexity)))
    for words, bits in (("character", report.bits_per_character), ("byte", report.bits_per_byte)):
        if bits is not None:
            rows.append((f"bits a {words}", f"{bits:.4f}"))
    rows += [("tokens scored", f"{report.tokens:,}"), ("unknown tokens", f"{report.unknown:,}")]
    rows += [("weight", f"{part['weight']:.4f}  {part['part']}") for part in how.get("parts", ())]
    if "dynamic" in how:
        rows.append(("learning", ", ".join(f"{name} {value}" for name, value in how["dynamic"].items())))
    rows.append(("protocol", report.protocol))
    return "\n".join([f"{outcome.name} on {text}", *(f"  {name:<22} {value}" for name, value in rows)])


def _told(sentence: str) -> None:
    print(f"carrousel: {sentence}", file=sys.stderr)


@contextmanager
def _watched() -> Iterator[Watch]:
    """A bar on the standard error where that is a terminal, else a line there now and then."""
    if not sys.stderr.isatty():
        yield NowAndThen()
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def watch(title: str, done: int, words: int) -> None:
            if title not in tasks:
                tasks[title] = bar.add_task(title, total=words)
            bar.update(tasks[title], completed=done, visible=done < words)

        yield watch
