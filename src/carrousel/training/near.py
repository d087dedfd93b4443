"""What to say of a name that nothing bears."""

import difflib
from collections.abc import Iterable


def near(word: str, names: Iterable[str]) -> str:
    """`; did you mean …?` with the names that look like the word, or all of them where none does."""
    known = list(names)
    found = difflib.get_close_matches(word, known, n=3)
    return f"; did you mean {' or '.join(found)}?" if found else f"; there are {', '.join(known)}"
