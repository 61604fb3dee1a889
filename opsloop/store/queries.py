"""Reading incidents: the queue, one incident whole, and what people need beside them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.store.among import Among
from opsloop.store.clock_rows import NEVER, clocks_by_incident
from opsloop.store.filters import conditions, searched
from opsloop.store.orders import ORDERS as ORDERS
from opsloop.store.orders import behind, in_front_of, sorted_by
from opsloop.store.records import escalation_of, event_of, folded, incident_of, log_row_of
from opsloop.store.tables import (
    IS_LIVE,
    IS_PERSONS,
    claims,
    escalations,
    event_evidence,
    events,
    incident_event_log,
    incident_log,
    incidents,
    texts,
    timers,
)
from opsloop.store.tables import links as link_table
from opsloop.types import (
    HOLDING,
    Escalation,
    Event,
    EventChange,
    EventView,
    Incident,
    IncidentDetail,
    LogRow,
    QueueFilter,
    QueueItem,
)

COUNTED_BY = ("state", "team", "monitor_id", "priority", "severity", "assignee", "type")
NAMED_BY = ("team", "monitor_id", "assignee")
RELATED_LIMIT = 20

# made once, since every action asks it
_ONE_INCIDENT = sa.select(incidents).where(incidents.c.incident_id == sa.bindparam("number"))
_CLAIMED_BY = Among(sa.select(claims.c.monitor_id, claims.c.group_key), claims.c.incident_id)


def queue(connection: sa.Connection, wanted: QueueFilter) -> list[QueueItem]:
    """Return one page of the queue; raises Refused for a page beside what is no place."""
    is_turned = wanted.before is not None
    statement = (
        sa.select(incidents, texts.c.body)
        .outerjoin(texts, texts.c.text_id == incidents.c.text_id)
        .where(*conditions(wanted))
        .order_by(*sorted_by(wanted.order, is_turned=is_turned))
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    if wanted.after is not None:
        statement = statement.where(behind(wanted.order, wanted.after))
    if wanted.before is not None:
        statement = statement.where(in_front_of(wanted.order, wanted.before))
    rows = connection.execute(statement).mappings().all()
    return _items(connection, rows[::-1] if is_turned else rows)


def _items(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[QueueItem]:
    clocks = clocks_by_incident(connection, [row["incident_id"] for row in rows])
    return [
        QueueItem(
            incident_of(row),
            row["body"] or "",
            None if row["due_at"] >= NEVER else row["due_at"],
            clocks.get(row["incident_id"], ()),
        )
        for row in rows
    ]


def changed_since(connection: sa.Connection, seq: int, team: str | None) -> list[QueueItem]:
    """Return the incidents that the log has rows of after a place in it, whatever their state."""
    changed = sa.select(incident_log.c.incident_id).where(incident_log.c.seq > seq)
    is_asked: list[sa.ColumnElement[bool]] = [incidents.c.incident_id.in_(changed), IS_LIVE]
    if team is not None:
        is_asked.append(incidents.c.team == team)
    statement = (
        sa.select(incidents, texts.c.body)
        .outerjoin(texts, texts.c.text_id == incidents.c.text_id)
        .where(*is_asked)
        .order_by(incidents.c.updated_at, incidents.c.incident_id)
    )
    return _items(connection, connection.execute(statement).mappings().all())


def count(connection: sa.Connection, wanted: QueueFilter) -> int:
    """Return how many incidents match."""
    statement = sa.select(sa.func.count()).select_from(searched(wanted))
    return connection.execute(statement.where(*conditions(wanted))).scalar_one()


def counts(connection: sa.Connection, wanted: QueueFilter, by: str) -> dict[str | None, int]:
    """Return how many incidents match for each value of a column of `COUNTED_BY`, most first."""
    column = incidents.c[by]
    number = sa.func.count()
    statement = (
        sa.select(column, number)
        .select_from(searched(wanted))
        .where(*conditions(wanted))
        .group_by(column)
        .order_by(number.desc(), column)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def names(connection: sa.Connection, column: str) -> set[str]:
    """Return what ever stood in a column that an index begins with, by a look-up for each.

    Args:
        column: one of `NAMED_BY`.
    """
    name = incidents.c[column]
    first = sa.select(sa.func.min(name).label("name")).where(IS_LIVE)
    found = first.cte("found", recursive=True)
    following = sa.select(sa.func.min(name)).where(IS_LIVE, name > found.c.name)
    found = found.union_all(
        sa.select(following.correlate(found).scalar_subquery()).where(found.c.name.is_not(None))
    )
    statement = sa.select(found.c.name).where(found.c.name.is_not(None))
    return set(connection.execute(statement).scalars())


def incident(connection: sa.Connection, number: int) -> Incident:
    """Return an incident; raises NotFound."""
    row = connection.execute(_ONE_INCIDENT, {"number": number}).mappings().first()
    if row is None:
        raise NotFound(f"There is no incident {number}.", "See `opsloop incidents list`.")
    return incident_of(row)


def detail(connection: sa.Connection, number: int, events_limit: int) -> IncidentDetail:
    """Return an incident with its events (firing first, at most `events_limit`) and its log."""
    found = incident(connection, number)
    return IncidentDetail(
        incident=found,
        title=_text(connection, found.text_id) or "",
        events=events_of(connection, number, events_limit),
        log=log(connection, number),
        escalations=incident_escalations(connection, number),
        related=_related(connection, found),
        links=tuple(links(connection, number)),
        timers=running_timers(connection, number),
        clocks=clocks_by_incident(connection, [number]).get(number, ()),
    )


def log(connection: sa.Connection, number: int, after_version: int = 0) -> tuple[LogRow, ...]:
    """Return an incident's log, oldest first, from after a version on."""
    statement = (
        sa.select(incident_log, texts.c.body)
        .outerjoin(texts, texts.c.text_id == incident_log.c.text_id)
        .where(incident_log.c.incident_id == number, incident_log.c.version > after_version)
        .order_by(incident_log.c.version)
    )
    rows = connection.execute(statement).mappings()
    return tuple(log_row_of(row, row["body"]) for row in rows)


