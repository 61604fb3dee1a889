"""The two engines of the monitor tests, behind the few calls that the tests need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]


class Warehouse(Protocol):
    """A fresh database that dbt builds into and tests look into."""

    engine: str
    env: dict[str, str]

    def execute(self, statements: Sequence[str]) -> None:
        """Run statements in one transaction."""

    def rows(self, sql: str) -> list[Row]:
        """Return a query's rows."""

    def clear(self) -> None:
        """Empty the database; its address stays, which spares dbt a full parse."""


@dataclass(frozen=True)
class DuckDbWarehouse:
    """A DuckDB file; opened for each call, since dbt must be able to lock it."""

    path: Path
    engine: str = "duckdb"

    @property
    def env(self) -> dict[str, str]:
        return {"OPSLOOP_TARGET": "duckdb", "OPSLOOP_WAREHOUSE": str(self.path)}

    def execute(self, statements: Sequence[str]) -> None:
        with duckdb.connect(str(self.path)) as connection:
            for statement in ("begin", *statements, "commit"):
                connection.execute(statement)

    def rows(self, sql: str) -> list[Row]:
        with duckdb.connect(str(self.path)) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class PostgresWarehouse:
    """A database on a real server."""

    url: str
    engine: str = "postgres"

    @property
    def env(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        return {
            "OPSLOOP_TARGET": "postgres",
            "OPSLOOP_PG_HOST": parse_qs(parts.query)["host"][0],
            "OPSLOOP_PG_USER": parts.username or "postgres",
            "OPSLOOP_PG_DATABASE": parts.path.lstrip("/"),
            "OPSLOOP_SCHEMA": "public",
        }

    def execute(self, statements: Sequence[str]) -> None:
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def rows(self, sql: str) -> list[Row]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload]

    def clear(self) -> None:
        schemas = self.rows(
            "select nspname from pg_namespace"
            " where nspname not like 'pg\\_%' and nspname <> 'information_schema'"
        )
        drops = [f'drop schema "{row["nspname"]}" cascade' for row in schemas]
        self.execute([*drops, "create schema public"])
