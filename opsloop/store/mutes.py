"""Mutes: what opens nothing for a while, because a person said so. They live in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.routing.values import Scalar
from opsloop.store.tables import events, held_events, mutes
from opsloop.suppression import Mute
from opsloop.types import SUPPRESSED, Disposition

__all__ = [
    "Mute",
    "add",
    "all_mutes",
    "end",
    "held_back",
    "held_back_in_all",
    "in_force",
    "mute_of",
]


def add(
    connection: sa.Connection,
    *,
    monitor_id: str | None,
    entity_id: str | None,
    evidence: Mapping[str, Scalar | None],
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
            evidence=json.dumps(dict(evidence), ensure_ascii=False) if evidence else None,
            starts_at=now,
            ends_at=until,
            reason=reason,
            created_by=person,
            created_at=now,
        )
        .returning(mutes.c.mute_id)
    )
    return int(connection.execute(statement).scalar_one())


def in_force(connection: sa.Connection, mute_id: int, now: datetime) -> Mute:
    """Return a mute; raises NotFound unless it is in force."""
    statement = sa.select(mutes).where(mutes.c.mute_id == mute_id, mutes.c.ends_at > now)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"There is no mute {mute_id} in force.", "See `opsloop mutes list`.")
    return mute_of(row)


def end(connection: sa.Connection, mute_id: int, person: str, now: datetime) -> None:
    """End a mute now."""
    statement = sa.update(mutes).where(mutes.c.mute_id == mute_id)
    connection.execute(statement.values(ends_at=now, ended_by=person))


def all_mutes(connection: sa.Connection, ending_after: datetime | None = None) -> list[Mute]:
    """Return the mutes, those that end last first; only those that end after a moment, if given."""
    statement = sa.select(mutes).order_by(mutes.c.ends_at.desc(), mutes.c.mute_id)
    if ending_after is not None:
        statement = statement.where(mutes.c.ends_at > ending_after)
    return [mute_of(row) for row in connection.execute(statement).mappings()]


def held_back(connection: sa.Connection, mute: Mute) -> int:
    """Return how many events that fire a mute holds back now."""
    statement = (
        sa.select(sa.func.count())
        .select_from(held_events)
        .join(events, events.c.event_id == held_events.c.event_id)
        .where(*_held_by(mute.mute_id), events.c.firing, events.c.disposition.in_(SUPPRESSED))
    )
    return connection.execute(statement).scalar_one()


def held_back_in_all(connection: sa.Connection, mute: Mute) -> int:
    """Return how many events a mute has held back, now or earlier."""
    statement = sa.select(sa.func.count()).select_from(held_events).where(*_held_by(mute.mute_id))
    return connection.execute(statement).scalar_one()


def _held_by(mute_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        held_events.c.disposition == Disposition.MUTED,
        held_events.c.held_by == str(mute_id),
    )


def mute_of(row: sa.RowMapping) -> Mute:
    """Return the mute of a row of `mutes`."""
    values = {field.name: row[field.name] for field in fields(Mute)}
    return Mute(**{**values, "evidence": json.loads(row["evidence"] or "{}")})
