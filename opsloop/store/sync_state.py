"""What sync knows from the store: cursors, snapshots, who holds a key, and what waits on time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from opsloop.diff import Snapshot
from opsloop.store.records import event_of, incident_of
from opsloop.store.tables import (
    IS_OPEN,
    IS_SNOOZED,
    STILL_FIRES,
    claims,
    cursors,
    event_evidence,
    events,
    incident_log,
    incidents,
)
from opsloop.types import (
    HOLDING,
    Action,
    Incident,
    ResolutionCode,
)

SLICE = 500  # how many keys one look-up names

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a monitor's changes are applied; an optimisation, the snapshots decide.

    `part_run` and `part_event_id` say how far into a run that is applied in chunks. A run found to
    be a flood keeps that verdict (`flood_run`), so that a kill in its middle does not change it.
    """

    monitor_id: str
    generation: str
    first_run: int
    applied_run: int
    synced_at: datetime
    deferred_run: int | None = None
    part_run: int | None = None
    part_event_id: str | None = None
    flood_run: int | None = None
    flood_incident_id: int | None = None


def read_cursors(connection: sa.Connection) -> dict[str, Cursor]:
    """Return every monitor's cursor."""
    rows = connection.execute(sa.select(cursors)).mappings()
    return {
        row["monitor_id"]: Cursor(**{field.name: row[field.name] for field in fields(Cursor)})
        for row in rows
    }


def write_cursor(connection: sa.Connection, cursor: Cursor) -> None:
    """Keep a monitor's cursor."""
    values = {field.name: getattr(cursor, field.name) for field in fields(Cursor)}
    statement = sa.update(cursors).where(cursors.c.monitor_id == cursor.monitor_id)
    if connection.execute(statement.values(values).returning(cursors.c.monitor_id)).first() is None:
        connection.execute(sa.insert(cursors).values(values))


def snapshots(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, Snapshot]:
    """Return what was last applied of these events, where anything was."""
    found: dict[str, Snapshot] = {}
    for part in slices(event_ids):
        statement = (
            sa.select(
                events,
                event_evidence.c.evidence,
                event_evidence.c.severity.label("raw_severity"),
                event_evidence.c.impact.label("raw_impact"),
                event_evidence.c.owner.label("raw_owner"),
            )
            .outerjoin(event_evidence, event_evidence.c.event_id == events.c.event_id)
            .where(events.c.event_id.in_(part))
        )
        for row in connection.execute(statement).mappings():
            found[row["event_id"]] = Snapshot(
                event_of(row),
                row["evidence"] or "{}",
                row["raw_severity"],
                row["raw_impact"],
                row["raw_owner"],
            )
    return found


def holders(connection: sa.Connection, monitor_id: str, keys: Collection[str]) -> dict[str, int]:
    """Return which incident holds each of a monitor's group keys, where one does."""
    found: dict[str, int] = {}
    for part in slices(list(keys)):
        statement = sa.select(claims.c.group_key, claims.c.incident_id).where(
            claims.c.monitor_id == monitor_id, claims.c.group_key.in_(part)
        )
        found.update((row[0], row[1]) for row in connection.execute(statement))
    return found


def last_incidents(
    connection: sa.Connection, monitor_id: str, keys: Collection[str]
) -> dict[str, int]:
    """Return the newest incident that each of a monitor's group keys was part of."""
    found: dict[str, int] = {}
    for part in slices(list(keys)):
        statement = (
            sa.select(events.c.group_key, sa.func.max(events.c.incident_id))
            .where(
                events.c.monitor_id == monitor_id,
                events.c.group_key.in_(part),
                events.c.incident_id.is_not(None),
            )
            .group_by(events.c.group_key)
        )
        found.update((row[0], row[1]) for row in connection.execute(statement))
    return found


def incidents_by_id(connection: sa.Connection, numbers: Collection[int]) -> dict[int, Incident]:
    """Return these incidents."""
    found: dict[int, Incident] = {}
    for part in slices(list(numbers)):
        statement = sa.select(incidents).where(incidents.c.incident_id.in_(part))
        for row in connection.execute(statement).mappings():
            found[row["incident_id"]] = incident_of(row)
    return found


def all_clear_candidates(
    connection: sa.Connection, monitor_id: str, *, even_empty: bool = False
) -> list[Incident]:
    """Return open incidents of a monitor of which nothing fires and which do not say so yet.

    Args:
        even_empty: whether a flood that no event has joined counts; else it waits for them.

    Returns:
        At most `SLICE`; ask again once they say so.
    """
    table = incidents.c
    return _incidents(
        connection,
        table.monitor_id == monitor_id,
        IS_OPEN,
        table.events_firing == 0,
        table.events_total >= (0 if even_empty else 1),
        table.all_clear_at.is_(None),
        limit=SLICE,
    )