def incident_escalations(connection: sa.Connection, number: int) -> tuple[Escalation, ...]:
    """Return an incident's escalations, oldest first."""
    statement = (
        sa.select(escalations)
        .where(escalations.c.incident_id == number)
        .order_by(escalations.c.asked_at, escalations.c.escalation_id)
    )
    return tuple(escalation_of(row) for row in connection.execute(statement).mappings())


def incident_at(connection: sa.Connection, number: int, version: int) -> Incident:
    """Return an incident as it was after a version of its log; raises NotFound."""
    incident: Incident | None = None
    for row in log(connection, number):
        if row.version <= version:
            incident = folded(incident, row)
    if incident is None:
        raise NotFound(f"Incident {number} has no version {version}.")
    return incident


def rows_of_batch(connection: sa.Connection, batch_id: str) -> list[LogRow]:
    """Return the rows that people wrote in one transaction, in their order."""
    statement = (
        sa.select(incident_log)
        .where(IS_PERSONS, incident_log.c.batch_id == batch_id)
        .order_by(incident_log.c.seq)
    )
    return [log_row_of(row, None) for row in connection.execute(statement).mappings()]


def running_timers(connection: sa.Connection, number: int) -> dict[str, datetime]:
    """Return who works on an incident with a timer, and since when."""
    statement = sa.select(timers.c.person, timers.c.started_at).where(
        timers.c.incident_id == number
    )
    return {row.person: row.started_at for row in connection.execute(statement)}


