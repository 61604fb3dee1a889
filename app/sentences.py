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
    """Return who wrote a row: a person, a rule, or the monitor that sync acted for."""
    if row.actor.kind is ActorKind.SYNC:
        return words.monitor_name(row.actor.id)
    return words.readable(row.actor.id) if row.actor.kind is ActorKind.RULE else row.actor.id


def sentence(row: LogRow) -> str:
    """Return what a row says happened, to be read after its actor."""
    return _SENTENCES[row.action](row)


def resolution(code: str | None) -> str:
    """Return a resolution code in words; a project's own codes are readable as they are."""
    return RESOLUTION_WORDS.get(code or "", words.readable(code))


def _opened(row: LogRow) -> str:
    how_many = words.counted(row.after.get("events_total") or 0, "event")
    team = f", for {words.readable(row.after['team'])}" if row.after.get("team") else ""
    if row.subject.get("link_kind") == "split_from":
        by_person = "took it " if row.actor.kind is ActorKind.PERSON else ""
        return f"{by_person}out of #{row.subject.get('other_incident_id')} with {how_many}{team}"
    if row.after.get("found_by"):
        found_by = row.after["found_by"]
        noticed = "" if found_by == row.actor.id else f"; {found_by} noticed it"
        return f"reported it{team}{noticed}"
    return f"opened with {how_many}{team}"


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


def _merged(row: LogRow) -> str:
    other = row.subject.get("other_incident_id")
    if count := (row.payload or {}).get("incidents"):
        return f"opened it up: it goes on in {words.counted(count, 'incident')}, #{other} the worst"
    return f"merged it into #{other}"


def _absorbed(row: LogRow) -> str:
    return f"merged #{row.subject.get('other_incident_id')} into this: {_firing(row)}"


def _split(row: LogRow) -> str:
    first, payload = row.subject.get("other_incident_id"), row.payload or {}
    count, last = payload.get("incidents"), payload.get("last")
    if not count:
        return f"split #{first} off: {_firing(row)} stay"
    which = f"#{first}" if count == 1 else f"#{first} to #{last}"
    return f"opened it up into {words.counted(count, 'incident')}, {which}: {_firing(row)} stay"


def _unlinked(row: LogRow) -> str:
    return f"took the link to #{row.subject.get('other_incident_id')} away"


def _waiting(row: LogRow) -> str:
    on, reason = (row.after.get(name) or words.UNKNOWN for name in ("waiting_on", "waiting_reason"))
    text = f"waits on {on} for {reason}"
    if follow_up := row.after.get("follow_up_at"):
        text += f"; asks again {words.timestamp(follow_up)}"
    return text


def _followed_up(row: LogRow) -> str:
    text = f"followed up, for the {words.ordinal(row.after.get('follow_ups') or 1)} time"
    if follow_up := row.after.get("follow_up_at"):
        text += f"; asks again {words.timestamp(follow_up)}"
    return text


def _snoozed(row: LogRow) -> str:
    ends = []
    if until := row.after.get("snoozed_until"):
        ends.append(f"until {words.timestamp(until)}")
    if events := row.after.get("wake_events"):
        ends.append(f"until it has {words.counted(events, 'event')}")
    if share := row.after.get("wake_share"):
        ends.append(f"until it is worse by {words.percent(share)}")
    return "snoozed it " + " or ".join(ends)


def _prioritized(row: LogRow) -> str:
    return f"made it {words.readable(row.after.get('priority'))}"


def _classified(row: LogRow) -> str:
    given = (words.readable(row.after.get(name)) for name in ("class", "type"))
    return f"classified it: {', '.join(given)}"


def _policy_applied(row: LogRow) -> str:
    policy = row.after.get("policy")
    return f"its service level is {words.readable(policy)}" if policy else "no service level"


def _nudged(row: LogRow) -> str:
    return f"asked again, for the {words.ordinal(row.subject.get('nudge_no') or 1)} time"


def _worked(row: LogRow) -> str:
    minutes = f"{words.amount(row.subject.get('minutes'))} min"
    person = row.subject.get("person")
    return f"logged {minutes} of work" + ("" if person in (None, row.actor.id) else f" by {person}")


def _corrected(row: LogRow) -> str:
    return f"corrected the work logged before to {words.amount(row.subject.get('minutes'))} min"


def _undone(row: LogRow) -> str:
    return f"took a decision back: it is {words.readable(row.after.get('state'))} again"


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
    Action.MERGED: _merged,
    Action.ABSORBED: _absorbed,
    Action.SPLIT: _split,
    Action.CLOSED: _said("closed it"),
    Action.SET_WAITING: _waiting,
    Action.FOLLOWED_UP: _followed_up,
    Action.RESUMED: _said("went on with it"),
    Action.QUESTIONED: _said("nobody has said anything of it for long: is it still worked on?"),
    Action.TAKEN_BACK: _said("took it back: nothing was said of it"),
    Action.SNOOZED: _snoozed,
    Action.WOKEN: _said("woke it from its snooze"),
    Action.PRIORITIZED: _prioritized,
    Action.CLASSIFIED: _classified,
    Action.POLICY_APPLIED: _policy_applied,
    Action.UPDATED: _said("told those affected how it stands"),
    Action.NUDGED: _nudged,
    Action.LINKED: _linked,
    Action.UNLINKED: _unlinked,
    Action.TIMER_STARTED: _said("started a timer"),
    Action.WORKED: _worked,
    Action.CORRECTED: _corrected,
    Action.UNDONE: _undone,
}
