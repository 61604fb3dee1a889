"""Sync: from event tables to incidents, by the decision table in `opsloop.diff`.

Every transaction leaves the store whole, and reading again is harmless: killed at any point, the
next sync goes on. One sync at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from opsloop.config import Config
from opsloop.diff import EventRow, Run, Snapshot
from opsloop.errors import SyncBusy, WarehouseError
from opsloop.service.attending import attend
from opsloop.service.sync import timers
from opsloop.service.sync.apply import Chunk
from opsloop.service.sync.health import (
    HEALTH_ID,
    cleared_row,
    described,
    health_monitor,
    trouble_rows,
    troubles_of,
)
from opsloop.service.sync.known import Pass
from opsloop.service.sync.report import MonitorTrouble, SyncReport
from opsloop.service.sync.runs import Applier
from opsloop.store import Store, held, sync_state
from opsloop.store.mutes import Mute, all_mutes
from opsloop.store.sync_state import Cursor
from opsloop.suppression import Suppressions, sources_first
from opsloop.types import Actor, ActorKind, Monitor
from opsloop.warehouse import MonitorRun, Warehouse

__all__ = ["SyncReport", "sync"]

_SYNC = Actor(ActorKind.SYNC, "sync", "sync")


def sync(
    store: Store,
    warehouse: Warehouse,
    monitors: Sequence[Monitor],
    config: Config,
    *,
    now: Callable[[], datetime],
    also_known: Sequence[str] = (),
    wait_s: float = 60.0,
    on_monitor: Callable[[str], None] = lambda _: None,
) -> SyncReport:
    """Bring the incidents up to date with the event tables.

    Args:
        monitors: those whose definition is sound.
        now: the clock.
        also_known: ids of monitors that exist but cannot be used; nothing of them is gone.
        wait_s: how long to wait for another sync to end.
        on_monitor: told each monitor's id when it is done.

    Raises:
        SyncBusy: another sync was at work for longer than `wait_s`.
        StoreError, WarehouseError: what was committed before stays; run it again.
    """
    with store.sync_lock(wait_s) as is_ours:
        if not is_ours:
            raise SyncBusy(
                f"Another sync is at work, for longer than {wait_s:.0f} s.",
                "It does what this one would; run again when it is done.",
            )
        return _Sync(store, warehouse, monitors, config, now).run(also_known, on_monitor)


class _Sync:
    def __init__(
        self,
        store: Store,
        warehouse: Warehouse,
        monitors: Sequence[Monitor],
        config: Config,
        now: Callable[[], datetime],
    ) -> None:
        self.store = store
        self.warehouse = warehouse
        by_id = {monitor.id: monitor for monitor in monitors}
        self.monitors = {
            name: by_id[name] for name in sources_first(by_id, config.inhibition_rules)
        }
        self.config = config
        self.now = now
        self.report = SyncReport()
        self.kinds = {monitor.id: monitor.kind for monitor in monitors}
        self.mutes: list[Mute] = []
        self.since: dict[str, int] = {}
        self.versions = store.versions()
        self.calendars = store.terms_in_force()
        self._moved: list[Cursor] = []

    def run(self, also_known: Sequence[str], on_monitor: Callable[[str], None]) -> SyncReport:
        with self.store.engines.read() as connection:
            cursors = sync_state.read_cursors(connection)
            self.mutes = all_mutes(connection)
        self.since = {cursor.monitor_id: _needed_from(cursor) for cursor in cursors.values()}
        runs = self.warehouse.runs(self.since)
        self.report.counts["woken"] = timers.wake_snoozed(self.store, self.now(), _SYNC)
        for monitor in self.monitors.values():
            try:
                self._sync_monitor(monitor, runs.get(monitor.id, []), cursors.get(monitor.id))
            except WarehouseError as error:
                self._tell_unread(monitor, error)
            on_monitor(monitor.id)
        self._keep_cursors()
        known = {*self.monitors, *also_known, HEALTH_ID}
        self._sync_health({name: runs[name] for name in runs if name in known})
        timers.flag_gone_monitors(self.store, self.now(), known, _SYNC, self.report)
        self.report.counts += attend(self.store, self.config, self.now())
        self.report.counts = +self.report.counts  # drop the zeros
        return self.report

    def _sync_monitor(
        self, monitor: Monitor, history: list[MonitorRun], cursor: Cursor | None
    ) -> None:
        complete = [run for run in history if run.is_complete]
        if not complete:
            return
        if not self.warehouse.has_table(monitor.relation):
            self.report.warn(
                f"Monitor {monitor.id} has runs but no event table: nothing of it was synced."
            )
            return
        self.report.monitors += 1
        last = complete[-1]
        good = [run for run in complete if run.status == "ok"]
        is_lost = cursor is not None and _is_lost(cursor, complete)
        if is_lost:
            complete = self._whole_history(monitor.id)
        context = self._pass(monitor, good[-1].number if good else 0, complete[0].as_of)
        applier = Applier(self.store, self.warehouse, context, self.now, self.kinds)
        timers.settle(self.store, self.now, context, self.kinds)
        if cursor is None or is_lost:
            cursor = applier.compare_everything(complete, cursor)
            self._moved.append(cursor)
        elif moved := applier.apply_since(complete, cursor):
            cursor = moved
            self._moved.append(cursor)
        applier.release_suppressed(Run(last.number, last.as_of, last.status == "held"), cursor)
        if good:
            timers.reopen_not_fixed(self.store, self.now(), context, good[-1].as_of)
        timers.settle(self.store, self.now, context, self.kinds, even_empty=True)

    def _pass(self, monitor: Monitor, last_good_run: int, since: datetime | None = None) -> Pass:
        """Return what is the same for the monitor's chunks.

        Args:
            since: the as_of of the earliest run that is looked at; None = any may be.
        """
        inhibitions = self.config.inhibition_rules
        with self.store.engines.read() as connection:
            inhibitors = list(held.inhibitors_of(connection, monitor.id, inhibitions))
        return Pass(
            monitor,
            self.config,
            Suppressions(
                monitor.id,
                mutes=self.mutes,
                windows=self.config.windows,
                inhibitors=inhibitors,
                since=since,
            ),
            self.report,
            last_good_run,
            self.versions,
            self.calendars,
        )

    def _whole_history(self, monitor_id: str) -> list[MonitorRun]:
        """Return a monitor's complete runs, of which only the latest were read."""
        others = {name: run for name, run in self.since.items() if name != monitor_id}
        return [run for run in self.warehouse.runs(others)[monitor_id] if run.is_complete]

    def _tell_unread(self, monitor: Monitor, error: WarehouseError) -> None:
        """Name a monitor whose event table cannot be read; its cursor stays, the others go on."""
        message = f"was not synced: {error}"
        self.report.troubles.append(MonitorTrouble(monitor.id, "unread", message))

    def _keep_cursors(self) -> None:
        """Write the cursors of monitors that were only looked at, in one transaction."""
        if self._moved:
            with self.store.batch(self.now()) as batch:
                for cursor in self._moved:
                    sync_state.write_cursor(batch.connection, cursor)

    def _sync_health(self, runs: Mapping[str, list[MonitorRun]]) -> None:
        """Treat monitors in trouble as the events of one monitor more."""
        monitor = health_monitor(self.config)
        spells = troubles_of(runs)
        self.report.troubles.extend(described(spells))
        now = self.now()
        context = self._pass(monitor, last_good_run=2**62)
        run = Run(0, now, is_held=False)
        rejects = {
            monitor_id: self.warehouse.rejects(monitor_id, spell[-1].number)
            for monitor_id, spell in spells.items()
            if spell[-1].rejected_rows
        }
        firing = trouble_rows(spells, self.monitors, rejects)
        rows = [*firing, *self._spells_over({row.event_id for row in firing}, runs, now)]
        for part in sync_state.slices(rows):
            with self.store.batch(now) as batch:
                Chunk(batch, context, run, part).apply()
        applier = Applier(self.store, self.warehouse, context, self.now, self.kinds)
        applier.release_suppressed(run, Cursor(HEALTH_ID, "", 0, 0, now))
        timers.reopen_not_fixed(self.store, now, context, now)
        timers.settle(self.store, self.now, context, {monitor.id: monitor.kind})

    def _spells_over(
        self, firing: set[str], runs: Mapping[str, list[MonitorRun]], now: datetime
    ) -> list[EventRow]:
        """Return a row for each spell of trouble that the monitor's last run ended."""
        with self.store.engines.read() as connection:
            known: dict[str, Snapshot] = {}
            for ids in sync_state.firing_event_ids(connection, HEALTH_ID):
                known.update(sync_state.snapshots(connection, ids))
        return [
            cleared_row(timers.row_of(seen), _last_as_of(runs.get(seen.event.entity_id), now))
            for event_id, seen in known.items()
            if event_id not in firing
        ]


def _last_as_of(history: list[MonitorRun] | None, now: datetime) -> datetime:
    return min(history[-1].as_of, now) if history else now


def _needed_from(cursor: Cursor) -> int:
    """Return the run from which on sync has to know a monitor's runs."""
    if cursor.deferred_run is None:
        return cursor.applied_run
    return min(cursor.applied_run, cursor.deferred_run - 1)


def _is_lost(cursor: Cursor, complete: Sequence[MonitorRun]) -> bool:
    """Return whether the cursor says nothing about this event table: another one, or its past."""
    last = complete[-1]
    if cursor.generation != (last.generation or "") or cursor.applied_run > last.number:
        return True
    is_begun = cursor.applied_run > 0  # not if the first sync was killed on its way
    return is_begun and all(run.number != cursor.applied_run for run in complete)
