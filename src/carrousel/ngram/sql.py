"""The words that every query here is made of; they mean the same to DuckDB and to Spark.

An n-gram of order k has the columns w{k-1} … w0, its last word being w0. All are ids, and padding is the id of `<s>`.
"""

from typing import Final

UNKNOWN: Final = 0
START: Final = 1
END: Final = 2
MARKS: Final = ("<unk>", "<s>", "</s>")
"""The names of the ids 0, 1 and 2."""


def grams(order: int) -> list[str]:
    """The columns of an n-gram."""
    return [f"w{place}" for place in reversed(range(order))]


def history(order: int) -> list[str]:
    """The columns of an n-gram without its last word."""
    return grams(order)[:-1]


def suffix(order: int) -> list[str]:
    """The columns of an n-gram without its first word."""
    return grams(order)[1:]


def listed(columns: list[str], table: str = "") -> str:
    """The columns, of a table if one is named, with commas between."""
    return ", ".join(f"{table}.{column}" if table else column for column in columns)


def same(columns: list[str], left: str, right: str) -> str:
    """That two tables agree in these columns."""
    return " AND ".join(f"{left}.{column} = {right}.{column}" for column in columns)


def shifted(order: int, left: str, right: str) -> str:
    """That an n-gram's history, on the left, is the n-gram of one order less on the right."""
    return " AND ".join(f"{left}.w{place + 1} = {right}.w{place}" for place in reversed(range(order - 1)))


def number(value: float) -> str:
    """A DOUBLE with exactly this value."""
    return f"CAST('{float(value)!r}' AS DOUBLE)"


def counted(order: int) -> str:
    """The n-grams of a count table that are n-grams: `<s>` stands at most at their start, so padding is left out."""
    return f"(SELECT * FROM count{order} WHERE w{order - 2} <> {START})" if order > 1 else "count1"


def packed(order: int, size: int) -> str:
    """Few BIGINT keys that order n-grams as their ids do, one after the other; ids are below `size`."""
    each = 1
    while size ** (each + 1) < 1 << 62 and each < order:
        each += 1
    columns = grams(order)
    keys = []
    for start in range(0, order, each):
        key = f"CAST({columns[start]} AS BIGINT)"
        for column in columns[start + 1 : start + each]:
            key = f"({key} * {size} + {column})"
        keys.append(key)
    return ", ".join(keys)
