"""Everything that ever happened to one entity, read from the logs in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.store import mutes as mute_rows
from opsloop.store.records import log_row_of
from opsloop.store.tables import (
    IS_LIVE,
    events,
    held_events,
    incident_event_log,
    incident_log,
    incidents,
    mutes,
    texts,
)
from opsloop.suppression import Hold, Mute
from opsloop.types import Action, Disposition, EventChange, LogRow, Severity, State

PAGE = 500  # rows in memory at a time

# of an incident's log, what is said of its events: the event log says that of each entity
_OF_EVENTS = (Action.ATTACHED, Action.CLEARED, Action.WORSENED, Action.RELEASED)
_APPEARANCES = (EventChange.APPEARED, EventChange.FIRED_AGAIN)


@dataclass(frozen=True, slots=True)
class EventStep:
    """One row of the event log: what happened to an event of the entity.

    `holds` is what has held the event back, if anything did; times are UTC.
    """

    at: datetime
    seq: int
    event_id: str
    monitor_id: str
    incident_id: int | None
    change: EventChange
    disposition: Disposition
    severity: Severity | None
    impact: float | None
    cleared_reason: str | None
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class MuteStep:
    """A mute of the entity was set, or ended before its time."""

    at: datetime
    mute: Mute
    is_end: bool


Happening = EventStep | LogRow | MuteStep


@dataclass(frozen=True, slots=True)
class MonitorPart:
    """How often a monitor saw an entity (episodes), and how many of its events fire now."""

    monitor_id: str
    seen: int
    firing: int
    held_back: int


@dataclass(frozen=True, slots=True)
class Stay:
    """An incident that the entity was part of."""

    incident_id: int
    title: str
    monitor_id: str | None
    state: State
    opened_at: datetime
    resolved_at: datetime | None
    reopened_count: int
    merged_into: int | None


def when(happening: Happening) -> datetime:
    """Return when something happened, UTC."""
    return happening.effective_at if isinstance(happening, LogRow) else happening.at


def history(
    connection: sa.Connection,
    entity_id: str,
    monitor_id: str | None = None,
    *,
    newest_first: bool = False,
) -> Iterator[Happening]:
    """Yield what happened to an entity; a long history is read piece by piece.

    Args:
        monitor_id: what this monitor found, and the incidents of that.
        newest_first: else the oldest first. Of one moment, events come before what follows of them.
    """
    parts = (
        _event_steps(connection, entity_id, monitor_id, newest_first),
        _incident_rows(connection, entity_id, monitor_id, newest_first),
        _mute_steps(connection, entity_id, monitor_id, newest_first),
    )
    return heapq.merge(*parts, key=_place, reverse=newest_first)


def parts_by_monitor(
    connection: sa.Connection, entity_id: str, monitor_id: str | None = None
) -> list[MonitorPart]:
    """Return what each monitor saw of an entity, the busiest first."""
    log = incident_event_log.c
    conditions = _of_entity(entity_id, monitor_id)
    appeared = sa.case((log.change.in_(_APPEARANCES), 1), else_=0)
    seen = (
        sa.select(log.monitor_id, sa.func.sum(appeared)).where(*conditions).group_by(log.monitor_id)
    )
    counts = {row[0]: int(row[1]) for row in connection.execute(seen)}
    is_held = events.c.incident_id.is_(None)
    firing = (
        sa.select(events.c.monitor_id, is_held, sa.func.count())
        .where(events.c.event_id.in_(sa.select(log.event_id).where(*conditions)), events.c.firing)
        .group_by(events.c.monitor_id, is_held)
    )
    now = {(row[0], bool(row[1])): int(row[2]) for row in connection.execute(firing)}
    parts = [
        MonitorPart(name, count, now.get((name, False), 0), now.get((name, True), 0))
        for name, count in counts.items()
    ]
    return sorted(parts, key=lambda part: (-part.seen, part.monitor_id))


def stays(connection: sa.Connection, entity_id: str, monitor_id: str | None = None) -> list[Stay]:
    """Return the incidents that an entity was part of, the oldest first."""
    table = incidents.c
    statement = (
        sa.select(
            table.incident_id,
            sa.func.coalesce(texts.c.body, "").label("title"),
            table.monitor_id,
            table.state,
            table.opened_at,
            table.resolved_at,
            table.reopened_count,
            table.merged_into,
        )
        .outerjoin(texts, texts.c.text_id == table.text_id)
        .where(table.incident_id.in_(_numbers(entity_id, monitor_id)))
        .order_by(table.opened_at, table.incident_id)
    )
    return [
        Stay(**{**row, "state": State(row["state"])})
        for row in connection.execute(statement).mappings()
    ]


def _of_entity(entity_id: str, monitor_id: str | None) -> list[sa.ColumnElement[bool]]:
    log = incident_event_log.c
    found = [log.entity_id == entity_id]
    return found if monitor_id is None else [*found, log.monitor_id == monitor_id]


def _numbers(entity_id: str, monitor_id: str | None) -> sa.CompoundSelect[Any]:
    """Return the numbers of the incidents that an entity was part of, or is said to be about."""
    log = incident_event_log.c
    by_events = sa.select(log.incident_id).where(
        *_of_entity(entity_id, monitor_id), log.incident_id.is_not(None)
    )
    about = sa.select(incidents.c.incident_id).where(incidents.c.entity_id == entity_id, IS_LIVE)
    if monitor_id is not None:
        about = about.where(incidents.c.monitor_id == monitor_id)
    return sa.union(by_events, about)


def _event_steps(
    connection: sa.Connection, entity_id: str, monitor_id: str | None, newest_first: bool
) -> Iterator[EventStep]:
    log = incident_event_log.c
    at = sa.case(
        (log.change == EventChange.CLEARED, sa.func.coalesce(log.cleared_at, log.recorded_at)),
        (log.change.in_(_APPEARANCES), log.started_at),
        else_=log.recorded_at,
    ).label("at")
    statement = sa.select(incident_event_log, at).where(*_of_entity(entity_id, monitor_id))
    holds = _holds(connection, entity_id, monitor_id)
    for row in _streamed(connection, statement, at, log.seq, newest_first):
        yield EventStep(
            at=row["at"],
            seq=row["seq"],
            event_id=row["event_id"],
            monitor_id=row["monitor_id"],
            incident_id=row["incident_id"],
            change=EventChange(row["change"]),
            disposition=Disposition(row["disposition"]),
            severity=Severity(row["severity"]) if row["severity"] else None,
            impact=row["impact"],
            cleared_reason=row["cleared_reason"],
            holds=_holding(row, holds.get(row["event_id"], ())),
        )


def _holding(row: Mapping[str, Any], holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Return what holds an event back at a row of its log: nothing that is part of an incident."""
    return () if row["incident_id"] is not None else holds


