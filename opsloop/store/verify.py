"""Does the store still say what its logs say? Rebuilds every projection and compares."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from opsloop.standing import Step
from opsloop.store import clock_rows, improvements, retrospectives, subjects, tables
from opsloop.store.clock_rows import TermsOf
from opsloop.store.records import (
    INCIDENT_COLUMNS,
    event_of,
    event_row,
    incident_row,
    incident_values,
    step_after,
    steps_of,
)
from opsloop.store.tables import AFTER_VALUES
from opsloop.types import HOLDING, Event, EventChange, Incident, State

PAGE = 5_000
_STORED = sa.select(*(tables.incidents.c[name] for name in INCIDENT_COLUMNS))
_LOGGED = steps_of(AFTER_VALUES)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and every difference found, in words."""

    incidents: int
    events: int
    log_rows: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether projections and logs agree."""
        return not self.faults


def verify(connection: sa.Connection, terms_of: TermsOf, max_faults: int = 100) -> Verified:
    """Replay both logs and compare with what was made of them.

    Streams in the order of the keys, so that memory does not grow with the store.

    Args:
        terms_of: the service levels and calendars by version.
        max_faults: stop listing after so many.
    """
    checks = _Checks(connection, terms_of)
    faults: list[str] = []
    for fault in checks.run():
        faults.append(fault)
        if len(faults) >= max_faults:
            faults.append(f"… stopped after {max_faults} faults")
            break
    return Verified(checks.incidents, checks.events, checks.log_rows, tuple(faults))


class _Checks:
    def __init__(self, connection: sa.Connection, terms_of: TermsOf) -> None:
        self.connection = connection
        self.terms_of = terms_of
        self._timed: dict[int, list[Step]] = {}  # whose clocks are still to be compared
        self.incidents = self.events = self.log_rows = 0

    def run(self) -> Iterator[str]:
        """Yield each fault."""
        yield from self._compare_incidents()
        yield from self._compare_events()
        yield from self._compare_claims()
        yield from self._compare_counts()
        yield from subjects.differences(self.connection)
        yield from improvements.differences(self.connection)
        yield from retrospectives.differences(self.connection)
        yield from self._compare_recording_order()

    def _compare_incidents(self) -> Iterator[str]:
        stored = self._stream(_STORED.order_by(tables.incidents.c.incident_id))
        log = tables.incident_log.c
        rows = self._stream(_LOGGED.order_by(log.incident_id, log.version))
        replayed = groupby(rows, key=attrgetter("incident_id"))
        for incident_id, mine, theirs in _merged(
            ((row.incident_id, row) for row in stored), replayed
        ):
            self.incidents += 1
            if len(self._timed) >= PAGE // 10:
                yield from self._compare_clocks()
            if theirs is None:
                yield f"incident {incident_id} has no log"
                continue
            incident = yield from self._replay(incident_id, theirs)
            if mine is None:
                yield f"incident {incident_id} is in the log but not in incidents"
                continue
            if incident_values(incident) != tuple(mine):
                found = dict(zip(INCIDENT_COLUMNS, mine, strict=True))
                yield from _differences(f"incident {incident_id}", incident_row(incident), found)
        yield from self._compare_clocks()

    def _compare_clocks(self) -> Iterator[str]:
        yield from clock_rows.differences(self.connection, self._timed, self.terms_of)
        self._timed.clear()

    def _replay(
        self, incident_id: int, rows: Iterator[sa.Row[Any]]
    ) -> Generator[str, None, Incident]:
        """Yield what its log lacks, and return what it leaves."""
        steps: list[Step] = []
        fault: str | None = None
        for place, row in enumerate(rows, start=1):
            if row.version != place and fault is None:
                fault = f"incident {incident_id} lacks version {place} in its log"
            steps.append(step_after(steps[-1].incident if steps else None, row, AFTER_VALUES))
        self.log_rows += len(steps)
        self._timed[incident_id] = steps
        if fault:
            yield fault
        return steps[-1].incident

    def _compare_events(self) -> Iterator[str]:
        table, log = tables.events, tables.incident_event_log
        stored = self._stream(sa.select(table).order_by(table.c.event_id)).mappings()
        rows = self._stream(sa.select(log).order_by(log.c.event_id, log.c.seq)).mappings()
        replayed = groupby(rows, key=lambda row: row["event_id"])
        for event_id, mine, theirs in _merged(((row["event_id"], row) for row in stored), replayed):
            self.events += 1
            if theirs is None:
                yield f"event {event_id} has no log"
                continue
            *_, last = theirs
            if mine is None:
                yield f"event {event_id} is in the log but not in events"
                continue
            yield from _differences(f"event {event_id}", event_row(_event_after(last)), mine)

    def _compare_claims(self) -> Iterator[str]:
        """Every key of an open incident's events is held, and by one that has it."""
        events, incidents, claims = tables.events, tables.incidents, tables.claims
        keys = (
            sa.select(events.c.monitor_id, events.c.group_key, events.c.incident_id)
            .join(incidents, incidents.c.incident_id == events.c.incident_id)
            .where(
                events.c.disposition.in_(HOLDING),
                incidents.c.state.not_in([State.RESOLVED, State.CLOSED]),
            )
        )
        held = sa.select(claims.c.monitor_id, claims.c.group_key, claims.c.incident_id)
        wrongly = self.connection.execute(sa.except_(held, keys))
        for monitor_id, key, incident_id in wrongly:
            yield f"key {key} of {monitor_id} is held without reason by incident {incident_id}"
        # a reopened incident leaves its keys to those who hold them by then
        taken = sa.select(claims.c.monitor_id, claims.c.group_key)
        needed = keys.with_only_columns(events.c.monitor_id, events.c.group_key)
        for monitor_id, key in self.connection.execute(sa.except_(needed, taken)):
            yield f"key {key} of {monitor_id} is held by no incident"

    def _compare_counts(self) -> Iterator[str]:
        """An incident says how many of its events fire."""
        events, incidents = tables.events, tables.incidents
        number = sa.func.count()
        firing = (
            sa.select(events.c.incident_id, number.label("firing"))
            .where(events.c.firing, events.c.incident_id.is_not(None))
            .group_by(events.c.incident_id)
            .subquery()
        )
        statement = (
            sa.select(
                incidents.c.incident_id,
                incidents.c.events_firing,
                sa.func.coalesce(firing.c.firing, 0),
            )
            .outerjoin(firing, firing.c.incident_id == incidents.c.incident_id)
            .where(incidents.c.events_firing != sa.func.coalesce(firing.c.firing, 0))
        )
        for incident_id, says, fire in self.connection.execute(statement):
            yield f"incident {incident_id} says that {says} of its events fire, and {fire} do"

    def _compare_recording_order(self) -> Iterator[str]:
        log = tables.incident_log
        before = sa.func.lag(log.c.recorded_at).over(order_by=log.c.seq)
        pairs = sa.select(log.c.seq, (log.c.recorded_at < before).label("back")).subquery()
        for (seq,) in self.connection.execute(sa.select(pairs.c.seq).where(pairs.c.back)):
            yield f"log row {seq} was recorded before the one in front of it"

    def _stream(self, statement: sa.Select[Any]) -> sa.Result[Any]:
        options = {"stream_results": True, "yield_per": PAGE}
        return self.connection.execute(statement, execution_options=options)


def _event_after(row: Any) -> Event:
    event = event_of({**row, "is_lost": False})
    return replace(event, is_lost=row["change"] == EventChange.LOST)


def _merged(
    stored: Iterator[tuple[Any, Any]], replayed: Iterator[tuple[Any, Any]]
) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (key, stored, replayed) over two sequences sorted by key; None where one lacks it."""
    mine, theirs = next(stored, None), next(replayed, None)
    while mine or theirs:
        if theirs is None or (mine and mine[0] < theirs[0]):
            assert mine is not None
            yield mine[0], mine[1], None
            mine = next(stored, None)
        elif mine is None or theirs[0] < mine[0]:
            yield theirs[0], None, theirs[1]
            theirs = next(replayed, None)
        else:
            yield mine[0], mine[1], theirs[1]
            mine, theirs = next(stored, None), next(replayed, None)


def _differences(what: str, expected: dict[str, Any], found: Any) -> Iterator[str]:
    for column, value in expected.items():
        if found[column] != value:
            yield f"{what}: {column} is {found[column]!r}, the log says {value!r}"
