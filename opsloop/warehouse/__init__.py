"""The warehouse as sync, mirror and publish see it: one protocol, one small module per engine.

The app never opens it; it reads the serving copy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from opsloop.diff import EventRow
from opsloop.errors import WarehouseError
from opsloop.types import Monitor, Relation
from opsloop.warehouse.profile import Target

if TYPE_CHECKING:
    import pyarrow as pa

# The event table's own columns; every other column is evidence.
EVENT_COLUMNS = (
    "event_id",
    "entity_id",
    "event_key",
    "episode",
    "occurred_at",
    "severity",
    "owner",
    "impact",
    "first_seen_at",
    "ripened_at",
    "absent_since",
    "last_seen_at",
    "runs_seen",
    "cleared_at",
    "cleared_reason",
    "changed_at",
    "changed_run",
)

MIRROR_TABLES = ("incident_log", "incident_event_log")
STORES_OWN = "store_info"  # a table that the store has and its mirror has not


@dataclass(frozen=True, slots=True)
class MonitorRun:
    """A row of `monitor_runs`. Times are UTC."""

    monitor_id: str
    generation: str | None
    number: int
    as_of: datetime
    completed_at: datetime | None
    status: str  # ok, held, error, skipped
    reason: str | None
    message: str | None
    firing_rows: int | None
    population: int | None
    rejected_rows: int | None

    @property
    def is_complete(self) -> bool:
        """Whether the event table holds this run's changes."""
        return self.status in ("ok", "held")


@dataclass(frozen=True, slots=True)
class Reject:
    """Rows that a run set aside for one reason; `sample` is one of them as JSON."""

    reason: str
    rows: int
    sample: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a monitor's changes: after `run`, or within it after `event_id`."""

    run: int
    event_id: str | None = None


class Warehouse(Protocol):
    """What opsloop needs of a warehouse; everything stands in the target's schema."""

    schema: str

    def close(self) -> None:
        """Let go of the connection."""

    def runs(self, since: Mapping[str, int] | None = None) -> dict[str, list[MonitorRun]]:
        """Return every monitor's runs, oldest first; empty before the first build.

        Args:
            since: monitor id → run number, since the table grows for ever. Of these monitors: the
                last complete run up to that one and all after it, and never less than the present
                spell of trouble with the good run before it.
        """

    def rejects(self, monitor_id: str, run: int) -> list[Reject]:
        """Return what a run of a monitor set aside, the most frequent reason first."""

    def has_table(self, relation: Relation) -> bool:
        """Return whether a table exists."""

    def changes_per_run(self, monitor: Monitor, after: int, through: int) -> dict[int, int]:
        """Return run number → how many ripe event rows it changed last, for runs with any."""

    def changed_rows(
        self, monitor: Monitor, run: int, after_event_id: str | None
    ) -> Iterator[list[EventRow]]:
        """Yield the ripe rows that a run changed last, by event_id, in pages."""

    def missing(self, monitor: Monitor, event_ids: Sequence[str]) -> set[str]:
        """Return which of these events have no row any more."""

    def mirror_position(self) -> dict[str, tuple[int, str | None]]:
        """Return, for each mirrored log, its last seq and that row's log_id; (0, None) if empty."""

    def append_to_mirror(
        self, rows: Mapping[str, Iterable[pa.Table]], *, replace: bool
    ) -> dict[str, int]:
        """Append to the mirror's tables in one transaction; returns rows written per table.

        Args:
            rows: per table, its new rows in pages.
            replace: they are all that the table will have.
        """

    def tables(self, prefixes: tuple[str, ...]) -> list[str]:
        """Return the names of the schema's tables and views that begin so, sorted."""

    def table(self, name: str) -> pa.Table:
        """Return a whole table of the schema."""


