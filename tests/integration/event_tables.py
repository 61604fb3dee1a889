"""Event tables as the monitor materialization leaves them, without dbt (it has its own tests).

A `World` holds an incident store, a warehouse with `monitor_runs`, and event tables. Each `run`
says what fires now; the event table follows: episodes, clears, run numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from opsloop.config import Config, Team
from opsloop.config.roles import RoleSettings
from opsloop.service import Service
from opsloop.service.sync import SyncReport, sync
from opsloop.store import Store
from opsloop.types import Actor, ActorKind, Event, Incident, Kind, Monitor, Relation, Severity
from opsloop.warehouse import opened
from opsloop.warehouse.profile import Target

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ADA = Actor(ActorKind.PERSON, "ada.moreno", "app")
BO = Actor(ActorKind.PERSON, "bo.larsen", "cli")
CY = Actor(ActorKind.PERSON, "cy.ruiz", "app")

CONFIG = Config(
    teams={
        "maintainers": Team(name="maintainers"),
        "shipping": Team(name="shipping", lead="ada.moreno", members=("ada.moreno", "bo.larsen")),
        "care": Team(name="care", members=("cy.ruiz",)),
    },
    maintainers="maintainers",
    people=frozenset({"ada.moreno", "bo.larsen", "cy.ruiz"}),
)
ROLES = CONFIG.model_copy(update={"roles": RoleSettings()})

Statement = tuple[str, Sequence[Sequence[Any]] | None]  # with the rows that it is run for

EVENT_TABLE = """
create table {table} (
    event_id text, entity_id text, {event_key} episode bigint, occurred_at timestamp,
    region text, note text, severity text, owner text, impact double precision,
    first_seen_at timestamp, ripened_at timestamp, absent_since timestamp, last_seen_at timestamp,
    runs_seen bigint, cleared_at timestamp, cleared_reason text, changed_at timestamp,
    changed_run bigint
)"""

MONITOR_RUNS = """
create table if not exists monitor_runs (
    monitor_id text, generation text, run_number bigint, as_of timestamp, started_at timestamp,
    completed_at timestamp, status text, reason text, message text, firing_rows bigint,
    appeared bigint, changed bigint, cleared bigint, population bigint, rejected_rows bigint,
    data_updated_at timestamp, checksum text, invocation_id text
)"""

MONITOR_REJECTS = """
create table if not exists monitor_rejects (
    monitor_id text, run_number bigint, as_of timestamp, reason text, entity_id text,
    row_count bigint, sample text
)"""


def hour(number: float) -> datetime:
    """Return a moment of the tests' Monday."""
    return MONDAY + timedelta(hours=number)


def late_orders(**values: Any) -> Monitor:
    """Return a monitor of kind state."""
    name = values.pop("id", "mon_late_orders")
    settings: dict[str, Any] = {
        "id": name,
        "name": name,
        "kind": Kind.STATE,
        "entity": "order",
        "owner": "shipping",
        "severity": Severity.MEDIUM,
        "title": "Order {entity_id} is late",
        "relation": Relation("main", name),
        "impact_unit": "euro",
    }
    return Monitor(**{**settings, **values})


@dataclass(frozen=True)
class Firing:
    """What the SELECT says of an entity at a run."""

    impact: float | None = None
    severity: str | None = None
    owner: str | None = None
    region: str | None = None
    note: str | None = None
    occurred_at: datetime | None = None


class DuckDBFile:
    """A warehouse in a file; open only while something is written."""

    schema = "main"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.target = Target("test", "duckdb", "main", {"path": str(path)})

    def execute(self, statements: Iterable[Statement]) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("begin")
            for sql, rows in statements:
                if rows is None:
                    connection.execute(sql)
                elif rows:
                    connection.executemany(sql, rows)
            connection.execute("commit")


class PostgresDatabase:
    """A warehouse on a real server."""

    schema = "public"

    def __init__(self, url: str) -> None:
        self.url = url
        parts = psycopg.conninfo.conninfo_to_dict(url)
        self.target = Target("test", "postgres", "public", parts)

    def execute(self, statements: Iterable[Statement]) -> None:
        with psycopg.connect(self.url) as connection, connection.cursor() as cursor:
            for sql, rows in statements:
                if rows is None:
                    cursor.execute(sql)
                elif rows:
                    cursor.executemany(sql.replace("?", "%s"), rows)


