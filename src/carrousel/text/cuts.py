"""Where a long text may be cut so that the cut changes no token."""

from collections.abc import Iterable, Iterator


def whole_lines(chunks: Iterable[str]) -> Iterator[str]:
    """The same characters, cut behind a newline or, in a chunk without one, before a run of spaces.

    No word and no piece of the BPE reaches over either place. What has neither is held until it ends.
    """
    held: list[str] = []
    for chunk in chunks:
        cut = chunk.rfind("\n") + 1 or _start_of_last_spaces(chunk)
        if cut:
            yield "".join((*held, chunk[:cut]))
            held = [chunk[cut:]]
        else:
            held.append(chunk)
    if rest := "".join(held):
        yield rest


def _start_of_last_spaces(chunk: str) -> int:
    """The place of the first space of the last run of spaces; 0 where there is none or it starts the chunk."""
    return len(chunk[: chunk.rfind(" ") + 1].rstrip(" "))
