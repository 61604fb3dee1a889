"""What assignment has to know of people: who is away, what they have in hand, whose turn it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.store.tables import (
    IS_ASSIGNED_BY_RULE,
    IS_LIVE,
    IS_OPEN,
    IS_WORK,
    absences,
    incident_log,
    incidents,
)
from opsloop.types import State

RECENT = timedelta(days=14)  # the window of the minutes that balance the load


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from `starts_at` until before `ends_at`, UTC."""

    absence_id: int
    person: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None
    created_by: str
    created_at: datetime
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Minutes that somebody wrote down, as they count after corrections."""

    person: str
    incident_id: int
    worked_at: datetime
    minutes: float


@dataclass(frozen=True, slots=True)
class Load:
    """What a person has in hand. Minutes are those logged within `RECENT`."""

    open_items: int = 0
    recent_minutes: float = 0
    last_assigned_at: datetime | None = None


def add_absence(
    connection: sa.Connection,
    *,
    person: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str | None,
    by: str,
    now: datetime,
) -> int:
    """Note that somebody is away; returns the note's id."""
    statement = (
        sa.insert(absences)
        .values(
            person=person,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason,
            created_by=by,
            created_at=now,
        )
        .returning(absences.c.absence_id)
    )
    return int(connection.execute(statement).scalar_one())


def end_absences(connection: sa.Connection, person: str, by: str, now: datetime) -> int:
    """Let somebody be back now; returns how many notes that ends. Raises NotFound if none."""
    is_away = (
        absences.c.person == person,
        absences.c.starts_at <= now,
        absences.c.ends_at > now,
    )
    statement = (
        sa.update(absences)
        .where(*is_away)
        .values(ends_at=now, ended_by=by)
        .returning(absences.c.absence_id)
    )
    ended = len(connection.execute(statement).all())
    if not ended:
        raise NotFound(f"{person} is not away.", "See `opsloop people list`.")
    return ended


def planned_absence(connection: sa.Connection, absence_id: int, now: datetime) -> Absence:
    """Return an absence; raises NotFound unless it is still to come."""
    is_to_come = (
        absences.c.absence_id == absence_id,
        absences.c.starts_at > now,
        absences.c.ends_at > absences.c.starts_at,
    )
    row = connection.execute(sa.select(absences).where(*is_to_come)).mappings().first()
    if row is None:
        raise NotFound(f"There is no absence {absence_id} to come.", "See `opsloop people list`.")
    return _absence_of(row)


def cancel_absence(connection: sa.Connection, absence_id: int, by: str) -> None:
    """Let an absence end when it begins; who called it off stands beside it."""
    statement = sa.update(absences).where(absences.c.absence_id == absence_id)
    connection.execute(statement.values(ends_at=absences.c.starts_at, ended_by=by))


def all_absences(connection: sa.Connection, ending_after: datetime) -> list[Absence]:
    """Return who is or will be away, the next to end first; not what was called off."""
    statement = (
        sa.select(absences)
        .where(absences.c.ends_at > ending_after, absences.c.ends_at > absences.c.starts_at)
        .order_by(absences.c.ends_at, absences.c.absence_id)
    )
    return [_absence_of(row) for row in connection.execute(statement).mappings()]


def _absence_of(row: sa.RowMapping) -> Absence:
    return Absence(**{field.name: row[field.name] for field in fields(Absence)})


def away(connection: sa.Connection, at: datetime) -> set[str]:
    """Return who is away at a moment."""
    statement = sa.select(absences.c.person).where(
        absences.c.starts_at <= at, absences.c.ends_at > at
    )
    return set(connection.execute(statement).scalars())


def loads(connection: sa.Connection, people: Sequence[str], now: datetime) -> dict[str, Load]:
    """Return what each of these people has in hand."""
    open_items = _open_items(connection, people)
    minutes = minutes_by_person(entries(connection, people, now - RECENT))
    given = _last_assigned(connection, people)
    return {
        person: Load(open_items.get(person, 0), minutes.get(person, 0), given.get(person))
        for person in people
    }


def _open_items(connection: sa.Connection, people: Sequence[str]) -> dict[str, int]:
    statement = (
        sa.select(incidents.c.assignee, sa.func.count())
        .where(IS_OPEN, IS_LIVE, incidents.c.assignee.in_(people))
        .group_by(incidents.c.assignee)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def entries(connection: sa.Connection, people: Sequence[str], since: datetime) -> list[Entry]:
    """Return what these people worked since a moment; a correction stands for what it corrects."""
    log = incident_log.c
    statement = (
        sa.select(
            log.log_id,
            log.corrects_log_id,
            log.person,
            log.incident_id,
            log.effective_at,
            log.minutes,
        )
        .where(IS_WORK, log.source.is_(None), log.person.in_(people), log.effective_at >= since)
        .order_by(log.seq)
    )
    counted: dict[str, Entry] = {}
    for row in connection.execute(statement):
        entry = Entry(row.person, row.incident_id, row.effective_at, row.minutes)
        counted[row.corrects_log_id or row.log_id] = entry
    return list(counted.values())


def minutes_by_person(worked: Iterable[Entry]) -> dict[str, float]:
    """Return the sum of each person's minutes."""
    found: dict[str, float] = {}
    for entry in worked:
        found[entry.person] = found.get(entry.person, 0) + entry.minutes
    return found


def resolved_by(connection: sa.Connection, person: str, since: datetime) -> list[datetime]:
    """Return when the incidents were resolved that a person has and that are over."""
    statement = sa.select(incidents.c.resolved_at).where(
        IS_LIVE,
        incidents.c.assignee == person,
        incidents.c.state.in_((State.RESOLVED, State.CLOSED)),
        incidents.c.resolved_at >= since,
    )
    return list(connection.execute(statement).scalars())


def _last_assigned(connection: sa.Connection, people: Sequence[str]) -> dict[str, datetime]:
    log = incident_log.c
    statement = (
        sa.select(log.assignee, sa.func.max(log.effective_at).label("at"))
        .where(IS_ASSIGNED_BY_RULE, log.source.is_(None), log.assignee.in_(people))
        .group_by(log.assignee)
    )
    return {row.assignee: row.at for row in connection.execute(statement)}