@dataclass
class EventTable:
    """One monitor's event table, in memory as it is in the warehouse."""

    monitor: Monitor
    generation: str = "g1"
    number: int = 0
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, as_of: datetime, firing: Mapping[str, Firing], **how: Any) -> list[str]:
        """Bring the rows up to date with what fires; returns the ids of those that changed."""
        self.number += 1
        pending = set(how.get("pending", ()))
        changed = [
            event_id
            for entity, what in firing.items()
            if (event_id := self._fire(entity, what, as_of, entity in pending))
        ]
        if self.monitor.kind is not Kind.EVENT:
            gone = [
                row
                for row in self.rows.values()
                if row["cleared_at"] is None and row["entity_id"] not in firing
            ]
            for row in gone:
                reason = "rule_changed" if how.get("rule_changed") else "condition_cleared"
                row.update(cleared_at=as_of, cleared_reason=reason)
                changed.append(row["event_id"])
        for event_id in changed:
            self.rows[event_id].update(changed_at=as_of, changed_run=self.number)
        return changed

    def _fire(self, entity: str, what: Firing, as_of: datetime, unripe: bool) -> str | None:
        mine = [row for row in self.rows.values() if row["entity_id"] == entity]
        present = next((row for row in mine if row["cleared_at"] is None), None)
        values = {
            "region": what.region,
            "note": what.note,
            "severity": what.severity,
            "owner": what.owner,
            "impact": what.impact,
            "ripened_at": None if unripe else as_of,
        }
        if present is None:
            episode = len(mine) + 1
            event_id = event_id_of(self.monitor.id, entity, episode)
            self.rows[event_id] = {
                "event_id": event_id,
                "entity_id": entity,
                "event_key": entity,
                "episode": episode,
                "occurred_at": what.occurred_at or as_of,
                "first_seen_at": as_of,
                "cleared_at": None,
                "cleared_reason": None,
                **values,
            }
            return event_id
        if present["ripened_at"] is not None:
            values["ripened_at"] = present["ripened_at"]
        if all(present[name] == value for name, value in values.items()):
            return None
        present.update(values)
        return str(present["event_id"])


