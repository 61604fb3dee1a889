"""A DuckDB file of its own for one import: rows in, expressions over them, rows out.

Once the rows are in, it is cut off from files and network, since the expressions come from a map
that somebody wrote. What does not fit into memory goes to its folder, which is gone at the end.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from opsloop.errors import OpsloopError, WarehouseError
from opsloop.warehouse import quoted

MEMORY = "512MB"
PAGE = 2_000  # rows that leave at a time
_NUMBER = 32  # bytes, more than a row's number has
# DuckDB takes some 2,000 rows at a time, whatever they hold
_TOO_BIG = f"Rows that follow each other have too long texts to be worked on in {MEMORY}."
_SHORTEN = (
    "Leave columns with long texts out of the file, or cut them: some 20 KB a row fit, and"
    " the log keeps 10,000 letters of a text."
)


class SqlError(OpsloopError):
    """An expression that DuckDB refuses.

    Args:
        kind: `syntax`, `column` or `other`.
        name: the column that there is not.
    """

    def __init__(self, message: str, kind: str, name: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name


class Workbench:
    """An open workbench; use `workbench()`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    def lock(self) -> None:
        """Cut it off from files and network, for good."""
        self.run("set enable_external_access = false")
        self.run("set lock_configuration = true")

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement of ours; raises WarehouseError."""
        with _explained():
            self._connection.execute(sql, values)

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query of ours; raises WarehouseError."""
        with _explained():
            return self._connection.execute(sql, values).fetchall()

    def pages(self, sql: str, size: int = PAGE) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query in pages, while other statements run; raises WarehouseError."""
        with _explained():
            cursor = self._connection.cursor().execute(sql)
            while rows := cursor.fetchmany(size):
                yield rows

    def append(self, table: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows, given the columns' types; raises WarehouseError."""
        by_column = [list(values) for values in zip(*rows, strict=True)]
        if by_column:
            cells = ", ".join(f"unnest(?::{type_}[])" for type_ in types)
            self.run(f"insert into {quoted(table)} select {cells}", by_column)

    def read_rows(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], longest: int
    ) -> None:
        """Make the table `rows` of rows of texts; the first column is a number.

        They go through a file, which DuckDB reads ten times as fast as it takes Python's values.

        Args:
            longest: how many bytes a row's texts may have there.

        Raises:
            WarehouseError: a row is too long.
        """
        spool = self._folder / "rows.csv"
        with spool.open("w", encoding="utf-8", errors="replace", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        first, *texts = map(quoted, columns)
        declared = ", ".join([f"{first} bigint", *(f"{name} varchar" for name in texts)])
        with _explained():
            self._connection.execute(f"create table rows ({declared})")
            self._connection.execute(
                "insert into rows select * from read_csv(?, columns = ?, header = false,"
                " auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
                f" parallel = false, new_line = '\\n', max_line_size = {longest + _NUMBER},"
                # else it is sixteen times the longest line, and takes half of the memory
                f" buffer_size = {2 * longest})",
                [str(spool), {columns[0]: "BIGINT"} | dict.fromkeys(columns[1:], "VARCHAR")],
            )
        spool.unlink()

    def read_parquet(self, path: Path) -> None:
        """Make the table `rows` of a Parquet file, with the place of each row from 1 on.

        Raises:
            WarehouseError: it is none.
        """
        with _explained():
            self._connection.execute(
                "create table rows as select file_row_number + 1 as __line,"
                " * exclude (file_row_number) from read_parquet(?, file_row_number = true)",
                [str(path)],
            )

    def columns(self, relation: str) -> dict[str, str]:
        """Return the columns of a table or query with their types.

        Raises:
            SqlError: DuckDB refuses the query.
        """
        try:
            described = self._connection.execute(f"describe {relation}").fetchall()
        except duckdb.Error as error:
            raise _refused(error) from error
        return {row[0]: row[1] for row in described}


@contextmanager
def workbench() -> Iterator[Workbench]:
    """Open a workbench for a with block; its folder is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="opsloop-import-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": f"{folder}/spilled",
            "preserve_insertion_order": "false",
        }
        with duckdb.connect(f"{folder}/rows.duckdb", config=settings) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")
            # what stands twice would be taken out of its `try`: one row's fault would be everyone's
            connection.execute("set disabled_optimizers = 'common_subexpressions'")
            yield Workbench(connection, Path(folder))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and "allocate" in str(error):
            raise WarehouseError(_TOO_BIG, _SHORTEN) from error
        raise WarehouseError(f"The rows cannot be worked on: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _refused(error: duckdb.Error) -> SqlError:
    """Return what is wrong with an expression, without DuckDB's drawing of where."""
    line = _first_line(error).partition(": ")[2] or _first_line(error)
    if isinstance(error, duckdb.ParserException):
        return SqlError(line, "syntax")
    for before, after in (('Referenced column "', '" not found'), ('Could not find key "', '" in')):
        if line.startswith(before):
            name = line.removeprefix(before).partition(after)[0]
            return SqlError(line, "column", name)
    return SqlError(line, "other")
