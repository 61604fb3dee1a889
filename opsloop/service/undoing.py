"""Taking back what a transaction of people decided: a new batch that names the one it reverses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.service.keys import release_keys, take_keys_back
from opsloop.service.merging import move
from opsloop.store import queries
from opsloop.store.batch import Batch
from opsloop.types import Action, Actor, Event, Incident, LogRow


def undo(batch: Batch, batch_id: str, actor: Actor) -> list[Incident]:
    """Record the rows that reverse a batch, one per incident; returns the incidents after them."""
    rows = queries.rows_of_batch(batch.connection, batch_id)
    if not rows:
        raise NotFound(
            f"There is no action {batch_id} of a person to undo.",
            "`opsloop incidents show` names each action's batch.",
        )
    splits = [row for row in rows if row.action is Action.SPLIT]
    if splits:
        return _undo_split(batch, splits[0], actor)
    first: dict[int, LogRow] = {}
    for row in rows:
        if row.action not in lifecycle.UNDOABLE:
            what = row.action.replace("_", " ")
            raise Refused(
                f"What was {what} on incident {row.incident_id} cannot be undone.",
                "Correct it with a new action.",
            )
        first.setdefault(row.incident_id, row)
    last = {row.incident_id: row for row in rows}
    merges = [row for row in rows if row.action is Action.MERGED]
    numbers = _part(batch, merges[0]) if merges else {}
    return [
        _undo_one(batch, row, last[number], actor, numbers.get(number, {}))
        for number, row in first.items()
    ]


def _undo_one(
    batch: Batch, row: LogRow, last: LogRow, actor: Actor, numbers: Mapping[str, Any]
) -> Incident:
    """Reverse what a batch decided about one incident.

    Args:
        row: the batch's first row of it.
        last: the batch's last row of it.
        numbers: what it says of its events after that, where they go too.
    """
    number = row.incident_id
    incident = queries.incident(batch.connection, number)
    _require_last(incident, last)
    before = queries.incident_at(batch.connection, number, row.version - 1)
    left = queries.incident_at(batch.connection, number, last.version)
    change = lifecycle.undo(incident, before, row.batch_id, batch.now, left=left)
    if numbers:
        past = {"impact": before.impact, "severity": before.severity}
        change = replace(change, after={**change.after, **past, **numbers})
    after = batch.record(incident, change, actor)
    if before.state.is_open and not incident.state.is_open:
        take_keys_back(batch, after)
    elif incident.state.is_open and not before.state.is_open:
        release_keys(batch, after)
    return after


def _require_last(incident: Incident, row: LogRow) -> None:
    """Raise Refused if something was decided about an incident after a row of it."""
    if incident.decision_version != row.decision_version:
        raise Refused(
            f"Incident {incident.incident_id} was decided about after that: {incident.state} by "
            "now.",
            "Undo the later decision first, or decide anew.",
        )


def _part(batch: Batch, merged: LogRow) -> dict[int, dict[str, Any]]:
    """Let the events of a merge go back, with what came to their keys since.

    Returns:
        What each of the two incidents says of its events after that.
    """
    source, target = merged.incident_id, int(merged.subject["other_incident_id"])
    connection = batch.connection
    events = queries.all_events_of(connection, target)
    moved = queries.moved_by(connection, merged.batch_id)
    keys = {_key(event) for event in events if event.event_id in moved}
    returning = [event for event in events if _key(event) in keys]
    staying = [event for event in events if _key(event) not in keys]
    move(batch, returning, source)
    others = queries.all_events_of(connection, source)
    return {
        source: lifecycle.numbers_of(queries.incident(connection, source), [*others, *returning]),
        target: lifecycle.numbers_of(queries.incident(connection, target), staying),
    }


def _undo_split(batch: Batch, row: LogRow, actor: Actor) -> list[Incident]:
    """Let what was split off come back; the incident that it had been ends as merged."""
    connection = batch.connection
    source = queries.incident(connection, row.incident_id)
    new = queries.incident(connection, int(row.subject["other_incident_id"]))
    _require_last(source, row)
    if new.decision_version > 1 or not new.state.is_open:
        raise Refused(
            f"Incident {new.incident_id}, which was split off, was decided about since.",
            f"Merge it into {source.incident_id} instead.",
        )
    returning = queries.all_events_of(connection, new.incident_id)
    events = [*queries.all_events_of(connection, source.incident_id), *returning]
    ended = lifecycle.merge(new, source, None, batch.now)
    reverses = {"reverses_batch_id": row.batch_id}
    gone = batch.record(new, replace(ended, subject={**ended.subject, **reverses}), actor)
    before = queries.incident_at(connection, source.incident_id, row.version - 1)
    left = queries.incident_at(connection, source.incident_id, row.version)
    change = lifecycle.undo(source, before, row.batch_id, batch.now, left=left)
    numbers = lifecycle.numbers_of(before, events)
    after = batch.record(source, replace(change, after={**change.after, **numbers}), actor)
    move(batch, returning, source.incident_id)
    return [after, gone]


def _key(event: Event) -> tuple[str, str]:
    return event.monitor_id, event.group_key
