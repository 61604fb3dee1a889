"""The parts of an incident as JSON names them: events, escalations, clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from opsloop.clocks import Clock, ClockSettings, state_of, used_s
from opsloop.types import Escalation, EventView


def event_record(view: EventView) -> dict[str, Any]:
    """Return an event as JSON names its parts."""
    event = view.event
    return {
        "event_id": event.event_id,
        "monitor": event.monitor_id,
        "entity_id": event.entity_id,
        "group_key": event.group_key,
        "occurred_at": event.occurred_at,
        "started_at": event.started_at,
        "cleared_at": event.cleared_at,
        "cleared_reason": event.cleared_reason,
        "firing": event.firing,
        "disposition": event.disposition,
        "severity": event.severity,
        "impact": event.impact,
        "evidence": dict(view.evidence),
    }


def escalation_record(escalation: Escalation) -> dict[str, Any]:
    """Return an escalation as JSON names its parts."""
    return {
        "escalation_id": escalation.escalation_id,
        "type": escalation.escalation_type,
        "class": escalation.escalation_class,
        "to_kind": escalation.to_kind,
        "to": escalation.to_id,
        "asked_by": escalation.asked_by,
        "asked_at": escalation.asked_at,
        "nudges": escalation.nudges,
        "nudged_at": escalation.nudged_at,
        "answered_by": escalation.answered_by,
        "answered_at": escalation.answered_at,
    }


def clock_record(clock: Clock, terms: ClockSettings, now: datetime) -> dict[str, Any]:
    """Return a clock and how it stands now, as JSON names its parts; seconds of business time."""
    status = state_of(clock, now)
    return {
        "target": clock.target,
        "state": status.state,
        "since": status.since,
        "due_at": clock.due_at,
        "target_seconds": clock.target_s,
        "used_seconds": used_s(clock, now, terms.calendar(clock.calendar)),
        "running_since": clock.running_since,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "calendar": clock.calendar,
    }
