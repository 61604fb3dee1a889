"""What opening up an incident, and taking that back, needs to read of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from opsloop.diff import Snapshot
from opsloop.store import queries, sync_state
from opsloop.store.records import event_of
from opsloop.store.tables import events, incident_log
from opsloop.types import Action, Event, LogRow

Key = tuple[str, str]  # monitor, group key
MOST_AT_ONCE = 5_000  # incidents that one transaction opens


def snapshots_of_keys(
    connection: sa.Connection, number: int, keys: Iterable[Key]
) -> dict[str, Snapshot]:
    """Return, by event_id, the events that an incident has of some keys, with their evidence."""
    by_monitor: dict[str, list[str]] = {}
    for monitor_id, group_key in keys:
        by_monitor.setdefault(monitor_id, []).append(group_key)
    ids: list[str] = []
    for monitor_id, group_keys in by_monitor.items():
        for part in sync_state.slices(group_keys):
            statement = sa.select(events.c.event_id).where(
                events.c.monitor_id == monitor_id,
                events.c.group_key.in_(part),
                events.c.incident_id == number,
            )
            ids.extend(connection.execute(statement).scalars())
    return sync_state.snapshots(connection, ids)


def opened_in(connection: sa.Connection, first: int, batch_id: str) -> list[int]:
    """Return the incidents that a transaction opened, which it numbered on from the first."""
    log = incident_log.c
    statement = (
        sa.select(log.incident_id)
        .where(log.incident_id >= first, log.version == 1, log.batch_id == batch_id)
        .order_by(log.incident_id)
        .limit(MOST_AT_ONCE)
    )
    return list(connection.execute(statement).scalars())


def events_of_all(connection: sa.Connection, numbers: Sequence[int]) -> list[Event]:
    """Return all events of these incidents."""
    found: list[Event] = []
    for part in sync_state.slices(numbers):
        statement = sa.select(events).where(events.c.incident_id.in_(part))
        found.extend(event_of(row) for row in connection.execute(statement).mappings())
    return found


def parts_of_opening(connection: sa.Connection, batch_id: str) -> list[LogRow] | None:
    """Return the rows by which one act opened an incident up, newest first, by a batch of it.

    A large one takes several transactions, which undoing takes back one after the other. What was
    taken back already is left out. None if the batch did something else.
    """
    rows = queries.rows_of_batch(connection, batch_id)
    named = next((row for row in rows if opening_of(row) is not None), None)
    if named is None:
        return None
    log = queries.log(connection, named.incident_id)
    undone = {row.subject.get("reverses_batch_id") for row in log if row.action is Action.UNDONE}
    return [
        row
        for row in reversed(log)
        if opening_of(row) == opening_of(named) and row.batch_id not in undone
    ]


def opening_of(row: LogRow) -> str | None:
    """Return what names the act that a row is part of, if that act opened an incident up."""
    if row.action is not Action.SPLIT:
        return None
    name = (row.payload or {}).get("opening")
    return None if name is None else str(name)
