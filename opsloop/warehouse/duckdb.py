"""The warehouse on DuckDB: one file, one writing process at a time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from opsloop.diff import EventRow
from opsloop.errors import WarehouseError, WarehouseLocked
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
from opsloop.warehouse.profile import Target

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 2_000
_RETRY_S = 0.2
_MOMENT_S = 1.0
_LOCKED = "Could not set lock"  # DuckDB's words; its message names the path too


class DuckDBWarehouse:
    """Implements `opsloop.warehouse.Warehouse`."""

    def __init__(
        self,
        target: Target,
        *,
        read_only: bool,
        wait_s: float,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.schema = target.schema
        self.connection = connect(
            target.duckdb_path, read_only=read_only, wait_s=wait_s, on_wait=on_wait
        )

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def runs(self, since: Mapping[str, int] | None = None) -> dict[str, list[MonitorRun]]:
        """Return every monitor's runs, oldest first; of those in `since`, the latest."""
        relation = Relation(self.schema, "monitor_runs")
        if not self.has_table(relation):
            return {}
        since = since or {}
        return runs_by_monitor(
            self._all(runs_sql(relation, "?"), [list(since), list(since.values())])
        )

    def rejects(self, monitor_id: str, run: int) -> list[Reject]:
        """Return what a run of a monitor set aside, the most frequent reason first."""
        relation = Relation(self.schema, "monitor_rejects")
        rows = self._all(rejects_sql(relation, "?"), [monitor_id, run])
        return [Reject(*row) for row in rows]

    def has_table(self, relation: Relation) -> bool:
        """Return whether a table exists."""
        found = self._all(
            "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
            [relation.schema, relation.identifier],
        )
        return bool(found)

    def changes_per_run(self, monitor: Monitor, after: int, through: int) -> dict[int, int]:
        """Return run number → ripe rows it changed last."""
        rows = self._all(
            f"""select changed_run, count(*) from {_table(monitor)}
            where changed_run > ? and changed_run <= ? and ripened_at is not null
            group by changed_run order by changed_run""",
            [after, through],
        )
        return {row[0]: row[1] for row in rows}

    def changed_rows(
        self, monitor: Monitor, run: int, after_event_id: str | None
    ) -> Iterator[list[EventRow]]:
        """Yield the ripe rows of a run in pages, by event_id."""
        columns = event_columns_sql(monitor, self._evidence_sql(monitor), "varchar")
        cursor = self.connection.cursor()
        with explained(duckdb.Error):
            cursor.execute(
                f"""select {columns} from {_table(monitor)}
                where changed_run = ? and ripened_at is not null and event_id > ?
                order by event_id""",
                [run, after_event_id or ""],
            )
        while rows := cursor.fetchmany(PAGE):
            yield event_rows(rows, monitor)

    def missing(self, monitor: Monitor, event_ids: Sequence[str]) -> set[str]:
        """Return which of these events have no row any more."""
        if not self.has_table(monitor.relation):
            return set(event_ids)
        rows = self._all(
            f"""select asked.event_id from unnest(?) as asked (event_id)
            anti join {_table(monitor)} as held on held.event_id = asked.event_id""",
            [list(event_ids)],
        )
        return {row[0] for row in rows}

    def mirror_position(self) -> dict[str, tuple[int, str | None]]:
        """Return, for each mirrored log, its last seq and log_id."""
        found: dict[str, tuple[int, str | None]] = {}
        for name in MIRROR_TABLES:
            sql = f"select max(seq), max_by(log_id, seq) from {self._own(name)}"
            ((seq, log_id),) = self._all(sql)
            found[name] = (seq or 0, log_id)
        return found

    def append_to_mirror(
        self, rows: Mapping[str, Iterable[pa.Table]], *, replace: bool
    ) -> dict[str, int]:
        """Append to the mirrored logs in one transaction."""
        written: dict[str, int] = {}
        self.connection.execute("begin transaction")
        try:
            with explained(duckdb.Error):
                for name, pages in rows.items():
                    written[name] = self._append(name, pages, replace)
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")
        return written

    def tables(self, prefixes: tuple[str, ...]) -> list[str]:
        """Return the names of the schema's tables and views that begin so."""
        rows = self._all(
            "select table_name from information_schema.tables where table_schema = ? order by 1",
            [self.schema],
        )
        return [row[0] for row in rows if row[0].startswith(prefixes)]

    def table(self, name: str) -> pa.Table:
        """Return a whole table of the schema."""
        with explained(duckdb.Error):
            return self.connection.sql(f"select * from {self._own(name)}").to_arrow_table()

    def _append(self, name: str, pages: Iterable[pa.Table], replace: bool) -> int:
        written = 0
        if replace:
            self.connection.execute(f"delete from {self._own(name)}")
        for page in pages:
            self.connection.register("mirror_page", page)
            try:
                self.connection.execute(
                    f"insert into {self._own(name)} by name select * from mirror_page"
                )
            finally:
                self.connection.unregister("mirror_page")
            written += page.num_rows
        return written

    def _evidence_sql(self, monitor: Monitor) -> str:
        names = [
            row[0]
            for row in self._all(
                """select column_name from information_schema.columns
                where table_schema = ? and table_name = ? order by ordinal_position""",
                [monitor.relation.schema, monitor.relation.identifier],
            )
            if row[0] not in EVENT_COLUMNS
        ]
        if not names:
            return "'{}'"
        pairs = ", ".join(f"{_literal(name)}, {quoted(name)}" for name in names)
        return f"cast(json_object({pairs}) as varchar)"

    def _own(self, name: str) -> str:
        return qualified(Relation(self.schema, name))

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with explained(duckdb.Error):
            return list(self.connection.execute(statement, values).fetchall())


