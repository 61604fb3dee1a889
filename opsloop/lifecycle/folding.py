"""The one rule by which the log becomes an incident.

The store writes its result with every row, and `store verify` replays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import datetime
from operator import attrgetter
from typing import Any

from opsloop.types import Action, ActorKind, Incident, Severity, State

_SNOOZE = ("snoozed_until", "wake_events", "wake_share")
_WAITING = (
    "waiting_kind",
    "waiting_on",
    "waiting_reason",
    "waiting_since",
    "follow_up_at",
    "follow_up_every_s",
    "follow_ups",
)
_RESOLUTION = (
    "resolved_at",
    "resolution_code",
    "root_cause",
    "closed_at",
    "accepted_until",
    "merged_into",
)

# What an undone decision gives back as it was. What people learned meanwhile (that somebody looked,
# the events that came) stays.
DECIDED = (
    "state",
    "team",
    "assignee",
    "assignment_kind",
    "class",
    "type",
    "priority",
    "priority_overridden",
    "policy",
    *_WAITING,
    *_SNOOZE,
    *_RESOLUTION,
)

# Columns that an action determines outright: absent from the row means null, not unchanged.
DETERMINES: Mapping[Action, tuple[str, ...]] = {
    Action.TAKEN: (*_SNOOZE, *_WAITING),
    Action.ASSIGNED: ("assignee",),
    Action.ATTACHED: ("all_clear_at", "evidence_lost_at"),
    Action.MONITOR_BACK: ("monitor_gone_at",),
    Action.SET_WAITING: (*_SNOOZE, *_WAITING),
    Action.FOLLOWED_UP: ("follow_up_at",),
    Action.RESUMED: _WAITING,
    Action.SNOOZED: _SNOOZE,
    Action.WOKEN: _SNOOZE,
    Action.POLICY_APPLIED: ("policy",),
    Action.TAKEN_BACK: ("assignee",),
    Action.MERGED: (*_SNOOZE, *_WAITING, "root_cause", "accepted_until"),
    Action.RESOLVED: (*_SNOOZE, *_WAITING, "root_cause", "accepted_until"),
    Action.REOPENED: (*_RESOLUTION, "all_clear_at"),
    Action.UNDONE: DECIDED,
}

_PLACES = {field.name: place for place, field in enumerate(fields_of(Incident))}
_values_of = attrgetter(*_PLACES)
_FIELDS = {"class": "class_"}
_UNSET = {
    action: dict.fromkeys(_FIELDS.get(name, name) for name in columns)
    for action, columns in DETERMINES.items()
}
_WORDS = {"state": State, "severity": Severity}


def field_of(column: str) -> str:
    """Return the field of `Incident` that a column of the log stands for."""
    return _FIELDS.get(column, column)


def fold(
    incident: Incident | None,
    *,
    incident_id: int,
    version: int,
    decision_version: int,
    action: Action,
    actor_kind: ActorKind,
    effective_at: datetime,
    recorded_at: datetime,
    after: Mapping[str, Any],
    text_id: str | None,
) -> Incident:
    """Return the incident after one more row of its log.

    Args:
        incident: what the earlier rows left; None before the first.
        after: the row's after-values by column; None or absent = unchanged, except for the columns
            that the action determines outright (`DETERMINES`).
        text_id: of the row's text; an opening row's is the title.
    """
    values: dict[str, Any] = dict(_UNSET.get(action, ()))
    for column, value in after.items():
        if value is not None:
            word = _WORDS.get(column)
            values[_FIELDS.get(column, column)] = word(value) if word else value
    values["version"] = version
    values["decision_version"] = decision_version
    values["updated_at"] = recorded_at
    # putting something off is no work on it
    touches = actor_kind is ActorKind.PERSON and action not in (Action.SNOOZED, Action.WOKEN)
    if actor_kind is ActorKind.PERSON:
        values["last_act_at"], values["questioned_at"] = effective_at, None
    elif action is Action.QUESTIONED:
        values["questioned_at"] = effective_at
    if incident is None:
        values["text_id"] = text_id
        values["touched_at"] = effective_at if touches else None
        return Incident(incident_id=incident_id, **values)
    if action is Action.REOPENED:
        values["reopened_count"] = incident.reopened_count + 1
        values["touched_at"] = effective_at if touches else None
    elif touches and incident.touched_at is None:
        values["touched_at"] = effective_at
    if action is Action.UNDONE and incident.state.is_open and not values["state"].is_open:
        values["reopened_count"] = incident.reopened_count - 1
    if action is Action.ESCALATED:
        values["escalations_total"] = incident.escalations_total + 1
        values["escalations_open"] = incident.escalations_open + 1
    elif action is Action.ANSWERED:
        values["escalations_open"] = incident.escalations_open - 1
    return _changed(incident, values)


def _changed(incident: Incident, values: Mapping[str, Any]) -> Incident:
    """Return the incident with other values; `dataclasses.replace` takes twice the time."""
    fields = list(_values_of(incident))
    for name, value in values.items():
        fields[_PLACES[name]] = value
    return Incident(*fields)
