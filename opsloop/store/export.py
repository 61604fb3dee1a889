"""The logs as they leave the store: in pages of plain rows, for the warehouse's mirror."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from opsloop.store.columns import UtcDateTime
from opsloop.store.tables import incident_event_log, incident_log

PAGE = 20_000
NOT_MIRRORED = ("payload",)  # for people; texts stay in the store, where they can be redacted

LOGS = {log.name: log for log in (incident_log, incident_event_log)}


def columns_of(name: str) -> dict[str, str]:
    """Return a log's mirrored columns and the kind of each: text, time, bool, int or float."""
    kinds: tuple[tuple[type[Any], str], ...] = (
        (UtcDateTime, "time"),
        (sa.Boolean, "bool"),
        (sa.Integer, "int"),
        (sa.Float, "float"),
    )
    return {
        column.name: next((kind for type_, kind in kinds if isinstance(column.type, type_)), "text")
        for column in LOGS[name].columns
        if column.name not in NOT_MIRRORED
    }


def pages(
    connection: sa.Connection, name: str, after_seq: int, through_seq: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield a log's rows after one place and through another, in pages, in order."""
    log = LOGS[name]
    columns = [log.c[column] for column in columns_of(name)]
    while after_seq < through_seq:
        statement = (
            sa.select(*columns)
            .where(log.c.seq > after_seq, log.c.seq <= through_seq)
            .order_by(log.c.seq)
            .limit(PAGE)
        )
        rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(statement)]
        if not rows:
            return
        yield rows
        after_seq = rows[-1][0]


def last_seq(connection: sa.Connection, name: str) -> int:
    """Return the place of a log's last row; 0 for an empty one."""
    return connection.execute(sa.select(sa.func.max(LOGS[name].c.seq))).scalar() or 0


def log_id_at(connection: sa.Connection, name: str, seq: int) -> str | None:
    """Return the log_id of the row at a place of a log; None if there is none."""
    log = LOGS[name]
    return connection.execute(sa.select(log.c.log_id).where(log.c.seq == seq)).scalar()
