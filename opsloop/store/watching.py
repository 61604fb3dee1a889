"""What happened since somebody looked, in numbers small enough to ask for every few seconds."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from opsloop.store.tables import IS_SIMULATED, incident_log
from opsloop.types import Action


@dataclass(frozen=True, slots=True)
class News:
    """How many incidents are new, and how many others changed, since a place in the log."""

    new: int
    changed: int

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)


def news_since(connection: sa.Connection, seq: int, number: int | None = None) -> News:
    """Return what the log gained after a place in it, for one incident or for all."""
    log = incident_log.c
    opened = sa.case((log.action == Action.OPENED, log.incident_id))
    statement = sa.select(
        sa.func.count(opened.distinct()), sa.func.count(log.incident_id.distinct())
    ).where(log.seq > seq, log.source.is_(None))
    if number is not None:
        statement = statement.where(log.incident_id == number)
    new, touched = connection.execute(statement).one()
    return News(new, touched - new)


def is_simulated(connection: sa.Connection) -> bool:
    """Return whether any row of the log came from a demo."""
    statement = sa.select(sa.literal(1)).select_from(incident_log).where(IS_SIMULATED).limit(1)
    return connection.execute(statement).first() is not None
