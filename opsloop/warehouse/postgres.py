"""The warehouse on Postgres."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.numeric import FloatLoader

from opsloop.diff import EventRow
from opsloop.errors import WarehouseError
from opsloop.types import Monitor, Relation
from opsloop.warehouse import (
    EVENT_COLUMNS,
    MIRROR_TABLES,
    MonitorRun,
    Reject,
    event_columns_sql,
    event_rows,
    explained,
    qualified,
    quoted,
    rejects_sql,
    runs_sql,
)
from opsloop.warehouse.duckdb import PAGE, runs_by_monitor
from opsloop.warehouse.profile import Target

if TYPE_CHECKING:
    import pyarrow as pa


# what a dbt profile says of the connection, in libpq's own words
_PASSED_ON = ("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout")


class PostgresWarehouse:
    """Implements `opsloop.warehouse.Warehouse`."""

    def __init__(self, target: Target) -> None:
        self.schema = target.schema
        settings = target.settings
        try:
            self.connection = psycopg.connect(
                host=settings.get("host"),
                port=int(settings.get("port") or 5432),
                user=settings.get("user"),
                password=settings.get("password") or settings.get("pass"),
                dbname=settings.get("dbname") or settings.get("database"),
                autocommit=True,
                **{key: settings[key] for key in _PASSED_ON if settings.get(key)},
            )
            if role := settings.get("role"):
                self.connection.execute(f"set role {quoted(str(role))}")
            # figures are doubles wherever they are read, and decimals have no type of their own
            self.connection.adapters.register_loader("numeric", FloatLoader)
        except psycopg.Error as error:
            where = f"{settings.get('host')}:{settings.get('port')}"
            raise WarehouseError(
                f"The warehouse at {where} does not answer: {str(error).strip()}.",
                "Check that the server runs and what the dbt profile says of it.",
            ) from error

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def runs(self, since: Mapping[str, int] | None = None) -> dict[str, list[MonitorRun]]:
        """Return every monitor's runs, oldest first; of those in `since`, the latest."""
        relation = Relation(self.schema, "monitor_runs")
        if not self.has_table(relation):
            return {}
        since = since or {}
        return runs_by_monitor(
            self._all(runs_sql(relation, "%s"), [list(since), list(since.values())])
        )

    def rejects(self, monitor_id: str, run: int) -> list[Reject]:
        """Return what a run of a monitor set aside, the most frequent reason first."""
        relation = Relation(self.schema, "monitor_rejects")
        rows = self._all(rejects_sql(relation, "%s"), [monitor_id, run])
        return [Reject(*row) for row in rows]

    def has_table(self, relation: Relation) -> bool:
        """Return whether a table exists."""
        return bool(
            self._all(
                """select 1 from information_schema.tables
                where table_schema = %s and table_name = %s""",
                [relation.schema, relation.identifier],
            )
        )

    def changes_per_run(self, monitor: Monitor, after: int, through: int) -> dict[int, int]:
        """Return run number → ripe rows it changed last."""
        rows = self._all(
            f"""select changed_run, count(*) from {qualified(monitor.relation)}
            where changed_run > %s and changed_run <= %s and ripened_at is not null
            group by changed_run order by changed_run""",
            [after, through],
        )
        return {row[0]: row[1] for row in rows}

    def changed_rows(
        self, monitor: Monitor, run: int, after_event_id: str | None
    ) -> Iterator[list[EventRow]]:
        """Yield the ripe rows of a run in pages, by event_id."""
        columns = event_columns_sql(monitor, self._evidence_sql(monitor), "text")
        columns = columns.replace("%", "%%")  # a column may be called "share_%"
        statement = f"""select {columns} from {qualified(monitor.relation)}
            where changed_run = %s and ripened_at is not null and event_id collate "C" > %s
            order by event_id collate "C" """
        with self.connection.transaction(), self.connection.cursor("changed_rows") as cursor:
            with explained(psycopg.Error):
                cursor.execute(statement, [run, after_event_id or ""])
            while rows := cursor.fetchmany(PAGE):
                yield event_rows(rows, monitor)

    def missing(self, monitor: Monitor, event_ids: Sequence[str]) -> set[str]:
        """Return which of these events have no row any more."""
        if not self.has_table(monitor.relation):
            return set(event_ids)
        rows = self._all(
            f"""select asked.event_id from unnest(%s::text[]) as asked (event_id)
            where not exists (
                select 1 from {qualified(monitor.relation)} as held
                where held.event_id = asked.event_id
            )""",
            [list(event_ids)],
        )
        return {row[0] for row in rows}

    def mirror_position(self) -> dict[str, tuple[int, str | None]]:
        """Return, for each mirrored log, its last seq and log_id."""
        found: dict[str, tuple[int, str | None]] = {}
        for name in MIRROR_TABLES:
            rows = self._all(f"select seq, log_id from {self._own(name)} order by seq desc limit 1")
            found[name] = (rows[0][0], rows[0][1]) if rows else (0, None)
        return found

    def append_to_mirror(
        self, rows: Mapping[str, Iterable[pa.Table]], *, replace: bool
    ) -> dict[str, int]:
        """Append to the mirrored logs in one transaction."""
        with explained(psycopg.Error), self.connection.transaction():
            return {name: self._append(name, pages, replace) for name, pages in rows.items()}

    def tables(self, prefixes: tuple[str, ...]) -> list[str]:
        """Return the names of the schema's tables and views that begin so."""
        rows = self._all(
            "select table_name from information_schema.tables where table_schema = %s order by 1",
            [self.schema],
        )
        return [row[0] for row in rows if row[0].startswith(prefixes)]

    def table(self, name: str) -> pa.Table:
        """Return a whole table of the schema."""
        import pyarrow as pa

        with explained(psycopg.Error), self.connection.cursor() as cursor:
            cursor.execute(f"select * from {self._own(name)}")
            described = cursor.description or ()
            rows = cursor.fetchall()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(described)
        # typed by what the server says: a column of nulls alone says nothing of itself
        return pa.table(
            {
                column.name: pa.array(values, type=_arrow_type(column.type_code))
                for column, values in zip(described, columns, strict=True)
            }
        )

    def _append(self, name: str, pages: Iterable[pa.Table], replace: bool) -> int:
        written = 0
        if replace:
            self.connection.execute(f"delete from {self._own(name)}")
        for page in pages:
            columns = ", ".join(quoted(column) for column in page.column_names)
            with (
                self.connection.cursor() as cursor,
                cursor.copy(f"copy {self._own(name)} ({columns}) from stdin") as copy,
            ):
                for row in zip(
                    *(page.column(i).to_pylist() for i in range(page.num_columns)), strict=True
                ):
                    copy.write_row(row)
            written += page.num_rows
        return written

    def _evidence_sql(self, monitor: Monitor) -> str:
        rows = self._all(
            """select column_name from information_schema.columns
            where table_schema = %s and table_name = %s order by ordinal_position""",
            [monitor.relation.schema, monitor.relation.identifier],
        )
        names = [row[0] for row in rows if row[0] not in EVENT_COLUMNS]
        if not names:
            return "'{}'"
        columns = ", ".join(quoted(name) for name in names)
        return f"(select row_to_json(evidence)::text from (select {columns}) as evidence)"

    def _own(self, name: str) -> str:
        return qualified(Relation(self.schema, name))

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with explained(psycopg.Error), self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()


def _arrow_type(type_code: int) -> Any:
    """Return the Arrow type for a Postgres type; None = as the values are."""
    import pyarrow as pa

    found = psycopg.adapters.types.get(type_code)
    types = {
        "bool": pa.bool_(),
        "int2": pa.int16(),
        "int4": pa.int32(),
        "int8": pa.int64(),
        "float4": pa.float32(),
        "float8": pa.float64(),
        "numeric": pa.float64(),
        "text": pa.string(),
        "varchar": pa.string(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", tz="UTC"),
    }
    return types.get(found.name) if found else None
