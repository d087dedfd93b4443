"""`carrousel ngram`: texts in, an n-gram model out."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import App, Parameter

from carrousel.cli.amounts import in_bytes
from carrousel.cli.arguments import TextName
from carrousel.cli.documents import check_places
from carrousel.cli.stages import stages
from carrousel.errors import SettingsError
from carrousel.ngram.arpa_lines import is_arpa
from carrousel.ngram.arpa_reading import read_arpa
from carrousel.ngram.building import workplace
from carrousel.ngram.settings import NgramSettings
from carrousel.ngram.sparsity import Sparsity, measure_sparsity
from carrousel.ngram.training import UnitSettings, train_ngram
from carrousel.text import join_texts, open_text

DEFAULT_TEXT: Final = "builtin:english"
_UNITS, _MODEL = (Parameter(name="*", group=group) for group in ("Tokens", "Model"))


def ngram(
    *text: TextName,
    out: Path | None = None,
    arpa: Path | None = None,
    memory: str = "1GB",
    threads: int | None = None,
    temporary: Path | None = None,
    engine: Literal["duckdb", "spark"] = "duckdb",
    report: Path | None = None,
    units: Annotated[UnitSettings, _UNITS] = UnitSettings(),  # noqa: B008 - frozen
    model: Annotated[NgramSettings, _MODEL] = NgramSettings(),  # noqa: B008
) -> None:
    """Count the n-grams of a text and make a language model of them.

    With an ARPA file in place of the text, make the model folder of it.

    Args:
        text: Files, folders, - for the standard input, builtin:english, builtin:python or builtin:agreement; several
            are one text. By default builtin:english.
        out: Folder of the model.
        arpa: ARPA file to write, plain text that KenLM and SRILM read.
        memory: What counting may use; the rest goes to the disk.
        threads: How many it may use; by default all cores.
        temporary: Folder for what is put on the disk meanwhile; by default beside the result.
        engine: What counts.
        report: HTML page to write on the text's n-grams: the share never seen before, how many there are and how they
            grow. The last 5% of the text are held out for it, not for the model.
        units: What the tokens are.
        model: How probabilities are estimated.
    """
    names = list(text) or [DEFAULT_TEXT]
    source = Path(names[0])
    check_places(arpa, report)
    with stages() as tell:
        if len(names) == 1 and out is not None and source.is_file() and is_arpa(source):
            if report is not None:
                raise SettingsError("a report is of a text, and an ARPA file has none; leave --report out")
            made = read_arpa(source, out, memory=in_bytes(memory), threads=threads, temporary=temporary, report=tell)
        else:
            workplace(out, arpa, temporary)
            joined = join_texts([open_text(name) for name in names])
            made = train_ngram(
                joined,
                model,
                units,
                out=out,
                arpa=arpa,
                memory=in_bytes(memory),
                threads=threads,
                temporary=temporary,
                engine=engine,
                report=tell,
            )
            if report is not None:
                found = measure_sparsity(
                    joined,
                    units,
                    order=model.order,
                    where=workplace(out, arpa, temporary),
                    memory=in_bytes(memory),
                    threads=threads,
                    report=tell,
                )
                _write_page(found, report)
    print(_account(made, out, arpa))
    if report is not None:
        print(f"{report} holds the report")


def _write_page(found: Sparsity, place: Path) -> None:
    """Import what draws only now: it brings JAX, whose memory counting can do without."""
    from carrousel.inspection.ngram_page import ngram_page  # noqa: PLC0415

    ngram_page(found).write(place)


def _account(made: dict[str, Any], out: Path | None, arpa: Path | None) -> str:
    """What came of it, an order a line."""
    lines = []
    for order, count in enumerate(made["counts"], 1):
        line = f"{order}-grams {count:>14,}"
        if "discounts" in made:
            line += "   discounts " + " ".join(f"{discount:.6g}" for discount in made["discounts"][order - 1])
        lines.append(line)
    places = " and ".join(str(place) for place in (out, arpa) if place is not None)
    counted = f" of {made['tokens']:,} tokens" if "tokens" in made else ""
    return "\n".join([*lines, f"{places} {'hold' if out and arpa else 'holds'} the model{counted}"])


app = App(name="ngram", default_parameter=Parameter(consume_multiple=True))
app.default(ngram)
