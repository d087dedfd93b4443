"""Exact counts in bounded memory."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from carrousel.text.counting import most_frequent

words = st.lists(st.lists(st.text("abc", min_size=1, max_size=3), max_size=30), max_size=6)


@given(stretches=words, held=st.integers(1, 50), least=st.integers(1, 3), size=st.none() | st.integers(1, 20))
def test_a_bound_on_memory_changes_no_count(
    stretches: list[list[str]], held: int, least: int, size: int | None
) -> None:
    counts = Counter(word for stretch in stretches for word in stretch)
    wanted = sorted((word for word in counts if counts[word] >= least), key=lambda word: (-counts[word], word))
    assert most_frequent(lambda: stretches, size=size, min_count=least, held=held) == wanted[:size]