def links(connection: sa.Connection, number: int) -> list[tuple[int, int, str]]:
    """Return an incident's links as (from, to, kind), its own and those that lead to it."""
    table = link_table.c
    statement = (
        sa.select(table.incident_id, table.other_incident_id, table.link_kind)
        .where(sa.or_(table.incident_id == number, table.other_incident_id == number))
        .order_by(table.incident_id, table.other_incident_id, table.link_kind)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def _keys_of(number: int) -> sa.Select[Any]:
    return (
        sa.select(events.c.monitor_id, events.c.group_key)
        .where(events.c.incident_id == number, events.c.disposition.in_(HOLDING))
        .distinct()
    )


def free_keys_of(connection: sa.Connection, number: int) -> set[tuple[str, str]]:
    """Return the (monitor, group key) pairs of an incident's events that nobody holds."""
    keys = _keys_of(number).subquery()
    statement = (
        sa.select(keys.c.monitor_id, keys.c.group_key)
        .outerjoin(claims, _same_key(keys))
        .where(claims.c.incident_id.is_(None))
    )
    return {(row[0], row[1]) for row in connection.execute(statement)}


def other_holders(connection: sa.Connection, number: int) -> set[int]:
    """Return the other incidents that hold a key of this one's events."""
    keys = _keys_of(number).subquery()
    statement = (
        sa.select(claims.c.incident_id)
        .join(keys, _same_key(keys))
        .where(claims.c.incident_id != number)
        .distinct()
    )
    return set(connection.execute(statement).scalars())


def claimed_by(connection: sa.Connection, numbers: Collection[int]) -> set[tuple[str, str]]:
    """Return the keys that these incidents hold."""
    rows = _CLAIMED_BY.rows(connection, list(numbers))
    return {(row.monitor_id, row.group_key) for row in rows}


def _same_key(keys: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(claims.c.monitor_id == keys.c.monitor_id, claims.c.group_key == keys.c.group_key)


def last_seq(connection: sa.Connection) -> int:
    """Return the place of the last row of the incident log; 0 for an empty one."""
    return connection.execute(sa.select(sa.func.max(incident_log.c.seq))).scalar() or 0


def last_recorded_at(connection: sa.Connection) -> datetime | None:
    """Return when the last row of the incident log was recorded; None for an empty one."""
    statement = sa.select(incident_log.c.recorded_at).order_by(incident_log.c.seq.desc()).limit(1)
    return connection.execute(statement).scalar()


def changes_since(connection: sa.Connection, seq: int) -> int:
    """Return how many changes the queue has had since a place in its log; imports are none."""
    log = incident_log.c
    statement = sa.select(sa.func.count()).where(log.seq > seq, log.source.is_(None))
    return connection.execute(statement).scalar_one()


def _text(connection: sa.Connection, text_id: str | None) -> str | None:
    if text_id is None:
        return None
    return connection.execute(sa.select(texts.c.body).where(texts.c.text_id == text_id)).scalar()


def events_of(
    connection: sa.Connection, number: int, limit: int, offset: int = 0
) -> tuple[EventView, ...]:
    """Return a part of an incident's events, firing first, with what the warehouse has of them."""
    statement = (
        sa.select(events, event_evidence.c.evidence)
        .outerjoin(event_evidence, event_evidence.c.event_id == events.c.event_id)
        .where(events.c.incident_id == number)
        .order_by(events.c.firing.desc(), events.c.started_at, events.c.event_id)
        .limit(limit)
        .offset(offset)
    )
    rows = connection.execute(statement).mappings()
    return tuple(EventView(event_of(row), json.loads(row["evidence"] or "{}")) for row in rows)


def all_events_of(connection: sa.Connection, number: int) -> list[Event]:
    """Return all events of an incident, whatever became of them."""
    statement = sa.select(events).where(events.c.incident_id == number).order_by(events.c.event_id)
    return [event_of(row) for row in connection.execute(statement).mappings()]


def moved_by(connection: sa.Connection, batch_id: str) -> dict[str, int]:
    """Return event → the incident that a transaction of a person moved it to."""
    log = incident_event_log.c
    numbers = sa.select(incident_log.c.incident_id).where(
        IS_PERSONS, incident_log.c.batch_id == batch_id
    )
    statement = sa.select(log.event_id, log.incident_id).where(
        log.incident_id.in_(numbers),  # the batch alone has no index there
        log.batch_id == batch_id,
        log.change == EventChange.MOVED,
    )
    return {row.event_id: row.incident_id for row in connection.execute(statement)}


def count_events(connection: sa.Connection, number: int) -> int:
    """Return how many events an incident has."""
    statement = sa.select(sa.func.count()).where(events.c.incident_id == number)
    return connection.execute(statement).scalar_one()


def _related(connection: sa.Connection, found: Incident) -> tuple[QueueItem, ...]:
    """Return other incidents of the same entities; derived, never stored."""
    entities = (
        sa.select(events.c.entity_id).where(events.c.incident_id == found.incident_id).limit(200)
    )
    statement = (
        sa.select(incidents, texts.c.body)
        .outerjoin(texts, texts.c.text_id == incidents.c.text_id)
        .where(
            incidents.c.entity_id.in_(entities),
            incidents.c.incident_id != found.incident_id,
            IS_LIVE,
        )
        .order_by(incidents.c.opened_at.desc())
        .limit(RELATED_LIMIT)
    )
    return tuple(_items(connection, connection.execute(statement).mappings().all()))
