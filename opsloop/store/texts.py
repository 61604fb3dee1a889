"""Texts that people wrote, kept apart from the logs so that they can be redacted."""

from __future__ import annotations

from collections.abc import Collection
from uuid import uuid4

import sqlalchemy as sa

from opsloop.store.tables import texts


def keep(connection: sa.Connection, body: str | None) -> str | None:
    """Keep a text; returns its id, None for no text."""
    if body is None or not body.strip():
        return None
    text_id = uuid4().hex
    # Postgres keeps no NUL
    plain = body.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
    connection.execute(sa.insert(texts).values(text_id=text_id, body=plain))
    return text_id


def bodies(connection: sa.Connection, ids: Collection[str | None]) -> dict[str | None, str]:
    """Return texts by their ids; one that was redacted is missing."""
    wanted = sorted({one for one in ids if one is not None})
    found: dict[str | None, str] = {}
    for first in range(0, len(wanted), 500):  # SQLite takes so many values at a time
        part = wanted[first : first + 500]
        statement = sa.select(texts.c.text_id, texts.c.body).where(texts.c.text_id.in_(part))
        found.update({row.text_id: row.body for row in connection.execute(statement) if row.body})
    return found