def not_fixed_candidates(connection: sa.Connection, monitor_id: str) -> list[Incident]:
    """Return a monitor's incidents that were resolved as fixed while something still fires."""
    table = incidents.c
    return _incidents(
        connection,
        table.monitor_id == monitor_id,
        STILL_FIRES,
        table.resolution_code == ResolutionCode.FIXED,
    )


def acceptances_over(connection: sa.Connection, monitor_id: str, now: datetime) -> list[Incident]:
    """Return a monitor's incidents whose acceptance has ended while something still fires."""
    table = incidents.c
    return _incidents(
        connection,
        table.monitor_id == monitor_id,
        table.accepted_until <= now,
        STILL_FIRES,
    )


def snoozes_over(connection: sa.Connection, now: datetime) -> list[Incident]:
    """Return the incidents whose snooze has ended."""
    table = incidents.c
    return _incidents(connection, IS_SNOOZED, table.snoozed_until <= now)


def open_monitors(connection: sa.Connection, *, are_gone: bool) -> set[str]:
    """Return the monitors of open incidents that are, or are not, flagged as gone."""
    flag = incidents.c.monitor_gone_at
    statement = (
        sa.select(incidents.c.monitor_id)
        .where(
            IS_OPEN,
            incidents.c.monitor_id.is_not(None),
            flag.is_not(None) if are_gone else flag.is_(None),
        )
        .distinct()
    )
    return set(connection.execute(statement).scalars())


def open_incidents_of(connection: sa.Connection, monitor_id: str) -> list[Incident]:
    """Return a monitor's open incidents."""
    table = incidents.c
    return _incidents(connection, table.monitor_id == monitor_id, IS_OPEN)


def firing_of(connection: sa.Connection, number: int) -> list[str]:
    """Return the ids of an incident's firing events."""
    statement = sa.select(events.c.event_id).where(events.c.incident_id == number, events.c.firing)
    return list(connection.execute(statement).scalars())


def firing_event_ids(connection: sa.Connection, monitor_id: str) -> Iterator[list[str]]:
    """Yield the ids of a monitor's firing events in slices."""
    after = ""
    while True:
        statement = (
            sa.select(events.c.event_id)
            .where(
                events.c.monitor_id == monitor_id,
                events.c.firing,  # as the partial index has it
                events.c.is_lost.is_(False),
                events.c.event_id > after,
            )
            .order_by(events.c.event_id)
            .limit(SLICE * 20)
        )
        part: list[str] = list(connection.execute(statement).scalars())
        if not part:
            return
        yield part
        after = part[-1]


@dataclass(frozen=True, slots=True)
class ClearedFacts:
    """What an incident's log and events say about its end.

    `opened_at` is when it was opened, or last reopened.
    """

    opened_at: datetime
    last_cleared_at: datetime | None
    reasons: frozenset[str | None]
    monitors: frozenset[str]


def cleared_facts(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, ClearedFacts]:
    """Return when incidents were last opened, when and why their events cleared, and whose."""
    log = incident_log.c
    openings = (
        sa.select(log.incident_id, sa.func.max(log.effective_at).label("at"))
        .where(log.incident_id.in_(numbers), log.action.in_((Action.OPENED, Action.REOPENED)))
        .group_by(log.incident_id)
    )
    clears = (
        sa.select(
            events.c.incident_id,
            events.c.monitor_id,
            events.c.cleared_reason,
            sa.func.max(events.c.cleared_at).label("at"),
        )
        .where(events.c.incident_id.in_(numbers), events.c.disposition.in_(HOLDING))
        .group_by(events.c.incident_id, events.c.monitor_id, events.c.cleared_reason)
    )
    ends: dict[int, list[sa.RowMapping]] = {}
    for row in connection.execute(clears).mappings():
        ends.setdefault(row["incident_id"], []).append(row)
    return {
        row["incident_id"]: _cleared_facts(row["at"], ends.get(row["incident_id"], []))
        for row in connection.execute(openings).mappings()
    }


def _cleared_facts(opened_at: datetime, ends: Sequence[sa.RowMapping]) -> ClearedFacts:
    return ClearedFacts(
        opened_at,
        max((end["at"] for end in ends if end["at"]), default=None),
        frozenset(end["cleared_reason"] for end in ends),
        frozenset(end["monitor_id"] for end in ends),
    )


def _incidents(
    connection: sa.Connection, *conditions: Any, limit: int | None = None
) -> list[Incident]:
    statement = sa.select(incidents).where(*conditions).order_by(incidents.c.incident_id)
    rows = connection.execute(statement.limit(limit)).mappings()
    return [incident_of(row) for row in rows]


def slices(values: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Yield values in parts that one statement can name."""
    for start in range(0, len(values), SLICE):
        yield values[start : start + SLICE]
