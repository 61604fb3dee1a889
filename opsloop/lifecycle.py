"""What people may do with an incident, and what a log row means for it. Pure: `now` is given.

`fold` is the one rule by which the log becomes an incident; the store writes its result, and
`store verify` replays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from opsloop.errors import Refused, SomebodyWasFirst
from opsloop.types import Action, ActorKind, Change, Incident, ResolutionCode, Severity, State

# Which states an action may be taken in, and where it leads (None = the state stays).
TRANSITIONS: Mapping[Action, Mapping[State, State | None]] = {
    Action.TAKEN: {
        State.NEW: State.ACTIVE,
        State.ACTIVE: None,
        State.WAITING: State.ACTIVE,
        State.SNOOZED: State.ACTIVE,
    },
    Action.ASSIGNED: dict.fromkeys((State.NEW, State.ACTIVE, State.WAITING, State.SNOOZED)),
    Action.COMMENTED: dict.fromkeys(State),
    Action.ESCALATED: dict.fromkeys((State.NEW, State.ACTIVE, State.WAITING, State.SNOOZED)),
    Action.ANSWERED: dict.fromkeys(State),
    Action.RESOLVED: {
        State.NEW: State.RESOLVED,
        State.ACTIVE: State.RESOLVED,
        State.WAITING: State.RESOLVED,
        State.SNOOZED: State.RESOLVED,
    },
    Action.REOPENED: {State.RESOLVED: State.ACTIVE, State.CLOSED: State.ACTIVE},
}

# Columns that an action determines outright: absent from the row means null, not unchanged.
DETERMINES: Mapping[Action, tuple[str, ...]] = {
    Action.TAKEN: ("snoozed_until", "wake_events", "wake_share"),
    Action.ASSIGNED: ("assignee",),
    Action.ATTACHED: ("all_clear_at", "evidence_lost_at"),
    Action.MONITOR_BACK: ("monitor_gone_at",),
    Action.WOKEN: ("snoozed_until", "wake_events", "wake_share"),
    Action.RESOLVED: ("snoozed_until", "wake_events", "wake_share", "root_cause", "accepted_until"),
    Action.REOPENED: (
        "resolved_at",
        "resolution_code",
        "root_cause",
        "closed_at",
        "all_clear_at",
        "accepted_until",
    ),
}

SYNC_ONLY_CODES = (ResolutionCode.CLEARED_BY_ITSELF, ResolutionCode.RULE_CHANGED)
PERSONS_CODES = tuple(code for code in ResolutionCode if code not in SYNC_ONLY_CODES)

_FIELD_OF_COLUMN = {"class": "class_"}
_WORDS = {"state": State, "severity": Severity}
_FIELDS = frozenset(field.name for field in fields(Incident))


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
    values: dict[str, Any] = dict.fromkeys(DETERMINES.get(action, ()))
    for column, value in after.items():
        if value is not None:
            word = _WORDS.get(column)
            values[_FIELD_OF_COLUMN.get(column, column)] = word(value) if word else value
    values["version"] = version
    values["decision_version"] = decision_version
    values["updated_at"] = recorded_at
    is_person = actor_kind is ActorKind.PERSON
    if incident is None:
        values["text_id"] = text_id
        values["touched_at"] = effective_at if is_person else None
        return Incident(incident_id=incident_id, **values)
    if action is Action.REOPENED:
        values["reopened_count"] = incident.reopened_count + 1
        values["touched_at"] = effective_at if is_person else None
    elif is_person and incident.touched_at is None:
        values["touched_at"] = effective_at
    if action is Action.ESCALATED:
        values["escalations_total"] = incident.escalations_total + 1
        values["escalations_open"] = incident.escalations_open + 1
    elif action is Action.ANSWERED:
        values["escalations_open"] = incident.escalations_open - 1
    return replace(incident, **values)


def take(incident: Incident, person: str, now: datetime) -> Change:
    """Make `person` the incident's owner and start work on it; the team stays."""
    state = _next_state(incident, Action.TAKEN)
    if incident.assignee == person and incident.state is State.ACTIVE:
        raise Refused(f"Incident {incident.incident_id} is already yours and active.")
    after: dict[str, Any] = {"assignee": person, "assignment_kind": "manual", "state": state}
    return Change(Action.TAKEN, now, {**after, **_acknowledgement(incident, now)})


def assign(incident: Incident, team: str, person: str | None, now: datetime) -> Change:
    """Hand the incident to a team and, if `person` is given, to that person."""
    _next_state(incident, Action.ASSIGNED)
    if incident.team == team and incident.assignee == person:
        holder = person or f"team {team}"
        raise Refused(f"Incident {incident.incident_id} is already with {holder}.")
    after = {"team": team, "assignee": person, "assignment_kind": "manual"}
    return Change(Action.ASSIGNED, now, after)


