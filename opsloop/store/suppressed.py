"""What fires and opens nothing now: the events that are held back, by what and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from opsloop.store import sync_state
from opsloop.store.records import event_of
from opsloop.store.tables import events, held_events, incidents, mutes, texts
from opsloop.suppression import Hold
from opsloop.types import OPEN_STATES, SUPPRESSED, Disposition, Event


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An event that fires and is held back, with what holds it back still.

    `holds` is empty once all of it has ended: the monitor's next run treats the event as new.
    """

    event: Event
    holds: tuple[Hold, ...]

    @property
    def until(self) -> datetime | None:
        """The last of the ends, UTC; None = until an incident ends, or the next run."""
        ends = [hold.until for hold in self.holds]
        return None if None in ends else max((end for end in ends if end), default=None)


def suppressed(
    connection: sa.Connection,
    now: datetime,
    monitor_id: str | None = None,
    *,
    limit: int | None = None,
) -> list[Suppressed]:
    """Return what is held back, by monitor and since when, the longest first."""
    statement = (
        sa.select(events)
        .where(*_conditions(monitor_id))
        .order_by(events.c.monitor_id, events.c.started_at, events.c.event_id)
        .limit(limit)
    )
    found = [event_of(row) for row in connection.execute(statement).mappings()]
    holds = _holds(connection, [event.event_id for event in found], now)
    return [Suppressed(event, holds.get(event.event_id, ())) for event in found]


def count_suppressed(connection: sa.Connection, monitor_id: str | None = None) -> int:
    """Return how many events are held back."""
    statement = sa.select(sa.func.count()).select_from(events).where(*_conditions(monitor_id))
    return connection.execute(statement).scalar_one()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An incident that was accepted until a moment, and how many firing events that holds back."""

    incident_id: int
    title: str
    monitor_id: str | None
    accepted_until: datetime
    held_back: int


def acceptances(connection: sa.Connection, now: datetime) -> list[Acceptance]:
    """Return the acceptances in force, those that end first first."""
    accepted, table = incidents.c.accepted_until, incidents.c
    held = (
        sa.select(sa.func.count())
        .select_from(held_events)
        .join(events, events.c.event_id == held_events.c.event_id)
        .where(
            held_events.c.disposition == Disposition.ACCEPTED,
            held_events.c.held_by == sa.cast(table.incident_id, sa.Text),
            events.c.firing,
            events.c.disposition == Disposition.ACCEPTED,
        )
        .scalar_subquery()
    )
    statement = (
        sa.select(table.incident_id, texts.c.body, table.monitor_id, accepted, held)
        .outerjoin(texts, texts.c.text_id == table.text_id)
        .where(accepted > now, table.state.not_in(OPEN_STATES))
        .order_by(accepted, table.incident_id)
    )
    rows = connection.execute(statement)
    return [Acceptance(row[0], row[1] or "", row[2], row[3], row[4]) for row in rows]


def _conditions(monitor_id: str | None) -> list[sa.ColumnElement[bool]]:
    # as the partial index has them
    words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{word}'") for word in SUPPRESSED]
    found = [events.c.firing, events.c.disposition.in_(words)]
    return found if monitor_id is None else [*found, events.c.monitor_id == monitor_id]


def _holds(
    connection: sa.Connection, event_ids: Sequence[str], now: datetime
) -> dict[str, tuple[Hold, ...]]:
    """Return, by event_id, what holds events back at a moment, with its end."""
    rows: list[tuple[str, Hold]] = []
    for part in sync_state.slices(event_ids):
        statement = (
            sa.select(held_events)
            .where(held_events.c.event_id.in_(part))
            .order_by(held_events.c.disposition, held_events.c.held_by)
        )
        for row in connection.execute(statement):
            hold = Hold(Disposition(row.disposition), row.held_by, row.until)
            rows.append((row.event_id, hold))
    ends = _mute_ends(connection, (hold for _, hold in rows))
    still_open = _open_incidents(connection, (hold for _, hold in rows))
    found: dict[str, tuple[Hold, ...]] = {}
    for event_id, hold in rows:
        if hold.disposition is Disposition.MUTED:
            hold = replace(hold, until=ends.get(hold.by, now))
        is_over = hold.until is not None and hold.until <= now
        is_free = hold.disposition is Disposition.INHIBITED and hold.by not in still_open
        if not is_over and not is_free:
            found[event_id] = (*found.get(event_id, ()), hold)
    return found


def _mute_ends(connection: sa.Connection, holds: Iterable[Hold]) -> dict[str, datetime]:
    ids = sorted({int(hold.by) for hold in holds if hold.disposition is Disposition.MUTED})
    found: dict[str, datetime] = {}
    for part in sync_state.slices(ids):
        statement = sa.select(mutes.c.mute_id, mutes.c.ends_at).where(mutes.c.mute_id.in_(part))
        found.update((str(row.mute_id), row.ends_at) for row in connection.execute(statement))
    return found


def _open_incidents(connection: sa.Connection, holds: Iterable[Hold]) -> set[str]:
    numbers = sorted({int(one.by) for one in holds if one.disposition is Disposition.INHIBITED})
    found: set[str] = set()
    for part in sync_state.slices(numbers):
        statement = sa.select(incidents.c.incident_id).where(
            incidents.c.incident_id.in_(part), incidents.c.state.in_(OPEN_STATES)
        )
        found.update(str(row.incident_id) for row in connection.execute(statement))
    return found
