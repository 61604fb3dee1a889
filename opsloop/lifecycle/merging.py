"""Two incidents that are one, and one that is two. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from opsloop.errors import Refused
from opsloop.lifecycle.actions import acknowledgement
from opsloop.lifecycle.transitions import require_allowed
from opsloop.types import Action, Change, Event, Incident, ResolutionCode, State

_DIGITS = 6  # as sync rounds sums of impacts


def numbers_of(incident: Incident, events: Iterable[Event]) -> dict[str, Any]:
    """Return what an incident says of the events that it has: counts, worst severity, impact.

    Impacts are added over the firing events of its own monitor: another's have another unit.
    """
    events = list(events)
    firing = [event for event in events if event.firing]
    numbers: dict[str, Any] = {"events_total": len(events), "events_firing": len(firing)}
    impacts = [
        event.impact
        for event in firing
        if event.impact is not None and event.monitor_id == incident.monitor_id
    ]
    if impacts:
        numbers["impact"] = round(sum(impacts), _DIGITS)
    worst = min((event.severity for event in events if event.severity), key=_rank, default=None)
    if worst and (incident.severity is None or worst.rank < incident.severity.rank):
        numbers["severity"] = worst
    return numbers


def merge(source: Incident, target: Incident, text: str | None, now: datetime) -> Change:
    """End an incident because its work goes on in another, which takes its events and keys."""
    require_allowed(source, Action.MERGED)
    require_allowed(target, Action.ABSORBED)
    if source.incident_id == target.incident_id:
        raise Refused(
            f"Incident {source.incident_id} cannot be merged into itself.", "Name another."
        )
    after = {
        "state": State.RESOLVED,
        "resolution_code": str(ResolutionCode.DUPLICATE),
        "resolved_at": now,
        "merged_into": target.incident_id,
        "events_total": 0,
        "events_firing": 0,
        **acknowledgement(source, now),
    }
    subject = {"other_incident_id": target.incident_id}
    return Change(Action.MERGED, now, after, subject, text=(text or "").strip() or None)


def absorb(
    target: Incident, source: Incident, events: Iterable[Event], priority: str | None, now: datetime
) -> Change:
    """Take in the events of an incident that is merged into this one.

    Args:
        events: all that it has then.
        priority: what its rule gives it then; None = as it is.
    """
    require_allowed(target, Action.ABSORBED)
    after = {**numbers_of(target, events), **_raised(target, priority)}
    subject = {"other_incident_id": source.incident_id}
    return Change(Action.ABSORBED, now, {**after, **acknowledgement(target, now)}, subject)


def split(source: Incident, new: int, events: Iterable[Event], now: datetime) -> Change:
    """Let some events go into an incident of their own.

    Args:
        events: those that stay.
    """
    require_allowed(source, Action.SPLIT)
    after = {**numbers_of(source, events), **acknowledgement(source, now)}
    # what fired may all have left; the worst of what is left is no reason to calm down
    after.pop("severity", None)
    return Change(Action.SPLIT, now, after, {"other_incident_id": new})


def check_split(source: Incident, chosen: Collection[Event], staying: Collection[Event]) -> None:
    """Raise Refused unless the chosen events can be taken out: whole keys, and not all."""
    if not chosen:
        raise Refused(f"Incident {source.incident_id}: no event was chosen.", "Name some.")
    if not staying:
        raise Refused(
            f"Incident {source.incident_id} would have no event left.", "Leave at least one."
        )
    keys = {(event.monitor_id, event.group_key) for event in chosen}
    torn = [event for event in staying if (event.monitor_id, event.group_key) in keys]
    if torn:
        raise Refused(
            f"Incident {source.incident_id}: {torn[0].entity_id} has the key of a chosen event and "
            "would stay.",
            "Events of one key stay together: choose all of them.",
        )


def opening_of_split(
    source: Incident, events: Collection[Event], priority: str | None, now: datetime
) -> dict[str, Any]:
    """Return what the incident that is split off starts with; it stays with the source's team."""
    monitors = {event.monitor_id for event in events}
    entities = {event.entity_id for event in events}
    keys = {event.group_key for event in events}
    blank = Incident(0, 0, 0, State.NEW, now, monitor_id=_only(monitors))
    numbers = numbers_of(blank, events)
    return {
        "state": State.NEW,
        "opened_at": now,
        "monitor_id": _only(monitors),
        "entity_id": _only(entities),
        "group_key": _only(keys),
        "is_flood": False,
        "team": source.team,
        "assignment_kind": source.assignment_kind,
        "class": source.class_,
        "type": source.type,
        "impact_unit": source.impact_unit,
        "priority": priority or source.priority,
        "priority_overridden": False,
        "policy": source.policy,
        "policy_version": source.policy_version,
        "calendar_version": source.calendar_version,
        **numbers,
    }


def _raised(incident: Incident, priority: str | None) -> dict[str, str]:
    """Return a priority that presses more than the present one, unless a person set that."""
    if priority is None or incident.priority_overridden:
        return {}
    # the words sort as they press
    is_higher = incident.priority is None or priority < incident.priority
    return {"priority": priority} if is_higher else {}


def _rank(severity: Any) -> int:
    return int(severity.rank)


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