def event_id_of(monitor_id: str, entity: str, episode: int = 1) -> str:
    """Return an id that looks like the materialization's."""
    text = f"{monitor_id}|{entity}|{episode}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class World:
    """A store, a warehouse and some monitors. Times are hours of the tests' Monday."""

    def __init__(
        self, store: Store, warehouse: DuckDBFile | PostgresDatabase, *monitors: Monitor
    ) -> None:
        self.store = store
        self.warehouse = warehouse
        self.config = CONFIG
        self.clock = MONDAY
        self.tables: dict[str, EventTable] = {}
        added = [self._added(monitor) for monitor in monitors or (late_orders(),)]
        warehouse.execute([(MONITOR_RUNS, None), (MONITOR_REJECTS, None), *added])

    def add(self, monitor: Monitor) -> None:
        """Give a monitor an empty event table."""
        self.warehouse.execute([self._added(monitor)])

    def _added(self, monitor: Monitor) -> Statement:
        relation = replace(monitor.relation, schema=self.warehouse.schema)
        monitor = replace(monitor, relation=relation)
        self.tables[monitor.id] = EventTable(monitor)
        key = "event_key text," if monitor.kind is Kind.EVENT else ""
        return EVENT_TABLE.format(table=relation.identifier, event_key=key), None

    def redefine(self, monitor: Monitor) -> None:
        """Change a monitor's definition; its event table stays."""
        table = self.tables[monitor.id]
        table.monitor = replace(monitor, relation=table.monitor.relation)

    @property
    def monitors(self) -> list[Monitor]:
        return [table.monitor for table in self.tables.values()]

    @property
    def service(self) -> Service:
        return Service(self.store, self.config, lambda: self.clock)

    def run(
        self,
        at: float,
        firing: Mapping[str, Firing | float | None] | Iterable[str] = (),
        *,
        monitor: str | None = None,
        status: str = "ok",
        reason: str | None = None,
        rejected: int = 0,
        **how: Any,
    ) -> None:
        """Let a monitor run: what is not named does not fire."""
        table = self._table(monitor)
        named = firing if isinstance(firing, Mapping) else dict.fromkeys(firing)
        wanted = {
            entity: what if isinstance(what, Firing) else Firing(impact=what)
            for entity, what in named.items()
        }
        changed = table.apply(hour(at), wanted, **how)
        run = self._run_row(table, at, status, reason, rejected=rejected)
        self.warehouse.execute([*self._row_statements(table, changed), run])
        if rejected:
            self.warehouse.execute([self._reject_row(table, at, rejected)])

    def fail(self, at: float, *, monitor: str | None = None, message: str = "boom") -> None:
        """Let a run fail: it changes nothing."""
        self._table(monitor).number += 1
        self.record_run(at, status="error", message=message, monitor=monitor)

    def write_rows(self, at: float, firing: Iterable[str], monitor: str | None = None) -> None:
        """Let a run write its event rows, and not yet say that it is complete."""
        table = self._table(monitor)
        self._write(table, table.apply(hour(at), {entity: Firing() for entity in firing}))

    def record_run(
        self,
        at: float,
        *,
        status: str = "ok",
        message: str | None = None,
        monitor: str | None = None,
    ) -> None:
        """Write the row of monitor_runs alone."""
        run = self._run_row(self._table(monitor), at, status, None, message)
        self.warehouse.execute([run])

    def _run_row(
        self,
        table: EventTable,
        at: float,
        status: str,
        reason: str | None,
        message: str | None = None,
        rejected: int | None = None,
    ) -> Statement:
        as_of = naive(hour(at))
        row = (
            table.monitor.id, table.generation, table.number, as_of, as_of, as_of, status, reason,
            message, rejected,
        )  # fmt: skip
        return (
            """insert into monitor_runs (monitor_id, generation, run_number, as_of, started_at,
            completed_at, status, reason, message, rejected_rows)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [row],
        )

    def _reject_row(self, table: EventTable, at: float, count: int) -> Statement:
        sample = '{"order_id": null}'
        row = (table.monitor.id, table.number, naive(hour(at)), "null_entity_id", count, sample)
        return (
            """insert into monitor_rejects (monitor_id, run_number, as_of, reason, row_count,
            sample) values (?, ?, ?, ?, ?, ?)""",
            [row],
        )

    def touch_rows(self, monitor: str | None = None, **values: Any) -> None:
        """Change every row by hand, as the present run's change."""
        table = self._table(monitor)
        for row in table.rows.values():
            row.update(values, changed_run=table.number)
        self._write(table, list(table.rows))

    def lose(self, *entities: str, monitor: str | None = None) -> list[dict[str, Any]]:
        """Delete rows from the event table; returns them."""
        table = self._table(monitor)
        gone = [row for row in table.rows.values() if row["entity_id"] in entities]
        for row in gone:
            del table.rows[row["event_id"]]
        self._write(table, [row["event_id"] for row in gone])
        return gone

    def rebuild(self, rows: Iterable[dict[str, Any]] = (), monitor: str | None = None) -> None:
        """Give the event table a new generation, with these rows beside those it has."""
        table = self._table(monitor)
        table.generation += "+"
        for row in rows:
            table.rows[row["event_id"]] = {**row, "changed_run": table.number}
        self._write(table, [row["event_id"] for row in rows])

    def sync(self, at: float, **how: Any) -> SyncReport:
        """Sync at an hour of the day; the store verifies after it."""
        report = self.sync_unverified(at, **how)
        assert self.store.verify().faults == ()
        return report

    def sync_unverified(self, at: float, **how: Any) -> SyncReport:
        """Sync at an hour of the day."""
        self.clock = hour(at)
        with opened(self.warehouse.target) as warehouse:
            return sync(
                self.store,
                warehouse,
                how.pop("monitors", self.monitors),
                self.config,
                now=lambda: self.clock,
                **how,
            )

    def incident(self, number: int = 1) -> Incident:
        return self.store.detail(number).incident

    def incident_of(self, entity: str) -> Incident:
        """Return the only incident of an entity."""
        (found,) = (one for one in self.incidents() if one.entity_id == entity)
        return found

    def incidents(self) -> list[Incident]:
        """Return every incident, by number."""
        from opsloop.types import QueueFilter

        found = self.store.queue(QueueFilter(states=None, limit=100_000))
        return sorted((item.incident for item in found), key=lambda one: one.incident_id)

    def actions(self, number: int = 1) -> list[tuple[str, str | None]]:
        """Return an incident's log as (action, row of the decision table)."""
        return [
            (str(row.action), row.subject.get("rule_id")) for row in self.store.detail(number).log
        ]

    def event(self, entity: str, episode: int = 1, monitor: str | None = None) -> Event:
        """Return an event as the store has it."""
        from opsloop.store import sync_state

        event_id = event_id_of(self._table(monitor).monitor.id, entity, episode)
        with self.store.engines.read() as connection:
            return sync_state.snapshots(connection, [event_id])[event_id].event

    def _table(self, monitor: str | None) -> EventTable:
        return self.tables[monitor] if monitor else next(iter(self.tables.values()))

    def _write(self, table: EventTable, event_ids: Sequence[str]) -> None:
        self.warehouse.execute(self._row_statements(table, event_ids))

    def _row_statements(self, table: EventTable, event_ids: Sequence[str]) -> list[Statement]:
        name = table.monitor.relation.identifier
        rows = [table.rows[one] for one in event_ids if one in table.rows]
        columns = [
            "event_id", "entity_id", "episode", "occurred_at", "region", "note", "severity",
            "owner", "impact", "first_seen_at", "ripened_at", "cleared_at", "cleared_reason",
            "changed_at", "changed_run",
        ]  # fmt: skip
        if table.monitor.kind is Kind.EVENT:
            columns.append("event_key")
        places = ", ".join("?" * len(columns))
        values = [[naive(row[column]) for column in columns] for row in rows]
        return [
            (f"delete from {name} where event_id = ?", [[one] for one in event_ids]),
            (f"insert into {name} ({', '.join(columns)}) values ({places})", values),
        ]


def naive(value: Any) -> Any:
    """Return a moment as the warehouse keeps it; anything else as it is."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
