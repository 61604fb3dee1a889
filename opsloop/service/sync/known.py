"""What the store knows about a chunk of rows before any of them is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.clocks import ClockSettings
from opsloop.config import Config
from opsloop.diff import EventRow, Run, Situation, Suppression, needs_new_key, started_at
from opsloop.service.placing import Placer
from opsloop.service.sync.report import SyncReport
from opsloop.store import sync_state
from opsloop.store.terms import Versions
from opsloop.suppression import Candidate, Hold, Suppressions, accepted
from opsloop.types import Actor, ActorKind, Incident, Monitor, Severity

if TYPE_CHECKING:
    from opsloop.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Pass:
    """What is the same for every chunk of one monitor in one sync."""

    monitor: Monitor
    config: Config
    suppressions: Suppressions
    report: SyncReport
    last_good_run: int = 0
    versions: Versions | None = None
    calendars: ClockSettings = field(default_factory=lambda: ClockSettings({}))

    def priority_of(self, severity: Severity, impact: float | None) -> str:
        """Return the priority of an incident of this monitor."""
        return self.config.priority_of(severity, impact, self.monitor.impact_bands)

    def placer(self, connection: Connection) -> Placer:
        """Return what places the incidents that a transaction opens."""
        return Placer(connection, self.config, self.versions, self.calendars)

    @property
    def actor(self) -> Actor:
        """Who writes: sync, for this monitor."""
        return Actor(ActorKind.SYNC, self.monitor.id, "sync")


class Known:
    """Snapshots, holders and incidents around some rows of one run, read at once.

    `rows` are the rows with their keys as they were frozen; `holders`, `last` and `incidents` are
    brought up to date by whoever decides the rows one after the other.
    """

    def __init__(
        self,
        connection: Connection,
        context: Pass,
        run: Run,
        rows: Sequence[EventRow],
        flood_id: int | None = None,
    ) -> None:
        self.context = context
        self.run = run
        self.flood_id = flood_id
        monitor_id = context.monitor.id
        self.snapshots = sync_state.snapshots(connection, [row.event_id for row in rows])
        frozen = (self._with_frozen_key(row) for row in rows)
        # in the order in which they began: their order within a run means nothing
        self.rows = sorted(frozen, key=lambda row: (started_at(row, context.monitor), row.event_id))
        keys = {row.group_key for row in self.rows}
        self.holders = sync_state.holders(connection, monitor_id, keys)
        self.last = sync_state.last_incidents(connection, monitor_id, keys)
        self.incidents = sync_state.incidents_by_id(connection, self._numbers())

    def situation(self, row: EventRow, started: datetime | None = None) -> Situation:
        """Return what there is to know about a row.

        Args:
            started: when what held the event back ended, if that is why it is asked about.
        """
        seen = self.snapshots.get(row.event_id)
        last = self._incident(self.last.get(row.group_key))
        return Situation(
            run=self.run,
            snapshot=seen,
            own=self._incident(seen.event.incident_id) if seen else None,
            holder=self._incident(self.holders.get(row.group_key)),
            last=last,
            suppression=_first(self.holds(row)),
            flood=self._incident(self.flood_id),
            started=started,
            good_since=self.context.last_good_run > self.run.number,
        )

    def new_keys(self, ends: Mapping[str, datetime] | None = None) -> set[str]:
        """Return the keys that the rows need and nobody holds.

        Args:
            ends: when what held each event back ended, if that is why they are asked about.
        """
        ends = ends or {}
        return {
            row.group_key
            for row in self.rows
            if needs_new_key(row, self.situation(row, ends.get(row.event_id)))
        }

    def holds(self, row: EventRow) -> tuple[Hold, ...]:
        """Return all that hold a row back at its run; the first one is why it opens nothing."""
        at = self.run.as_of
        event = Candidate(row.entity_id, row.group_key, row.evidence)
        last = self._incident(self.last.get(row.group_key))
        return (*self.context.suppressions.holds(event, at), *accepted(last, at))

    def _with_frozen_key(self, row: EventRow) -> EventRow:
        """Keep the key of an episode: a changed `group_by` moves no event."""
        seen = self.snapshots.get(row.event_id)
        if seen is None or seen.event.group_key == row.group_key:
            return row
        return replace(row, group_key=seen.event.group_key)

    def _numbers(self) -> set[int]:
        own = (seen.event.incident_id for seen in self.snapshots.values())
        numbers = {*self.holders.values(), *self.last.values(), *own, self.flood_id}
        return {number for number in numbers if number is not None}

    def _incident(self, number: int | None) -> Incident | None:
        return None if number is None else self.incidents.get(number)


def _first(holds: Sequence[Hold]) -> Suppression | None:
    return Suppression(holds[0].disposition, holds[0].until) if holds else None