def comment(incident: Incident, text: str, now: datetime) -> Change:
    """Add a comment; it changes nothing else, so nobody's decision is outdated by it."""
    _next_state(incident, Action.COMMENTED)
    return Change(
        Action.COMMENTED,
        now,
        _acknowledgement(incident, now),
        text=_needed(incident, "A comment", text),
        is_decision=False,
    )


def escalate(
    incident: Incident,
    escalation_id: str,
    *,
    to_kind: str,
    to_id: str,
    escalation_type: str,
    text: str,
    now: datetime,
) -> Change:
    """Ask a person, a team or an outside party; the incident stays where it is until answered."""
    _next_state(incident, Action.ESCALATED)
    subject = {
        "escalation_id": escalation_id,
        "escalation_type": escalation_type,
        "to_kind": to_kind,
        "to_id": to_id,
    }
    return Change(
        Action.ESCALATED,
        now,
        _acknowledgement(incident, now),
        subject,
        text=_needed(incident, "An escalation", text),
    )


def answer(incident: Incident, escalation_id: str, text: str, now: datetime) -> Change:
    """Record the answer to an escalation."""
    _next_state(incident, Action.ANSWERED)
    return Change(
        Action.ANSWERED,
        now,
        _acknowledgement(incident, now),
        {"escalation_id": escalation_id},
        text=_needed(incident, "An answer", text),
    )


def resolve(
    incident: Incident,
    code: str,
    now: datetime,
    *,
    own_codes: tuple[str, ...] = (),
    root_cause: str | None = None,
    accepted_until: datetime | None = None,
    text: str | None = None,
) -> Change:
    """End the incident with a code.

    Args:
        code: one of the codes that people may give, or of the project's `own_codes`.
        accepted_until: needed for the code `accepted`, and for no other; UTC, in the future.
    """
    state = _next_state(incident, Action.RESOLVED)
    allowed = (*PERSONS_CODES, *own_codes)
    if code not in allowed:
        raise Refused(
            f"Incident {incident.incident_id} cannot be resolved as {code!r}.",
            f"Use one of: {', '.join(allowed)}.",
        )
    if (code == ResolutionCode.ACCEPTED) != (accepted_until is not None):
        raise Refused(
            f"Incident {incident.incident_id}: the code accepted needs an end, and no other does.",
            "Say until when it is accepted (accepted_until), or give another code.",
        )
    if accepted_until is not None and accepted_until <= now:
        raise Refused(
            f"Incident {incident.incident_id}: accepted until {accepted_until:%Y-%m-%d %H:%M} UTC "
            "is in the past.",
            "Give a moment in the future.",
        )
    after = {
        "state": state,
        "resolution_code": str(code),
        "root_cause": root_cause,
        "resolved_at": now,
        "accepted_until": accepted_until,
        **_acknowledgement(incident, now),
    }
    return Change(Action.RESOLVED, now, after, text=text or None)


def reopen(incident: Incident, text: str, now: datetime) -> Change:
    """Open a resolved or closed incident again, with its owner; says why."""
    _next_state(incident, Action.REOPENED)
    after = {"state": State.ACTIVE if incident.assignee else State.NEW}
    return Change(
        Action.REOPENED, now, after, text=_needed(incident, "The reason of a reopening", text)
    )


def check_unchanged(incident: Incident, expect: int | None, since: str) -> None:
    """Raise SomebodyWasFirst unless the incident is as the person saw it.

    Args:
        expect: the decision_version that the person saw; None = they did not look.
        since: what happened since, for the message.
    """
    if expect is not None and expect != incident.decision_version:
        raise SomebodyWasFirst(
            f"Incident {incident.incident_id} changed since you looked: "
            f"{since or 'it is not as you saw it'}.",
            "Look again, then decide.",
        )


def _next_state(incident: Incident, action: Action) -> State:
    allowed = TRANSITIONS[action]
    if incident.state not in allowed:
        raise Refused(
            f"Incident {incident.incident_id} is {incident.state} and cannot be {action}.",
            "Reopen it first." if not incident.state.is_open else "",
        )
    return allowed[incident.state] or incident.state


def _acknowledgement(incident: Incident, now: datetime) -> dict[str, datetime]:
    """Return the first deliberate act's time, if this is it (metrics.md, definition 1)."""
    return {} if incident.acknowledged_at else {"acknowledged_at": now}


def _needed(incident: Incident, what: str, text: str) -> str:
    if not text.strip():
        raise Refused(f"{what} on incident {incident.incident_id} needs a text.", "Write one.")
    return text