def _holds(
    connection: sa.Connection, entity_id: str, monitor_id: str | None
) -> dict[str, tuple[Hold, ...]]:
    """Return, by event_id, what has held back events of an entity."""
    ids = sa.select(incident_event_log.c.event_id).where(*_of_entity(entity_id, monitor_id))
    statement = (
        sa.select(held_events)
        .where(held_events.c.event_id.in_(ids))
        .order_by(held_events.c.disposition, held_events.c.held_by)
    )
    found: dict[str, tuple[Hold, ...]] = {}
    for row in connection.execute(statement):
        hold = Hold(Disposition(row.disposition), row.held_by, row.until)
        found[row.event_id] = (*found.get(row.event_id, ()), hold)
    return found


def _incident_rows(
    connection: sa.Connection, entity_id: str, monitor_id: str | None, newest_first: bool
) -> Iterator[LogRow]:
    log = incident_log.c
    statement = (
        sa.select(incident_log, texts.c.body)
        .outerjoin(texts, texts.c.text_id == log.text_id)
        .where(log.incident_id.in_(_numbers(entity_id, monitor_id)), log.action.not_in(_OF_EVENTS))
    )
    rows = _streamed(connection, statement, log.effective_at, log.seq, newest_first)
    return (log_row_of(row, row["body"]) for row in rows)


def _mute_steps(
    connection: sa.Connection, entity_id: str, monitor_id: str | None, newest_first: bool
) -> Iterator[MuteStep]:
    statement = sa.select(mutes).where(mutes.c.entity_id == entity_id)
    if monitor_id is not None:
        statement = statement.where(
            sa.or_(mutes.c.monitor_id == monitor_id, mutes.c.monitor_id.is_(None))
        )
    steps = []
    for row in connection.execute(statement).mappings():
        mute = mute_rows.mute_of(row)
        steps.append(MuteStep(mute.starts_at, mute, is_end=False))
        if mute.ended_by is not None:
            steps.append(MuteStep(mute.ends_at, mute, is_end=True))
    return iter(sorted(steps, key=_place, reverse=newest_first))


def _streamed(
    connection: sa.Connection,
    statement: sa.Select[Any],
    at: sa.ColumnElement[Any],
    seq: sa.ColumnElement[Any],
    newest_first: bool,
) -> Iterator[Any]:
    order = (at.desc(), seq.desc()) if newest_first else (at, seq)
    options = {"stream_results": True, "yield_per": PAGE}
    return iter(
        connection.execute(statement.order_by(*order), execution_options=options).mappings()
    )


def _place(happening: Happening) -> tuple[datetime, int, int]:
    """Return where something stands in the history: of one moment, causes come first."""
    match happening:
        case EventStep():
            return happening.at, 0, happening.seq
        case LogRow():
            return happening.effective_at, 1, happening.seq
        case MuteStep():
            return happening.at, 2, happening.mute.mute_id
