"""Strict UTF-8 on the way in, forgiving on the way out."""

import codecs
from collections.abc import Iterable, Iterator

from carrousel.errors import TextError


def characters(text: str | bytes, *, name: str = "the text") -> str:
    """The text as characters; bytes that are no UTF-8 raise TextError with their offset."""
    if isinstance(text, bytes):
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise undecodable(name, error.object, error.start, offset=error.start) from error
    octets(text, name=name)
    return text


def octets(text: str | bytes, *, name: str = "the text") -> bytes:
    """The text as bytes; a lone surrogate, which UTF-8 cannot write, raises TextError with its place."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise TextError(
            f"{name} holds the lone surrogate U+{ord(text[error.start]):04X} as character {error.start}, "
            "which UTF-8 cannot write; give the text as bytes to the byte tokenizer"
        ) from error


def undecodable(name: str, data: bytes, place: int, *, offset: int) -> TextError:
    """The error of bytes that are no UTF-8: `data[place]` is the first of them, `offset` bytes into `name`."""
    looks = (
        " (it begins as UTF-16 does)" if offset == 0 and data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else ""
    )
    return TextError(
        f"{name} is not UTF-8 at byte {offset} (0x{data[place]:02x}){looks}; "
        "convert it to UTF-8, or take the byte tokenizer, which reads any bytes"
    )


def spell(stretches: Iterable[bytes]) -> Iterator[str]:
    """One string for each stretch of bytes, and a last one; a character is written once its last byte is there.

    Bytes that make no character are written as U+FFFD.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for stretch in stretches:
        yield decoder.decode(stretch)
    yield decoder.decode(b"", final=True)
