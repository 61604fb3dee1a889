"""What people do with an incident: each returns the log row, or says why it is refused.

Pure: the incident is as the log left it, and `now` is given.
"""

from __future__ import annotations

from datetime import datetime

from opsloop.errors import Refused, SomebodyWasFirst
from opsloop.lifecycle.folding import DECIDED, field_of
from opsloop.lifecycle.transitions import at_work, require_allowed
from opsloop.types import CLASSES, PRIORITIES, Action, Change, Incident, ResolutionCode, State

SYNC_ONLY_CODES = (ResolutionCode.CLEARED_BY_ITSELF, ResolutionCode.RULE_CHANGED)
PERSONS_CODES = tuple(code for code in ResolutionCode if code not in SYNC_ONLY_CODES)
LINK_KINDS = ("related", "duplicate_of", "caused_by", "follows")

# What can be undone as a whole. What was said, asked or counted stays: corrections are new rows.
UNDOABLE = (
    Action.TAKEN,
    Action.ASSIGNED,
    Action.PRIORITIZED,
    Action.CLASSIFIED,
    Action.SET_WAITING,
    Action.FOLLOWED_UP,
    Action.RESUMED,
    Action.SNOOZED,
    Action.WOKEN,
    Action.MERGED,
    Action.ABSORBED,
    Action.SPLIT,
    Action.RESOLVED,
    Action.CLOSED,
    Action.REOPENED,
)


def take(incident: Incident, person: str, now: datetime) -> Change:
    """Make `person` the incident's owner and start work on it; the team stays."""
    require_allowed(incident, Action.TAKEN)
    if incident.assignee == person and incident.state is State.ACTIVE:
        raise Refused(f"Incident {incident.incident_id} is already yours and active.")
    after = {"assignee": person, "assignment_kind": "manual", "state": State.ACTIVE}
    return Change(Action.TAKEN, now, {**after, **acknowledgement(incident, now)})


def assign(incident: Incident, team: str, person: str | None, now: datetime) -> Change:
    """Hand the incident to a team and, if `person` is given, to that person."""
    require_allowed(incident, Action.ASSIGNED)
    if incident.team == team and incident.assignee == person:
        holder = person or f"team {team}"
        raise Refused(f"Incident {incident.incident_id} is already with {holder}.")
    after = {"team": team, "assignee": person, "assignment_kind": "manual"}
    return Change(Action.ASSIGNED, now, after)


def comment(incident: Incident, text: str, now: datetime) -> Change:
    """Add a comment; it changes nothing else, so nobody's decision is outdated by it."""
    require_allowed(incident, Action.COMMENTED)
    return Change(
        Action.COMMENTED,
        now,
        acknowledgement(incident, now),
        text=needed(incident, "A comment", text),
        is_decision=False,
    )


def escalate(
    incident: Incident,
    escalation_id: str,
    *,
    to_kind: str,
    to_id: str,
    escalation_type: str,
    escalation_class: str,
    text: str,
    now: datetime,
) -> Change:
    """Ask a person, a team or an outside party; the incident stays where it is until answered.

    Args:
        escalation_type: what for, in the project's words: help, decision, …
        escalation_class: what kind of work it asks for, one of `CLASSES`.
    """
    require_allowed(incident, Action.ESCALATED)
    _require_class(escalation_class)
    subject = {
        "escalation_id": escalation_id,
        "escalation_type": escalation_type,
        "escalation_class": escalation_class,
        "to_kind": to_kind,
        "to_id": to_id,
    }
    return Change(
        Action.ESCALATED,
        now,
        acknowledgement(incident, now),
        subject,
        text=needed(incident, "An escalation", text),
    )


