"""Rows become records here, once, and records become rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping

from opsloop.lifecycle import fold
from opsloop.standing import Step
from opsloop.store import tables
from opsloop.types import (
    Action,
    Actor,
    ActorKind,
    Disposition,
    Escalation,
    Event,
    Incident,
    LogRow,
    Severity,
    State,
)

_INCIDENT_FIELDS = tuple(field.name for field in fields(Incident))
_COLUMN_OF_FIELD = {"class_": "class"}
_INCIDENT_COLUMNS = tuple((name, _COLUMN_OF_FIELD.get(name, name)) for name in _INCIDENT_FIELDS)


def incident_of(row: RowMapping) -> Incident:
    """Return the incident of a row of `incidents`."""
    values = {name: row[column] for name, column in _INCIDENT_COLUMNS}
    values["state"] = State(values["state"])
    if values["severity"] is not None:
        values["severity"] = Severity(values["severity"])
    values["is_flood"] = bool(values["is_flood"])
    values["events_total"] = values["events_total"] or 0
    values["events_firing"] = values["events_firing"] or 0
    return Incident(**values)


INCIDENT_COLUMNS = tuple(column for _, column in _INCIDENT_COLUMNS)
EVENT_COLUMNS = tuple(field.name for field in fields(Event))
# the same as tuples of these columns, for writing thousands
incident_values = attrgetter(*_INCIDENT_FIELDS)
event_values = attrgetter(*EVENT_COLUMNS)


def incident_row(incident: Incident) -> dict[str, Any]:
    """Return the row of `incidents` for an incident."""
    return dict(zip(INCIDENT_COLUMNS, incident_values(incident), strict=True))


def event_of(row: Mapping[str, Any] | RowMapping) -> Event:
    """Return the event of a row of `events`."""
    severity = row["severity"]
    return Event(
        event_id=row["event_id"],
        monitor_id=row["monitor_id"],
        entity_id=row["entity_id"],
        group_key=row["group_key"],
        disposition=Disposition(row["disposition"]),
        firing=bool(row["firing"]),
        occurred_at=row["occurred_at"],
        started_at=row["started_at"],
        incident_id=row["incident_id"],
        severity=Severity(severity) if severity else None,
        impact=row["impact"],
        cleared_at=row["cleared_at"],
        cleared_reason=row["cleared_reason"],
        is_lost=bool(row["is_lost"]),
    )


def event_row(event: Event) -> dict[str, Any]:
    """Return the row of `events` for an event."""
    return dict(zip(EVENT_COLUMNS, event_values(event), strict=True))


def escalation_of(row: RowMapping) -> Escalation:
    """Return the escalation of a row of `escalations`."""
    return Escalation(**{field.name: row[field.name] for field in fields(Escalation)})


def log_row_of(row: RowMapping, text: str | None) -> LogRow:
    """Return the log row of a row of `incident_log`; only what the row set is in `after`."""
    return LogRow(
        seq=row["seq"],
        log_id=row["log_id"],
        batch_id=row["batch_id"],
        incident_id=row["incident_id"],
        version=row["version"],
        decision_version=row["decision_version"],
        action=Action(row["action"]),
        recorded_at=row["recorded_at"],
        effective_at=row["effective_at"],
        actor=Actor(ActorKind(row["actor_kind"]), row["actor_id"], row["via"]),
        after=_given(row, tables.AFTER_VALUES),
        subject=_given(row, tables.SUBJECT),
        text=text,
        text_id=row["text_id"],
        payload=json.loads(row["payload"]) if row["payload"] else None,
    )


def folded(incident: Incident | None, row: LogRow) -> Incident:
    """Return the incident after one more row of its log."""
    return fold(
        incident,
        incident_id=row.incident_id,
        version=row.version,
        decision_version=row.decision_version,
        action=row.action,
        actor_kind=row.actor.kind,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        after=row.after,
        text_id=row.text_id,
    )


def steps_of(columns: Sequence[str]) -> sa.Select[Any]:
    """Return what to select of the log for `step_after` by these after-values."""
    log = tables.incident_log.c
    return sa.select(
        log.incident_id,
        log.version,
        log.decision_version,
        log.action,
        log.actor_kind,
        log.effective_at,
        log.recorded_at,
        log.text_id,
        log.batch_id,
        log.reverses_batch_id,
        *(log[name] for name in columns),
    )


def step_after(incident: Incident | None, row: sa.Row[Any], columns: Sequence[str]) -> Step:
    """Return the incident after one more row of its log, which need not be read whole.

    Args:
        row: as `steps_of` selects it.
        columns: the after-values that it has; the incident says nothing of others.
    """
    values: tuple[Any, ...] = tuple(row)
    head, after = values[: -len(columns)], zip(columns, values[-len(columns) :], strict=True)
    number, version, decision, action, kind, at, recorded_at, text_id, batch, undoes = head
    done = Action(action)
    folded_in = fold(
        incident,
        incident_id=number,
        version=version,
        decision_version=decision,
        action=done,
        actor_kind=ActorKind(kind),
        effective_at=at,
        recorded_at=recorded_at,
        after={name: value for name, value in after if value is not None},
        text_id=text_id,
    )
    return Step(folded_in, done, at, batch, undoes)


def _given(row: RowMapping, columns: tuple[str, ...]) -> dict[str, Any]:
    return {column: row[column] for column in columns if row[column] is not None}
