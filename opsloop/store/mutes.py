"""Mutes: what opens nothing for a while, because a person said so. They live in the store."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.store.tables import events, mutes


@dataclass(frozen=True, slots=True)
class Mute:
    """Events of a monitor (None = of every one) and an entity (None = of every one) open nothing.

    In force from `starts_at` until before `ends_at`, UTC; ending one early moves `ends_at`.
    """

    mute_id: int
    monitor_id: str | None
    entity_id: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str
    created_at: datetime
    ended_by: str | None

    def covers(self, monitor_id: str, entity_id: str, at: datetime) -> bool:
        """Return whether the mute holds back this entity of this monitor at a moment."""
        return self.starts_at <= at < self.ends_at and self.concerns(monitor_id, entity_id)

    def concerns(self, monitor_id: str, entity_id: str) -> bool:
        """Return whether this entity of this monitor is in the mute's scope, whenever."""
        return self.monitor_id in (None, monitor_id) and self.entity_id in (None, entity_id)


def add(
    connection: sa.Connection,
    *,
    monitor_id: str | None,
    entity_id: str | None,
    now: datetime,
    until: datetime,
    reason: str,
    person: str,
) -> int:
    """Store a mute from now on; returns its id."""
    statement = (
        sa.insert(mutes)
        .values(
            monitor_id=monitor_id,
            entity_id=entity_id,
            starts_at=now,
            ends_at=until,
            reason=reason,
            created_by=person,
            created_at=now,
        )
        .returning(mutes.c.mute_id)
    )
    return int(connection.execute(statement).scalar_one())


def end(connection: sa.Connection, mute_id: int, person: str, now: datetime) -> None:
    """End a mute now; raises NotFound unless it is in force."""
    statement = (
        sa.update(mutes)
        .where(mutes.c.mute_id == mute_id, mutes.c.ends_at > now)
        .values(ends_at=now, ended_by=person)
        .returning(mutes.c.mute_id)
    )
    if connection.execute(statement).first() is None:
        raise NotFound(f"There is no mute {mute_id} in force.", "See `opsloop mutes list`.")


def all_mutes(connection: sa.Connection, ending_after: datetime | None = None) -> list[Mute]:
    """Return the mutes, those that end last first; only those that end after a moment, if given."""
    statement = sa.select(mutes).order_by(mutes.c.ends_at.desc(), mutes.c.mute_id)
    if ending_after is not None:
        statement = statement.where(mutes.c.ends_at > ending_after)
    rows = connection.execute(statement).mappings()
    return [Mute(**{field.name: row[field.name] for field in fields(Mute)}) for row in rows]


def held_back(connection: sa.Connection, mute: Mute) -> int:
    """Return how many events the mute's scope holds back now."""
    scope = [events.c.disposition == "muted", events.c.firing]
    if mute.monitor_id is not None:
        scope.append(events.c.monitor_id == mute.monitor_id)
    if mute.entity_id is not None:
        scope.append(events.c.entity_id == mute.entity_id)
    return connection.execute(sa.select(sa.func.count()).where(*scope)).scalar_one()
