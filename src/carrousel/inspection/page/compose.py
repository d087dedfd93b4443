"""The page put together: one model, or several side by side, on one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from carrousel.inspection.findings import Finding
from carrousel.inspection.page.anatomy import anatomy, anatomy_card
from carrousel.inspection.page.flows import Flow, flows_part
from carrousel.inspection.page.gates import gates_notes, gates_part
from carrousel.inspection.page.payload import ROOM, fitting_steps, left_out, payload
from carrousel.inspection.trace import Trace
from carrousel.pages import Html, Page, Section, data, escape, heat_map, joined, paragraph, table

SCRIPTS: Final = ("values.js", "anatomy.js", "inspect.js")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One model on the page."""

    name: str
    trace: Trace
    flow: Flow | None = None
    """How gradients flow back in it, where that was measured."""
    findings: Sequence[Finding] = ()
    """What was asked of it beside."""


def inspection_page(looks: Sequence[Look], *, text: str, room: int = ROOM) -> Page:
    """The page.

    Args:
        looks: the models, each with its trace of the same text.
        text: the text's name.
        room: bytes of values, at one a value, that each model has; steps that do not fit are left out.
    """
    names = [look.name for look in looks]
    steps = [fitting_steps(look.trace, room) for look in looks]
    parts = [_parts(k, look, steps[k]) for k, look in enumerate(looks)]
    findings = [(look.name if len(looks) > 1 else "", found) for look in looks for found in look.findings]
    flows = {look.name: look.flow for look in looks if look.flow is not None}
    sections = [
        Section("Text", _side_by_side(names, [part["text"] for part in parts]), *_hints()),
        Section("Step", _side_by_side(names, [part["step"] for part in parts])),
        Section("Units over time", _side_by_side(names, [part["units"] for part in parts])),
        Section("Gates", _side_by_side(names, [gates_part(look.trace) for look in looks]), *gates_notes()),
        *([Section("Gradient flow", *flows_part(flows))] if flows else []),
        *([Section("Findings", *map(_found, findings))] if findings else []),
        Section("About", *_about(looks, steps)),
    ]
    assets = files("carrousel.inspection.page") / "assets"
    return Page(
        f"Inside {' and '.join(names)}",
        sections,
        lead=f"Every gate and state at every step of {text}.",
        scripts=[(assets / name).read_text(encoding="utf-8") for name in SCRIPTS],
        styles=[(assets / "inspect.css").read_text(encoding="utf-8")],
        uses=("heat",),
    )


def _parts(place: int, look: Look, steps: int) -> dict[str, Html]:
    """What stands of one model in each section."""
    layers, cards = look.trace.layers, [anatomy_card(layer) for layer in look.trace.layers]
    kinds = list(dict.fromkeys((layer.cell.name, layer.hidden) for layer in layers))
    cells = [kinds.index((layer.cell.name, layer.hidden)) for layer in layers]
    blocks = joined(
        anatomy(cards[k], layers[k], cell=cell) for cell, k in enumerate(map(cells.index, range(len(kinds))))
    )
    facts = data(payload(look.name, look.trace, cards, cells, steps=steps))
    tokens = _part("tokens", place, ' class="tokens" role="listbox" tabindex="0" aria-orientation="horizontal"')
    expected = Html('<table class="bars"><caption></caption><tbody></tbody></table><h3>In words</h3><dl class="speech"></dl>')
    return {
        "text": joined(
            [
                Html(f'<div data-facts="{place}">{facts}</div>'),
                _part("controls", place, ' class="tools"'),
                Html(tokens.replace("<div", f'<div aria-label="Tokens that {escape(look.name)} reads"', 1)),
                _part("said", place, ' class="said read" aria-live="polite"'),
            ]
        ),
        "step": Html(
            f'<div class="step">{_part("anatomy", place, "", blocks)}{_part("next", place, "", expected)}</div>'
        ),
        "units": _part("map-title", place, ' class="note"') + _part("map", place, ' class="map"'),
    }


def _part(name: str, place: int, attributes: str, inside: str = "") -> Html:
    return Html(f'<div data-part="{name}" data-look="{place}"{attributes}>{inside}</div>')


def _side_by_side(names: Sequence[str], parts: Sequence[Html]) -> Html:
    heads = [f"<p class=whose>{name}</p>" if len(names) > 1 else "" for name in map(escape, names)]
    looks = (f"<div class=look>{head}{part}</div>" for head, part in zip(heads, parts, strict=True))
    return Html(f'<div class="looks">{"".join(looks)}</div>')


def _found(item: tuple[str, Finding]) -> Html:
    """A finding with its table, and its picture where it has one."""
    name, found = item
    title = f"{found.title} ({name})" if name else found.title
    parts = [Html(f"<h3>{escape(title)}</h3>"), paragraph(found.about)]
    if found.grid is not None:
        grid = found.grid
        parts.append(heat_map(grid.values, title=found.title, rows=grid.rows, columns=grid.columns))
    return joined([*parts, table(found.rows, columns=found.columns, caption=found.title)])


def _hints() -> list[Html]:
    keys = "In the text, left and right go from token to token, up and down from unit to unit."
    return [Html(f'<p class="note">{keys} A click on a strip or on the map chooses a unit.</p>')]


def _about(looks: Sequence[Look], steps: Sequence[int]) -> list[Html]:
    """What a reader must know to trust the numbers."""
    told = [
        paragraph(
            "Values stand here at 8 bit: each unit has a range of its own, and no number is off by more than a 508th "
            "of it. The command's --save writes the exact ones."
        ),
        paragraph(
            "Colours: blue is more and orange below zero. Of a gate the fullest colour is 1. Of anything else it is, "
            "in the text, the largest size of the unit; on the map the size that 99 of 100 values stay within; in the "
            "strips the largest size at the step."
        ),
    ]
    for look, shown in zip(looks, steps, strict=True):
        if shown < look.trace.time:
            told.append(paragraph(f"Of {look.name} the first {shown:,} of {look.trace.time:,} steps are on this page."))
        for number, layer in enumerate(look.trace.layers, 1):
            if missing := left_out(layer):
                told.append(
                    paragraph(f"Too large for this page, in layer {number} of {look.name}: {', '.join(missing)}.")
                )
    return told
