"""Texts that people are writing: by person, incident and field. Not in the log, nobody else's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from opsloop.store import bulk
from opsloop.store.tables import drafts

_COLUMNS = ("person", "incident_id", "field", "body", "updated_at")


def keep(
    connection: sa.Connection, person: str, number: int, texts: Mapping[str, str], now: datetime
) -> None:
    """Remember texts by field, instead of what was there."""
    rows = [(person, number, field, text, now) for field, text in texts.items()]
    bulk.upsert(connection, drafts, _COLUMNS, rows)


def drop(connection: sa.Connection, person: str, number: int, fields: Collection[str]) -> None:
    """Forget the texts of some fields."""
    keys = [(person, number, field) for field in fields]
    bulk.delete(connection, drafts, ("person", "incident_id", "field"), keys)


def drop_older(connection: sa.Connection, than: datetime) -> None:
    """Forget, of everybody, what nobody has gone on with since a moment."""
    connection.execute(sa.delete(drafts).where(drafts.c.updated_at < than))


def of(connection: sa.Connection, person: str, number: int) -> dict[str, str]:
    """Return a person's texts on an incident, by field."""
    statement = sa.select(drafts.c.field, drafts.c.body).where(
        drafts.c.person == person, drafts.c.incident_id == number
    )
    return {row.field: row.body for row in connection.execute(statement)}
