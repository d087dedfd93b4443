"""How often each word of a text is seen, exactly, with a bound on the words held at a time."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

HELD = 3_000_000
"""Different words in memory at a time: about half a gigabyte."""


def most_frequent(
    passes: Callable[[], Iterable[Iterable[str]]], *, size: int | None, min_count: int, held: int = HELD
) -> list[str]:
    """The words seen `min_count` times or more, the most frequent first, at most `size`; equals in code point order.

    `passes()` starts reading the words anew. As long as a share of the words has no more than `held` different ones,
    one pass counts it; where it has more, the share is halved by the words' hashes and the other half waits for a pass
    of its own. So the counts are exact, and memory holds `held` words and those that are kept.
    """
    kept: list[tuple[int, str]] = []
    waiting = [(1, 0)]
    while waiting:
        modulus, remainder = waiting.pop()
        counts: Counter[str] = Counter()
        for words in passes():
            counts.update(words if modulus == 1 else _share(words, modulus, remainder))
            while len(counts) > held:
                waiting.append((2 * modulus, remainder + modulus))
                modulus *= 2
                counts = Counter({word: counts[word] for word in _share(counts, modulus, remainder)})
        candidates = ((-count, word) for word, count in counts.items() if count >= min_count)
        kept = sorted((*kept, *candidates)) if size is None else heapq.nsmallest(size, (*kept, *candidates))
    return [word for _, word in kept]


def _share(words: Iterable[str], modulus: int, remainder: int) -> Iterator[str]:
    return (word for word in words if hash(word) % modulus == remainder)
