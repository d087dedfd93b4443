"""DuckDB as the machine that counts: in bounded memory, everything above that on the disk."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import duckdb
import numpy as np

from carrousel.errors import NgramError, SettingsError

LEAST_MEMORY: Final = 64 << 20
"""Bytes below which the database itself finds no room."""
UNCOUNTED: Final = 6
"""One byte in so many, above the least, is left for what DuckDB holds and does not count: at its full setting it was
resident 506 MiB beyond 1 GiB with 40 million tokens, 409 beyond 512 MB."""
SLICE: Final = 1 << 20
"""Rows handed to numpy at a time."""


@runtime_checkable
class Engine(Protocol):
    """What runs the queries: DuckDB, or Spark with DuckDB behind it for the result."""

    def append(self, table: str, columns: Mapping[str, np.ndarray]) -> None:
        """Add rows to a table, which the first of them makes."""

    def create(self, table: str, select: str) -> None:
        """A new table that holds the result of a query."""

    def row(self, select: str) -> tuple[Any, ...]:
        """The first row of a query's result."""

    def drop(self, *tables: str) -> None:
        """Forget tables, freeing their disk."""

    def hand_over(self, table: str, select: str, *, columns: Sequence[str], order: str) -> "Database":
        """Columns of a query's result, in an order, as a table of a database, whence arrays are read."""


class Database:
    """A DuckDB database that puts into a folder what its memory cannot hold, and is gone when it is closed."""

    def __init__(self, folder: Path, *, memory: int, threads: int | None = None) -> None:
        if memory < LEAST_MEMORY:
            raise SettingsError(f"counting needs {LEAST_MEMORY >> 20} MiB of memory at least, got {memory >> 20}")
        if threads is not None and threads < 1:
            raise SettingsError(f"threads is a whole number from 1, not {threads}")
        counted = memory - (memory - LEAST_MEMORY) // UNCOUNTED
        self._folder = folder
        self._threads = threads or os.cpu_count() or 1
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{counted // 1024}KiB",
            "temp_directory": str(folder / "spill"),
            "threads": str(self._threads),
            "preserve_insertion_order": "false",
        }
        self._connection = duckdb.connect(":memory:", config=settings)
        self.run("SET enable_progress_bar = false")

    def close(self) -> None:
        """End it."""
        self._connection.close()

    def append(self, table: str, columns: Mapping[str, np.ndarray]) -> None:
        """Add rows to a table, which the first of them makes."""
        self._connection.register("arriving", dict(columns))
        try:
            made = self.row(f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{table}'")[0]
            self.run(
                f"INSERT INTO {table} SELECT * FROM arriving" if made else f"CREATE TABLE {table} AS FROM arriving"
            )
        finally:
            self._connection.unregister("arriving")

    def create(self, table: str, select: str) -> None:
        """A new table that holds the result of a query; its rows come as they may unless the query orders them.

        What does not fit into the memory with all threads is tried once more with one, which holds the least.
        """
        try:
            self.run(f"CREATE TABLE {table} AS {select}")
        except NgramError as error:
            if self._threads == 1 or not isinstance(error.__cause__, duckdb.OutOfMemoryException):
                raise
            self.run("SET threads = 1")
            self.run(f"CREATE TABLE {table} AS {select}")
            self.run(f"SET threads = {self._threads}")

    def row(self, select: str) -> tuple[Any, ...]:
        """The first row of a query's result."""
        return self.run(select).fetchone() or ()

    def drop(self, *tables: str) -> None:
        """Forget tables, freeing their disk."""
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {table}")

    def hand_over(self, table: str, select: str, *, columns: Sequence[str], order: str) -> "Database":
        """Columns of a query's result, in an order, as a table of this same database."""
        self.create(table, f"SELECT {', '.join(columns)} FROM ({select}) AS unsorted ORDER BY {order}")
        return self

    def slices(self, table: str, *expressions: str) -> Iterator[tuple[np.ndarray, ...]]:
        """The values of expressions over a table's rows in their order, a bounded number of rows at a time."""
        rows = self.row(f"SELECT count(*) FROM {table}")[0]
        named = ", ".join(f"{expression} AS e{index}" for index, expression in enumerate(expressions))
        self.run("SET preserve_insertion_order = true")
        for start in range(0, rows, SLICE):
            where = f"rowid >= {start} AND rowid < {start + SLICE}"
            arrays = self.run(f"SELECT {named} FROM {table} WHERE {where}").fetchnumpy()
            yield tuple(np.asarray(arrays[f"e{index}"]) for index in range(len(expressions)))
        self.run("SET preserve_insertion_order = false")

    def write_parquet(self, path: Path, columns: Mapping[str, np.ndarray]) -> None:
        """Write rows as a Parquet file."""
        name = str(path).replace("'", "''")
        self._connection.register("arriving", dict(columns))
        try:
            self.run(f"COPY (FROM arriving) TO '{name}' (FORMAT parquet)")
        finally:
            self._connection.unregister("arriving")

    def run(self, statement: str) -> duckdb.DuckDBPyConnection:
        """Carry out one statement; what DuckDB lacks for it is said in one sentence."""
        try:
            return self._connection.execute(statement)
        except duckdb.OutOfMemoryException as error:
            raise NgramError(
                f"counting needs more memory or disk than it may use; give more with --memory, or a folder on a larger "
                f"disk than {self._folder} with --temporary: {_first_line(error)}"
            ) from error
        except (duckdb.IOException, duckdb.FatalException) as error:
            raise NgramError(
                f"the disk under {self._folder} could not be used, --temporary names another: {_first_line(error)}"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
