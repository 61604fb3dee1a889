"""The incident log in words: one plain sentence for each row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app import words
from opsloop.types import Action, ActorKind, LogRow

RESOLUTION_WORDS: Mapping[str, str] = {
    "fixed": "fixed",
    "cleared_by_itself": "cleared by itself",
    "rule_changed": "the monitor's rule changed",
    "false_alarm": "false alarm",
    "duplicate": "duplicate",
    "accepted": "accepted",
}


def actor(row: LogRow) -> str:
    """Return who wrote a row: a person, or the monitor that sync acted for."""
    if row.actor.kind is ActorKind.SYNC:
        return words.monitor_name(row.actor.id)
    return row.actor.id


def sentence(row: LogRow) -> str:
    """Return what a row says happened, to be read after its actor."""
    return _SENTENCES[row.action](row)


def resolution(code: str | None) -> str:
    """Return a resolution code in words; a project's own codes are readable as they are."""
    return RESOLUTION_WORDS.get(code or "", words.readable(code))


def _opened(row: LogRow) -> str:
    how_many = words.counted(row.after.get("events_total") or 0, "event")
    team = row.after.get("team")
    return f"opened with {how_many}" + (f", for {words.readable(team)}" if team else "")


def _attached(row: LogRow) -> str:
    return f"{_events(row)} joined: {_firing(row)}"


def _cleared(row: LogRow) -> str:
    return f"{_events(row)} cleared: {_firing(row)}"


def _released(row: LogRow) -> str:
    return f"{_events(row)} left for another incident: {_firing(row)}"


def _worsened(row: LogRow) -> str:
    parts = []
    if severity := row.after.get("severity"):
        parts.append(f"severity {severity}")
    if "impact" in row.after:
        parts.append(f"impact {words.amount(row.after['impact'])}")
    return "it got worse: " + (", ".join(parts) or _firing(row))


def _assigned(row: LogRow) -> str:
    team = words.readable(row.after.get("team"))
    person = row.after.get("assignee")
    return f"assigned it to {person} ({team})" if person else f"assigned it to team {team}"


def _escalated(row: LogRow) -> str:
    kind = words.readable(row.subject.get("escalation_type"))
    return f"escalated to {addressee(row.subject)}: {kind}"


def _resolved(row: LogRow) -> str:
    text = f"resolved it: {resolution(row.after.get('resolution_code'))}"
    if cause := row.after.get("root_cause"):
        text += f"; root cause: {cause}"
    if until := row.after.get("accepted_until"):
        text += f"; until {words.timestamp(until)}"
    return text


def _reopened(row: LogRow) -> str:
    why = (row.payload or {}).get("why")
    return f"reopened it: {why}" if why else "reopened it"


def _linked(row: LogRow) -> str:
    other = row.subject.get("other_incident_id")
    if row.subject.get("link_kind") == "follows":
        return f"it follows #{other}, which had the same key"
    return f"linked it to #{other} ({words.readable(row.subject.get('link_kind'))})"


def _events(row: LogRow) -> str:
    counted = (row.payload or {}).get("events")
    return words.counted(counted, "event") if isinstance(counted, int) else "events"


def _said(text: str) -> Callable[[LogRow], str]:
    return lambda row: text


def _firing(row: LogRow) -> str:
    firing, total = row.after.get("events_firing"), row.after.get("events_total")
    if firing is None:
        return words.counted(total or 0, "event")
    return f"{firing:,} firing" + (f" of {total:,}" if total is not None else "")


def addressee(subject: Mapping[str, object]) -> str:
    """Return whom an escalation asks: a person, "team ground ops" or "desk of X (outside)"."""
    kind, name = subject.get("to_kind"), str(subject.get("to_id"))
    if kind == "team":
        return f"team {words.readable(name)}"
    return f"{name} (outside)" if kind == "outside" else name


_SENTENCES: Mapping[Action, Callable[[LogRow], str]] = {
    Action.OPENED: _opened,
    Action.ATTACHED: _attached,
    Action.CLEARED: _cleared,
    Action.WORSENED: _worsened,
    Action.RELEASED: _released,
    Action.ALL_CLEAR: _said("all clear: nothing fires any more"),
    Action.EVIDENCE_LOST: _said("evidence lost: event rows are missing from the warehouse"),
    Action.MONITOR_GONE: _said("the monitor is gone from the project"),
    Action.MONITOR_BACK: _said("the monitor is in the project again"),
    Action.TAKEN: _said("took it"),
    Action.ASSIGNED: _assigned,
    Action.COMMENTED: _said("commented"),
    Action.ESCALATED: _escalated,
    Action.ANSWERED: _said("answered the escalation"),
    Action.RESOLVED: _resolved,
    Action.REOPENED: _reopened,
    Action.WOKEN: _said("woke it from its snooze"),
    Action.LINKED: _linked,
}