def answer(incident: Incident, escalation_id: str, text: str, now: datetime) -> Change:
    """Record the answer to an escalation."""
    require_allowed(incident, Action.ANSWERED)
    return Change(
        Action.ANSWERED,
        now,
        acknowledgement(incident, now),
        {"escalation_id": escalation_id},
        text=needed(incident, "An answer", text),
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
        text: what ended it; for the code `accepted`, the reason, which is needed.
    """
    require_allowed(incident, Action.RESOLVED)
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
    if accepted_until is not None:
        needed(incident, "The reason of an acceptance", text or "")
    after = {
        "state": State.RESOLVED,
        "resolution_code": str(code),
        "root_cause": root_cause,
        "resolved_at": now,
        "accepted_until": accepted_until,
        **acknowledgement(incident, now),
    }
    return Change(Action.RESOLVED, now, after, text=text or None)


def reopen(incident: Incident, text: str, now: datetime) -> Change:
    """Open a resolved or closed incident again, with its owner; says why."""
    require_allowed(incident, Action.REOPENED)
    return Change(
        Action.REOPENED,
        now,
        {"state": at_work(incident)},
        text=needed(incident, "The reason of a reopening", text),
    )


def update(incident: Incident, text: str, now: datetime) -> Change:
    """Tell whoever is affected how it stands; the first time, it is the first response."""
    require_allowed(incident, Action.UPDATED)
    first = {} if incident.first_response_at else {"first_response_at": now}
    return Change(
        Action.UPDATED,
        now,
        {**first, **acknowledgement(incident, now)},
        text=needed(incident, "An update", text),
        is_decision=False,
    )


def nudge(
    incident: Incident, escalation_id: str, nudge_no: int, text: str, now: datetime
) -> Change:
    """Ask once more, of an escalation that is not answered."""
    require_allowed(incident, Action.NUDGED)
    return Change(
        Action.NUDGED,
        now,
        acknowledgement(incident, now),
        {"escalation_id": escalation_id, "nudge_no": nudge_no},
        text=text.strip() or None,
        is_decision=False,
    )


def prioritize(incident: Incident, priority: str, text: str, now: datetime) -> Change:
    """Give the incident another priority than its rule does, for a reason."""
    require_allowed(incident, Action.PRIORITIZED)
    if priority not in PRIORITIES:
        raise Refused(
            f"There is no priority {priority!r}.", f"Use one of: {', '.join(PRIORITIES)}."
        )
    if incident.priority == priority and incident.priority_overridden:
        raise Refused(f"Incident {incident.incident_id} is already {priority}.")
    after = {
        "priority": priority,
        "priority_overridden": True,
        **acknowledgement(incident, now),
    }
    text = needed(incident, "Another priority", text)
    return Change(Action.PRIORITIZED, now, after, text=text)


def classify(incident: Incident, class_: str | None, type_: str | None, now: datetime) -> Change:
    """Say what kind of work it is: its class, its type, or both."""
    require_allowed(incident, Action.CLASSIFIED)
    if class_ is not None:
        _require_class(class_)
    if type_ is not None and not type_.strip():
        raise Refused(f"The type of incident {incident.incident_id} is empty.", "Write one.")
    wanted = {"class": class_ or incident.class_, "type": type_ or incident.type}
    if wanted == {"class": incident.class_, "type": incident.type}:
        raise Refused(
            f"Incident {incident.incident_id} is already of class {incident.class_} and type "
            f"{incident.type}.",
            "Name another class or type.",
        )
    return Change(Action.CLASSIFIED, now, {**wanted, **acknowledgement(incident, now)})


def link(incident: Incident, other: int, kind: str, now: datetime) -> Change:
    """Connect the incident with another."""
    require_allowed(incident, Action.LINKED)
    if kind not in LINK_KINDS:
        raise Refused(f"There is no link {kind!r}.", f"Use one of: {', '.join(LINK_KINDS)}.")
    if other == incident.incident_id:
        raise Refused(f"Incident {other} cannot be linked with itself.", "Name another.")
    subject = {"other_incident_id": other, "link_kind": kind}
    return Change(Action.LINKED, now, subject=subject, is_decision=False)


def unlink(incident: Incident, other: int, kind: str, now: datetime) -> Change:
    """Take a link away."""
    require_allowed(incident, Action.UNLINKED)
    subject = {"other_incident_id": other, "link_kind": kind}
    return Change(Action.UNLINKED, now, subject=subject, is_decision=False)


def close(incident: Incident, now: datetime) -> Change:
    """Put a resolved incident away; nothing is expected of it any more."""
    require_allowed(incident, Action.CLOSED)
    return Change(Action.CLOSED, now, {"state": State.CLOSED, "closed_at": now})


def undo(
    incident: Incident,
    before: Incident,
    batch_id: str,
    now: datetime,
    *,
    left: Incident | None = None,
) -> Change:
    """Give back what a batch decided about an incident; what came after it stays.

    Args:
        incident: as it is now.
        before: as it was before the batch's first row of it.
        batch_id: whose decisions are taken back.
        left: as it was after the batch's last row of it; None = as it is now. What differs by now
            was no decision, or it would stand in the way: a worsening raised the priority, say.
    """
    require_allowed(incident, Action.UNDONE)
    left = left or incident
    fields = {name: field_of(name) for name in DECIDED}
    after = {
        name: getattr(before if getattr(incident, one) == getattr(left, one) else incident, one)
        for name, one in fields.items()
    }
    return Change(Action.UNDONE, now, after, {"reverses_batch_id": batch_id})


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


def acknowledgement(incident: Incident, now: datetime) -> dict[str, datetime]:
    """Return the first deliberate act's time, if this is it (metrics.md, definition 1)."""
    return {} if incident.acknowledged_at else {"acknowledged_at": now}


def _require_class(class_: str) -> None:
    if class_ not in CLASSES:
        raise Refused(f"There is no class {class_!r}.", f"Use one of: {', '.join(CLASSES)}.")


def needed(incident: Incident, what: str, text: str) -> str:
    """Return a text, or raise Refused if nothing is in it."""
    if not text.strip():
        raise Refused(f"{what} on incident {incident.incident_id} needs a text.", "Write one.")
    return text
