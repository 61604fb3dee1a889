"""The mirror's tables, made without dbt, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from opsloop.store import Store, export, settings_export
from opsloop.warehouse import MIRROR_TABLES

TYPES = {
    "text": "text",
    "time": "timestamp",
    "bool": "boolean",
    "int": "bigint",
    "float": "double precision",
}

Rows = dict[str, list[tuple[Any, ...]]]


def mirror_tables() -> list[str]:
    """Return the SQL that makes the mirror's tables, as dbt's hook does."""
    logs = {name: export.columns_of(name) for name in MIRROR_TABLES}
    return [
        f"create table {name} ("
        + ", ".join(f"{column} {TYPES[kind]}" for column, kind in columns.items())
        + ")"
        for name, columns in (logs | dict(settings_export.TABLES)).items()
    ]


def create_mirror(path: Path) -> None:
    """Make the mirror's tables in a DuckDB file."""
    with duckdb.connect(str(path)) as connection:
        for statement in mirror_tables():
            connection.execute(statement)


def mirrored_rows(path: Path) -> Rows:
    """Return what the mirror in a DuckDB file holds."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.execute(f"select * from {name} order by seq").fetchall()
            for name in MIRROR_TABLES
        }


def store_rows(store: Store) -> Rows:
    """Return what the mirror should hold."""
    with store.engines.read() as connection:
        return {
            name: [
                tuple(_naive(value) for value in row)
                for page in export.pages(connection, name, 0, export.last_seq(connection, name))
                for row in page
            ]
            for name in MIRROR_TABLES
        }


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
