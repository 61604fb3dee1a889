"""Many rows at once, by plain `executemany`: a burst is hundreds of thousands of rows.

SQLAlchemy converts value by value, which costs more than the database's own work. Here the SQL is
made once per table and columns, and only columns of times are converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from opsloop.store.columns import UtcDateTime, sqlite_text

Values = Sequence[tuple[Any, ...]]


def insert(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Values
) -> None:
    """Insert rows, given as tuples of these columns' values."""
    _run(connection, _insert_sql, table, tuple(columns), rows)


def insert_mappings(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows in their order; a column that a row does not name is null."""
    named: dict[str, None] = {}
    for row in rows:
        if not row.keys() <= named.keys():
            named.update(dict.fromkeys(row))
    columns = tuple(named)
    insert(connection, table, columns, [tuple(map(row.get, columns)) for row in rows])


def upsert(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Values
) -> None:
    """Insert rows, or replace those with the same key."""
    _run(connection, _upsert_sql, table, tuple(columns), rows)


def update(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Values
) -> None:
    """Update rows by their key, which is the last column."""
    _run(connection, _update_sql, table, tuple(columns), rows)


def delete(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Values
) -> None:
    """Delete the rows that have these values."""
    _run(connection, _delete_sql, table, tuple(columns), rows)


def _run(
    connection: sa.Connection,
    sql_of: Callable[[sa.Dialect, sa.Table, tuple[str, ...]], str],
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Values,
) -> None:
    if not rows:
        return
    by_column = list(zip(*rows, strict=True))
    for place in _places_of_times(table, columns):
        by_column[place] = _times(connection, by_column[place])
    sql = sql_of(connection.dialect, table, columns)
    connection.exec_driver_sql(sql, list(zip(*by_column, strict=True)))


@lru_cache(maxsize=64)
def _places_of_times(table: sa.Table, columns: tuple[str, ...]) -> tuple[int, ...]:
    """Return which of the columns hold moments."""
    types = [table.c[name].type for name in columns]
    return tuple(place for place, kind in enumerate(types) if isinstance(kind, UtcDateTime))


def _times(connection: sa.Connection, values: Sequence[datetime | None]) -> tuple[Any, ...]:
    """Return moments as the driver takes them."""
    if connection.dialect.name == "sqlite":
        return tuple(map(_text_of, values))
    if any(value is not None and value.tzinfo is None for value in values):
        raise ValueError("A time without a zone reached the store.")
    return tuple(values)


@lru_cache(maxsize=4096)
def _text_of(moment: datetime | None) -> str | None:
    """Return a moment as text, remembered: a batch has few different ones."""
    return None if moment is None else sqlite_text(moment)


@lru_cache(maxsize=64)
def _insert_sql(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(map(dialect.identifier_preparer.quote, columns))
    places = ", ".join([_place(dialect)] * len(columns))
    return f"insert into {table.name} ({names}) values ({places})"


@lru_cache(maxsize=64)
def _upsert_sql(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    quote = dialect.identifier_preparer.quote
    key = [column.name for column in table.primary_key]
    others = ", ".join(
        f"{quote(name)} = excluded.{quote(name)}" for name in columns if name not in key
    )
    inserting = _insert_sql(dialect, table, columns)
    return f"{inserting} on conflict ({', '.join(map(quote, key))}) do update set {others}"


@lru_cache(maxsize=16)
def _update_sql(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    *others, key = (f"{dialect.identifier_preparer.quote(name)} = " for name in columns)
    place = _place(dialect)
    setting = ", ".join(name + place for name in others)
    return f"update {table.name} set {setting} where {key}{place}"


@lru_cache(maxsize=16)
def _delete_sql(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    quote = dialect.identifier_preparer.quote
    condition = " and ".join(f"{quote(name)} = {_place(dialect)}" for name in columns)
    return f"delete from {table.name} where {condition}"


def _place(dialect: sa.Dialect) -> str:
    return "?" if dialect.name == "sqlite" else "%s"
