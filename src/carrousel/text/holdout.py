"""The end of a text held out, for validation without a text of its own."""

from dataclasses import replace

from carrousel.errors import TextError
from carrousel.text.source import Part, Text

HELD_OUT = 0.05


def hold_out(text: Text, fraction: float = HELD_OUT) -> tuple[Text, Text]:
    """The text without its last `fraction` of bytes, and that end.

    The end starts with the first line that starts there; where no line does, with the first word; where no word does,
    with the first character. Raises TextError for a text too short to be divided.
    """
    parts = [part for part in text.parts if part.stop > part.start]
    place = int(sum(part.stop - part.start for part in parts) * (1 - fraction))
    for index, part in enumerate(parts):
        size = part.stop - part.start
        if place < size:
            cut = _first_start(part, part.start + place, last=part is parts[-1])
            before, after = (*parts[:index], replace(part, stop=cut)), (replace(part, start=cut), *parts[index + 1 :])
            kept, held = replace(text, parts=before), replace(text, parts=after)
            if not kept.bytes or not held.bytes:
                break
            share = f"{fraction:.0%}"
            return replace(kept, name=f"{text.name} without its last {share}"), replace(
                held, name=f"the last {share} of {text.name}"
            )
        place -= size
    raise TextError(
        f"{text.name} has {text.bytes} bytes, too few to hold out the last {fraction:.0%}; give a text to validate on"
    )


def _first_start(part: Part, place: int, *, last: bool) -> int:
    """Where in the part the first line starts from `place` on, or else the first word, or else the first character.

    Behind a part that is not the last a line starts anyway.
    """
    line = _first_behind(part, place, b"\n")
    if line < part.stop or not last:
        return line
    word = _first_behind(part, place, b" ")
    if word < part.stop:
        return word
    while place < part.stop and part.read(place, 1)[0] & 0xC0 == 0x80:
        place += 1
    return place


def _first_behind(part: Part, place: int, mark: bytes) -> int:
    """The first place from `place` on that stands right behind a mark, at most the end of the part."""
    offset = max(place - 1, part.start)
    for block in replace(part, start=offset).blocks():
        found = block.find(mark)
        if found >= 0:
            return offset + found + 1
        offset += len(block)
    return part.stop
