"""Spark as the machine that counts, for texts that one machine cannot hold; DuckDB then sorts and hands over.

It runs the very queries that DuckDB runs. Tables lie as Parquet files in the work folder, which every machine of a
cluster must see.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from carrousel.errors import NgramError, require
from carrousel.ngram.database import Database


class Spark:
    """A Spark session whose tables lie in a folder of its own.

    Where it runs is said in Spark's own way (spark-submit, spark-defaults.conf); by default it is this machine.
    """

    def __init__(self, folder: Path, database: Database, *, memory: int, threads: int | None = None) -> None:
        sql = require("pyspark.sql", extra="spark")
        self._folder = folder
        self._database = database
        self._pieces: dict[str, int] = {}
        builder = sql.SparkSession.builder.appName("carrousel ngram")
        builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.driver.memory", f"{max(memory >> 20, 512)}m")
        if threads is not None:
            builder = builder.master(f"local[{threads}]").config("spark.sql.shuffle.partitions", str(threads))
        try:
            self._session = builder.getOrCreate()
        except Exception as error:  # what a missing Java raises differs from version to version
            raise NgramError(f"spark does not start, it needs Java 17 or newer: {error}") from error
        self._session.sparkContext.setLogLevel("ERROR")

    def close(self) -> None:
        """End it."""
        self._session.stop()

    def append(self, table: str, columns: Mapping[str, np.ndarray]) -> None:
        """Add rows to a table, which the first of them makes."""
        piece = self._pieces[table] = self._pieces.get(table, -1) + 1
        (self._folder / table).mkdir(exist_ok=True)
        self._database.write_parquet(self._folder / table / f"piece-{piece:06d}.parquet", columns)
        self._show(table)

    def create(self, table: str, select: str) -> None:
        """A new table that holds the result of a query."""
        self._run(select).write.parquet(str(self._folder / table))
        self._show(table)

    def row(self, select: str) -> tuple[Any, ...]:
        """The first row of a query's result."""
        return tuple(self._run(select).first() or ())

    def drop(self, *tables: str) -> None:
        """Forget tables, freeing their disk."""
        for table in tables:
            self._session.catalog.dropTempView(table)
            shutil.rmtree(self._folder / table, ignore_errors=True)
            self._pieces.pop(table, None)

    def hand_over(self, table: str, select: str, *, columns: Sequence[str], order: str) -> Database:
        """Columns of a query's result, in an order, as a table of a DuckDB database."""
        self.create(table, select)
        made = f"SELECT * FROM '{self._folder / table}/*.parquet'"
        self._database.hand_over(table, made, columns=columns, order=order)
        self.drop(table)
        return self._database

    def _show(self, table: str) -> None:
        self._session.read.parquet(str(self._folder / table)).createOrReplaceTempView(table)

    def _run(self, select: str) -> Any:
        return self._session.sql(select)
