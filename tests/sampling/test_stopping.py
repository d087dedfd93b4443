from hypothesis import given
from hypothesis import strategies as st

from carrousel.sampling import until


def up_to_first_stop(text, stops):
    """The text before the string that is complete first, by the definition."""
    for end in range(len(text) + 1):
        found = [len(stop) for stop in stops if stop and text[:end].endswith(stop)]
        if found:
            return text[: end - max(found)]
    return text


@given(st.lists(st.text("ab", max_size=4), max_size=8), st.lists(st.text("ab", max_size=4), max_size=3))
def test_the_text_ends_before_the_first_stop_however_it_comes_in_pieces(pieces, stops):
    assert "".join(until(pieces, stops)) == up_to_first_stop("".join(pieces), stops)


def test_what_cannot_become_a_stop_is_not_held_back():
    pieces = iter(["ab", "cx", "abc"])
    found = until(pieces, ["abcd"])
    assert next(found) == ""
    assert next(found) == "abcx"


def test_nothing_is_drawn_after_the_stop():
    pieces = iter(["a.", "b", "c"])
    assert "".join(until(pieces, ["."])) == "a"
    assert list(pieces) == ["b", "c"]
