"""Events that something holds back: what held each, and what may silence a monitor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.store import bulk, sync_state
from opsloop.store.tables import claims, event_evidence, events, held_events, mutes
from opsloop.suppression import Candidate, Hold, Inhibition, Inhibitor
from opsloop.types import HOLDING, SUPPRESSED, Disposition

_COLUMNS = ("event_id", "disposition", "held_by", "until")


@dataclass(frozen=True, slots=True)
class Held:
    """An event that fires and opened nothing, with all that has held it back so far."""

    event_id: str
    candidate: Candidate
    holds: tuple[Hold, ...]


def keep(connection: sa.Connection, holds: Mapping[str, Iterable[Hold]]) -> None:
    """Remember what holds events back, by event_id; what is known already gets its new end."""
    rows = [
        (event_id, str(hold.disposition), hold.by, _kept_end(hold))
        for event_id, found in holds.items()
        for hold in found
    ]
    bulk.upsert(connection, held_events, _COLUMNS, rows)


def _kept_end(hold: Hold) -> datetime | None:
    """Return the end to remember: a mute can be ended early, and says itself when it was."""
    return None if hold.disposition is Disposition.MUTED else hold.until


def held_of(connection: sa.Connection, monitor_id: str) -> list[Held]:
    """Return a monitor's firing events that something holds back."""
    # as the partial index has them
    words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{word}'") for word in SUPPRESSED]
    statement = (
        sa.select(
            events.c.event_id,
            events.c.entity_id,
            events.c.group_key,
            event_evidence.c.evidence,
            held_events.c.disposition,
            held_events.c.held_by,
            held_events.c.until,
        )
        .outerjoin(event_evidence, event_evidence.c.event_id == events.c.event_id)
        .outerjoin(held_events, held_events.c.event_id == events.c.event_id)
        .where(events.c.monitor_id == monitor_id, events.c.firing, events.c.disposition.in_(words))
    )
    rows: dict[str, list[sa.Row[Any]]] = {}  # an order would lead past the partial index
    for row in connection.execute(statement):
        rows.setdefault(row.event_id, []).append(row)
    return [_held(of_event) for of_event in rows.values()]


def _held(rows: Sequence[sa.Row[Any]]) -> Held:
    first = rows[0]
    candidate = Candidate(first.entity_id, first.group_key, first.evidence or "{}")
    holds = (
        Hold(Disposition(row.disposition), row.held_by, row.until) for row in rows if row.held_by
    )
    return Held(first.event_id, candidate, tuple(holds))


def ends_of(connection: sa.Connection, held: Sequence[Held]) -> dict[str, datetime]:
    """Return event_id → the end of what held it back last, where something that did has ended."""
    mute_ids = _numbers(held, Disposition.MUTED)
    incidents = sync_state.incidents_by_id(connection, _numbers(held, Disposition.INHIBITED))
    ends: dict[tuple[Disposition, str], datetime | None] = {
        (Disposition.INHIBITED, str(number)): None if one.state.is_open else one.resolved_at
        for number, one in incidents.items()
    }
    for part in sync_state.slices(sorted(mute_ids)):
        statement = sa.select(mutes.c.mute_id, mutes.c.ends_at).where(mutes.c.mute_id.in_(part))
        for row in connection.execute(statement):
            ends[Disposition.MUTED, str(row.mute_id)] = row.ends_at
    found = (
        (one.event_id, ends.get((hold.disposition, hold.by), hold.until))
        for one in held
        for hold in one.holds
    )
    last: dict[str, datetime] = {}
    for event_id, end in found:
        if end is not None:
            last[event_id] = max(end, last.get(event_id, end))
    return last


def _numbers(held: Iterable[Held], disposition: Disposition) -> set[int]:
    return {int(hold.by) for one in held for hold in one.holds if hold.disposition is disposition}


def inhibitors_of(
    connection: sa.Connection, monitor_id: str, inhibitions: Iterable[Inhibition]
) -> Iterator[Inhibitor]:
    """Yield the open incidents that silence a monitor, by entity or group, once per event.

    Starts from the keys that a source's open incidents claim: those are few, whatever its history.
    """
    for inhibition in inhibitions:
        if not inhibition.silences(monitor_id):
            continue
        is_open = sa.select(claims.c.incident_id).where(claims.c.monitor_id == inhibition.source)
        key = events.c.entity_id if inhibition.same == "entity" else events.c.group_key
        statement = sa.select(
            events.c.monitor_id, key.label("key"), events.c.incident_id, events.c.started_at
        ).where(events.c.incident_id.in_(is_open), events.c.disposition.in_(HOLDING))
        for row in connection.execute(statement):
            if row.monitor_id == inhibition.source:  # a merged incident may hold others' as well
                yield Inhibitor(inhibition.same, row.key, row.incident_id, row.started_at)
