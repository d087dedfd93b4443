"""DuckDB as the machine that counts: one file of its own on disk, bounded memory, everything above that spilled."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import duckdb
import numpy as np

from carrousel.errors import NgramError

SLICE: Final = 1 << 20
"""Rows handed to numpy at a time."""


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

    def hand_over(self, table: str, select: str, *, order: str) -> "Database":
        """The result of a query, in order, as a table of a database, whence arrays are read."""


class Database:
    """A DuckDB database in a folder of its own."""

    def __init__(self, folder: Path, *, memory: int, threads: int | None = None) -> None:
        self._folder = folder
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory // 1024}KiB",
            "temp_directory": str(folder / "spill"),
            "threads": str(threads or os.cpu_count() or 1),
            "preserve_insertion_order": "false",
        }
        try:
            self._connection = duckdb.connect(str(folder / "counts.duckdb"), config=settings)
        except duckdb.Error as error:
            raise NgramError(f"no database can be made in {folder}: {_first_line(error)}") from error
        self.run("SET enable_progress_bar = false")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        """A new table that holds the result of a query; its rows come as they may unless the query orders them."""
        self.run(f"CREATE TABLE {table} AS {select}")

    def row(self, select: str) -> tuple[Any, ...]:
        """The first row of a query's result."""
        return self.run(select).fetchone() or ()

    def drop(self, *tables: str) -> None:
        """Forget tables, freeing their disk."""
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {table}")

    def hand_over(self, table: str, select: str, *, order: str) -> "Database":
        """The result of a query, in order, as a table of this same database."""
        self.create(table, f"SELECT * FROM ({select}) AS unsorted ORDER BY {order}")
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

    def write_text(self, path: Path, columns: Mapping[str, np.ndarray], select: str) -> None:
        """Write the result of a query over the rows `arriving`, in their order, as lines with tabs between values."""
        self._write(path, columns, select, "FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE ''")

    def write_parquet(self, path: Path, columns: Mapping[str, np.ndarray]) -> None:
        """Write rows as a Parquet file."""
        self._write(path, columns, "FROM arriving", "FORMAT parquet")

    def _write(self, path: Path, columns: Mapping[str, np.ndarray], select: str, form: str) -> None:
        name = str(path).replace("'", "''")
        self._connection.register("arriving", dict(columns))
        try:
            self.run("SET preserve_insertion_order = true")
            self.run(f"COPY ({select}) TO '{name}' ({form})")
            self.run("SET preserve_insertion_order = false")
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
        except duckdb.IOException as error:
            raise NgramError(
                f"the disk under {self._folder} could not be used, --temporary names another: {_first_line(error)}"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
