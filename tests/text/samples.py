"""Small texts that several tests read."""

from carrousel.text import Text
from carrousel.text.source import Part

PROSE = (
    "The old owl sat near the window, and the window was open.\n"
    "\n"
    "    Don't close it   yet: it's 1997, isn't it?\n"
    "<unk> stands for a word; <eos> for an end.\tNaïve café, 東京。 “Quotes” – dashes…\r\n"
) * 3


def dripping_text(data: bytes, *, count: int, name: str = "drops") -> Text:
    """A text whose blocks have at most `count` bytes, as if its reads were short."""

    def read(offset: int, wanted: int) -> bytes:
        return data[offset : offset + min(wanted, count)]

    return Text(name=name, parts=(Part(name=name, read=read, stop=len(data)),))


def repeated_text(line: bytes, *, size: int) -> Text:
    """A text of `size` bytes, the same line again and again, that is nowhere in memory."""

    def read(offset: int, wanted: int) -> bytes:
        start = offset % len(line)
        copies = line * ((start + wanted) // len(line) + 1)
        return copies[start : start + wanted]

    return Text(name="repeated", parts=(Part(name="repeated", read=read, stop=size),))