def connect(
    path: Path,
    *,
    read_only: bool,
    wait_s: float,
    on_wait: Callable[[str], None] = lambda _: None,
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, waiting for another process to let go of it.

    Args:
        on_wait: told once who holds it, when that lasts longer than a moment.

    Raises:
        WarehouseLocked: it did not within `wait_s` seconds; says who holds it.
        WarehouseError: there is no such file, or it is not a DuckDB database.
    """
    if read_only and not path.exists():
        raise WarehouseError(f"There is no warehouse at {path}.", "Build it first: `opsloop run`.")
    path.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    is_told = False
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.IOException as error:
            if _LOCKED not in str(error):
                raise WarehouseError(f"The warehouse {path} cannot be opened: {error}.") from error
            waited_s = time.monotonic() - started
            if waited_s >= _MOMENT_S and not is_told:
                is_told = True
                on_wait(holder_of(str(error)))
            if waited_s >= wait_s:
                raise WarehouseLocked(
                    f"The warehouse {path} is held by {holder_of(str(error))}, "
                    f"for longer than {wait_s:.0f} s.",
                    "Wait for it to end, or end it.",
                ) from error
        except duckdb.Error as error:
            raise WarehouseError(f"The warehouse {path} cannot be opened: {error}.") from error
        time.sleep(_RETRY_S)


def holder_of(message: str) -> str:
    """Return who holds the file, as DuckDB's message about the lock names it."""
    found = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    return f"{found[1]} (process {found[2]})" if found else "another process"


def runs_by_monitor(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[MonitorRun]]:
    """Return the records of rows of monitor_runs, by monitor."""
    found: dict[str, list[MonitorRun]] = {}
    for monitor_id, generation, number, as_of, completed_at, *rest in rows:
        run = MonitorRun(
            monitor_id,
            generation,
            number,
            as_of.replace(tzinfo=UTC),
            completed_at.replace(tzinfo=UTC) if completed_at else None,
            *rest,
        )
        found.setdefault(monitor_id, []).append(run)
    return found


def _table(monitor: Monitor) -> str:
    return qualified(monitor.relation)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