def open_warehouse(
    target: Target,
    *,
    read_only: bool = True,
    wait_s: float = 30.0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> Warehouse:
    """Open the warehouse that the dbt profile names.

    Args:
        target: the profile's output in use.
        read_only: several may read a DuckDB file at once, one may write, and not both.
        wait_s: how long to wait for a DuckDB file that another process holds.
        on_wait: told once who holds it, when that lasts longer than a moment.

    Raises:
        WarehouseLocked: it is held for longer; says by whom.
        WarehouseError: it does not exist or does not answer, or its engine is not supported.
    """
    if target.type == "duckdb":
        from opsloop.warehouse.duckdb import DuckDBWarehouse

        return DuckDBWarehouse(target, read_only=read_only, wait_s=wait_s, on_wait=on_wait)
    if target.type == "postgres":
        from opsloop.warehouse.postgres import PostgresWarehouse

        return PostgresWarehouse(target)
    raise WarehouseError(
        f"The dbt profile's target is of type {target.type!r}, which opsloop cannot read.",
        "Use duckdb or postgres.",
    )


def opened(
    target: Target,
    *,
    read_only: bool = True,
    wait_s: float = 30.0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> AbstractContextManager[Warehouse]:
    """Open the warehouse for a with block; as `open_warehouse`."""
    return closing(open_warehouse(target, read_only=read_only, wait_s=wait_s, on_wait=on_wait))


@contextmanager
def explained(errors: type[Exception]) -> Iterator[None]:
    """Turn a driver's errors into ours, in one line."""
    try:
        yield
    except errors as error:
        first_line = str(error).strip().partition("\n")[0] or type(error).__name__
        raise WarehouseError(f"The warehouse refused the operation: {first_line}") from error


def event_rows(rows: Iterable[tuple[Any, ...]], monitor: Monitor) -> list[EventRow]:
    """Return the records of rows as both engines select them (see `event_columns_sql`)."""
    by_entity = monitor.group_by == ("entity_id",)
    found = []
    for (
        event_id,
        entity_id,
        occurred_at,
        first_seen_at,
        cleared_at,
        cleared_reason,
        severity,
        owner,
        impact,
        changed_run,
        evidence,
        *group,
    ) in rows:
        key = [entity_id] if by_entity else group
        found.append(
            EventRow(
                event_id=event_id,
                entity_id=entity_id,
                occurred_at=occurred_at.replace(tzinfo=UTC),
                first_seen_at=first_seen_at.replace(tzinfo=UTC),
                cleared_at=cleared_at.replace(tzinfo=UTC) if cleared_at else None,
                cleared_reason=cleared_reason,
                severity=severity,
                owner=owner,
                # NaN and infinity are unknown: they could never be taken from a sum again
                impact=impact if impact is None or math.isfinite(impact) else None,
                evidence=evidence,
                changed_run=changed_run,
                group_key=json.dumps(key, ensure_ascii=False, separators=(",", ":")),
            )
        )
    return found


def require_mirror(warehouse: Warehouse, tables: Iterable[str]) -> None:
    """Raise WarehouseError, with the remedy, unless the mirror has these tables for itself."""
    if warehouse.has_table(Relation(warehouse.schema, STORES_OWN)):
        raise WarehouseError(
            f"The schema {warehouse.schema} holds the incident store itself: the mirror of its log "
            "would be written into it.",
            "Give dbt a schema of its own: OPSLOOP_SCHEMA, or `schema` in profiles.yml.",
        )
    for name in tables:
        if not warehouse.has_table(Relation(warehouse.schema, name)):
            raise WarehouseError(
                f"The warehouse has no table {name} for the mirror.",
                "Let dbt make it: `opsloop run`.",
            )


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def qualified(relation: Relation) -> str:
    """Return a table's name for SQL."""
    parts = (relation.database, relation.schema, relation.identifier)
    return ".".join(quoted(part) for part in parts if part)


def rejects_sql(relation: Relation, place: str) -> str:
    """Return the query of `Warehouse.rejects`; its values are the monitor's id and the run."""
    return f"""
    select reason, cast(sum(row_count) as bigint) as row_count, min(sample)
    from {qualified(relation)}
    where monitor_id = {place} and run_number = {place}
    group by reason
    order by row_count desc, reason"""


def runs_sql(relation: Relation, place: str) -> str:
    """Return the query of `Warehouse.runs`; its values are the ids and numbers of `since`.

    Args:
        place: how the driver writes a place for a value.
    """
    return f"""
    with since as (
        select
            unnest(cast({place} as text[])) as monitor_id,
            unnest(cast({place} as bigint[])) as run_number
    ),

    firsts as (
        select
            runs.monitor_id,
            least(
                coalesce(max(case
                    when runs.status in ('ok', 'held') and runs.run_number <= since.run_number
                        then runs.run_number
                end), 0),
                coalesce(max(case
                    when runs.status = 'ok' and coalesce(runs.rejected_rows, 0) = 0
                        then runs.run_number
                end), 0)
            ) as run_number
        from {qualified(relation)} as runs
        left join since on runs.monitor_id = since.monitor_id
        group by runs.monitor_id
    )

    select
        runs.monitor_id, runs.generation, runs.run_number, runs.as_of, runs.completed_at,
        runs.status, runs.reason, runs.message, runs.firing_rows, runs.population,
        runs.rejected_rows
    from {qualified(relation)} as runs
    inner join firsts
        on runs.monitor_id = firsts.monitor_id and runs.run_number >= firsts.run_number
    order by runs.monitor_id, runs.run_number"""


def event_columns_sql(monitor: Monitor, evidence_sql: str, text_type: str) -> str:
    """Return the select list that `event_rows` reads."""
    group = [] if monitor.group_by == ("entity_id",) else list(monitor.group_by)
    columns = [
        "event_id",
        "entity_id",
        "occurred_at",
        "first_seen_at",
        "cleared_at",
        "cleared_reason",
        "severity",
        "owner",
        "impact",
        "changed_run",
        evidence_sql,
        *(f"cast({quoted(column)} as {text_type})" for column in group),
    ]
    return ", ".join(columns)
