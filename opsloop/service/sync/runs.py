"""One monitor's runs, applied in their order, each in chunks that hold the store only briefly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.diff import EventRow, Run
from opsloop.service.placing import facts_of
from opsloop.service.sync import collector, timers
from opsloop.service.sync.apply import Chunk, opening_values
from opsloop.service.sync.known import Known, Pass
from opsloop.store import Store, sync_state
from opsloop.store.batch import Batch
from opsloop.store.sync_state import Cursor
from opsloop.types import Action, Change, Kind
from opsloop.warehouse import MonitorRun, Warehouse

if TYPE_CHECKING:
    from opsloop.store.engine import Connection

HOLD_S = 0.25  # the longest that a chunk should keep other writers waiting
FIRST_CHUNK = 500
LARGEST_CHUNK = 5_000


class Applier:
    """Applies a monitor's changes to the store.

    Args:
        context: the monitor and what is the same for the whole sync.
        kinds: every monitor's kind, for what may be inside an incident.
    """

    def __init__(
        self,
        store: Store,
        warehouse: Warehouse,
        context: Pass,
        now: Callable[[], datetime],
        kinds: Mapping[str, Kind],
    ) -> None:
        self.store = store
        self.warehouse = warehouse
        self.context = context
        self.monitor = context.monitor
        self.now = now
        self.kinds = dict(kinds)
        self._chunk = FIRST_CHUNK

    def apply_since(self, complete: Sequence[MonitorRun], cursor: Cursor) -> Cursor | None:
        """Apply what changed since the cursor; returns it moved, or None if nothing is new."""
        last = complete[-1]
        after = cursor.applied_run
        deferred = cursor.deferred_run
        if deferred is not None and self.context.last_good_run > deferred:
            # read again from there on, which is harmless; the cursor goes back with it, so that a
            # kill on the way forgets nothing
            earlier = [run.number for run in complete if run.number < deferred]
            after = min(after, max(earlier, default=0))
            cursor = replace(cursor, deferred_run=None, applied_run=after, part_run=None)
        if after >= last.number:
            return None
        return self._apply(complete, cursor, after)

    def compare_everything(self, complete: Sequence[MonitorRun], cursor: Cursor | None) -> Cursor:
        """Apply every row of the table, and flag the events that have none any more."""
        last = complete[-1]
        fresh = Cursor(
            monitor_id=self.monitor.id,
            generation=last.generation or "",
            first_run=cursor.first_run if cursor else 0,
            applied_run=0,
            synced_at=self.now(),
        )
        if cursor is not None:
            self._flag_missing()
        else:
            fresh = replace(fresh, first_run=self._first_run(complete))
        return self._apply(complete, fresh, 0)

    def _first_run(self, complete: Sequence[MonitorRun]) -> int:
        counts = self.warehouse.changes_per_run(self.monitor, 0, complete[-1].number)
        return min(counts, default=complete[-1].number)

    def _apply(self, complete: Sequence[MonitorRun], cursor: Cursor, after: int) -> Cursor:
        last = complete[-1]
        runs = {run.number: run for run in complete}
        counts = self.warehouse.changes_per_run(self.monitor, after, last.number)
        for number, rows in sorted(counts.items()):
            found = runs.get(number)
            run = Run(
                number,
                found.as_of if found else last.as_of,
                found is not None and found.status == "held",
            )
            cursor = self._apply_run(run, rows, cursor)
            timers.settle(self.store, self.now, self.context, self.kinds)
        return replace(cursor, applied_run=last.number, synced_at=self.now())

    def release_suppressed(self, run: Run, cursor: Cursor) -> None:
        """Treat as new what still fires although its mute or acceptance has ended.

        Args:
            run: the last complete one; it is what says that they still fire.
        """
        ends = timers.ended_suppressions(self.store, self.context, run.as_of)
        if not ends:
            return
        limit = self._limit(run, cursor)
        if cursor.flood_run != run.number and self._releases_flood(run, ends, limit):
            cursor = self._open_flood(run, limit, cursor)
        for part in sync_state.slices(sorted(ends)):
            with self.store.batch(self.now()) as batch:
                rows = _firing_rows(batch.connection, part)
                Chunk(batch, self.context, run, rows, _flood_of(run, cursor)).release(ends)

    def _apply_run(self, run: Run, rows: int, cursor: Cursor) -> Cursor:
        resumed = cursor.part_run == run.number
        if not resumed:
            cursor = replace(cursor, part_run=None, part_event_id=None)
        flood_id = _flood_of(run, cursor)
        limit = self._limit(run, cursor)
        # a run that was begun without being a flood stays none
        if flood_id is None and not resumed and rows > limit and self._is_flood(run, limit):
            cursor = self._open_flood(run, limit, cursor)
            flood_id = cursor.flood_incident_id
        for part in self._chunks(run, cursor.part_event_id):
            cursor = self._apply_chunk(run, part, cursor, flood_id)
        return replace(cursor, applied_run=max(run.number, cursor.applied_run), part_run=None)

    def _apply_chunk(
        self, run: Run, rows: Sequence[EventRow], cursor: Cursor, flood_id: int | None
    ) -> Cursor:
        started = time.monotonic()
        with collector.at_rest(), self.store.batch(self.now()) as batch:
            chunk = Chunk(batch, self.context, run, rows, flood_id)
            chunk.apply()
            cursor = replace(
                cursor,
                part_run=run.number,
                part_event_id=rows[-1].event_id,
                synced_at=batch.now,
                deferred_run=_earliest(cursor.deferred_run, run)
                if chunk.deferred
                else (cursor.deferred_run),
            )
            sync_state.write_cursor(batch.connection, cursor)
        self.context.report.events += len(rows)
        self._pace(len(rows), time.monotonic() - started)
        return cursor

    def _chunks(self, run: Run, after_event_id: str | None) -> Iterator[list[EventRow]]:
        """Yield the run's rows in chunks of the size that holds the store about HOLD_S."""
        waiting: list[EventRow] = []
        for page in self.warehouse.changed_rows(self.monitor, run.number, after_event_id):
            waiting.extend(page)
            while len(waiting) >= self._chunk:
                part, waiting = waiting[: self._chunk], waiting[self._chunk :]
                yield part
        if waiting:
            yield waiting

    def _pace(self, rows: int, seconds: float) -> None:
        if rows >= self._chunk and seconds > 0:
            fitting = int(rows * HOLD_S / seconds * 0.8)
            self._chunk = max(100, min(LARGEST_CHUNK, fitting))

    def _limit(self, run: Run, cursor: Cursor) -> int:
        if run.number == cursor.first_run:
            return min(self.monitor.max_new_incidents_first_run, self.monitor.max_new_incidents)
        return self.monitor.max_new_incidents

    def _is_flood(self, run: Run, limit: int) -> bool:
        """Return whether the whole run needs more new keys than the monitor may open incidents."""
        keys: set[str] = set()
        for page in self.warehouse.changed_rows(self.monitor, run.number, None):
            with self.store.engines.read() as connection:
                keys |= Known(connection, self.context, run, page).new_keys()
            if len(keys) > limit:
                return True
        return False

    def _open_flood(self, run: Run, limit: int, cursor: Cursor) -> Cursor:
        """Open the incident that will hold the run's events, before the first of them.

        One that a killed sync opened and that no event has joined is taken instead.
        """
        with self.store.batch(self.now()) as batch:
            number = _empty_flood(batch.connection, cursor) or self._new_flood(batch, limit)
            cursor = replace(cursor, flood_run=run.number, flood_incident_id=number)
            sync_state.write_cursor(batch.connection, cursor)
        self.context.report.floods.append(number)
        return cursor

    def _new_flood(self, batch: Batch, limit: int) -> int:
        monitor = self.monitor
        number = batch.new_incident_ids()[0]
        facts = facts_of(
            self.context.config,
            batch.now,
            owner=monitor.owner,
            monitor=monitor.id,
            severity=monitor.severity,
            class_=monitor.class_,
        )
        placed = self.context.placer(batch.connection).place(facts)
        after = opening_values(monitor, placed, batch.now, is_flood=True)
        change = Change(
            Action.OPENED,
            batch.now,
            {**after, "events_total": 0, "events_firing": 0, **self._severity()},
            {"rule_id": "13"},
            text=f"Flood of {monitor.name}: more than {limit} at once",
            payload={"placed": placed.why},
        )
        batch.open(number, change, self.context.actor)
        return number

    def _releases_flood(self, run: Run, ends: Mapping[str, datetime], limit: int) -> bool:
        keys: set[str] = set()
        if len(ends) <= limit:
            return False
        with self.store.engines.read() as connection:
            for part in sync_state.slices(sorted(ends)):
                rows = _firing_rows(connection, part)
                keys |= Known(connection, self.context, run, rows).new_keys(ends)
        return len(keys) > limit

    def _severity(self) -> dict[str, object]:
        severity = self.monitor.severity
        return {"severity": severity, "priority": self.context.config.priority_of(severity)}

    def _flag_missing(self) -> None:
        with self.store.engines.read() as connection:
            parts = list(sync_state.firing_event_ids(connection, self.monitor.id))
        for part in parts:
            gone = self.warehouse.missing(self.monitor, part)
            if gone:
                timers.flag_lost_evidence(self.store, self.now(), self.context, gone)


def _firing_rows(connection: Connection, event_ids: Sequence[str]) -> list[EventRow]:
    """Return events as they were last applied, save what has cleared meanwhile."""
    snapshots = sync_state.snapshots(connection, event_ids).values()
    return [timers.row_of(seen) for seen in snapshots if seen.event.firing]


def _flood_of(run: Run, cursor: Cursor) -> int | None:
    return cursor.flood_incident_id if cursor.flood_run == run.number else None


def _empty_flood(connection: Connection, cursor: Cursor) -> int | None:
    numbers = [cursor.flood_incident_id] if cursor.flood_incident_id else []
    for incident in sync_state.incidents_by_id(connection, numbers).values():
        if incident.events_total == 0 and incident.state.is_open:
            return incident.incident_id
    return None


def _earliest(deferred: int | None, run: Run) -> int:
    return run.number if deferred is None else min(deferred, run.number)
