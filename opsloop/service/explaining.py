"""Which rule did what to an incident, and why: the log, said in the words of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from opsloop.config import Config
from opsloop.escalation import UNANSWERED_WAIT
from opsloop.priority import band_of
from opsloop.types import Action, ActorKind, Incident, IncidentDetail, LogRow, Monitor

# What a row of sync's decision table, or a timer of it, says; ARCHITECTURE.md has them whole.
RULES: Mapping[str, str] = {
    "3": "its event's row is missing from the warehouse",
    "5": "it came and went before sync first saw it",
    "7": "its events cleared after it had been resolved: the fix holds",
    "8": "some of its events cleared, others still fire",
    "9": "nothing fires any more, and people work on it, so that its state stays",
    "10": "nothing fires any more, and nobody had worked on it",
    "12": "an open incident holds the key of what began to fire",
    "13": "a run found more than the monitor may open at once",
    "14": "it began before a person resolved the key's last incident",
    "15": "it fires again soon after its key's last incident was resolved",
    "16": "no incident holds its key",
    "17": "an event got worse than the log last recorded",
    "snooze_over": "the snooze was over",
    "not_fixed": "a good run still found it long enough after it had been called fixed",
    "monitor_gone": "the monitor is no longer in the project",
    "monitor_back": "the monitor is in the project again",
    UNANSWERED_WAIT: "it still waits after as many follow-ups as its service level lets pass",
    "quiet": "nothing was said of it for as long as its service level lets it be quiet",
    "nudge": "its question was not answered for as long as its service level waits",
    "settings": "the service levels or calendars of the settings changed",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that a rule did. `rule` is its name or its row of the decision table."""

    at: datetime
    action: Action
    rule: str
    why: str


def reasons(detail: IncidentDetail, config: Config, monitor: Monitor | None) -> list[Reason]:
    """Return what rules did to an incident, oldest first, and why its priority is what it is.

    Args:
        config: the settings now, for the priority.
        monitor: the incident's, if the project still has it.
    """
    found = [reason for row in detail.log for reason in _of(row)]
    return [*found, _priority(detail.incident, detail.log[-1], config, monitor)]


def _of(row: LogRow) -> Iterator[Reason]:
    if row.actor.kind is ActorKind.PERSON and row.action is not Action.OPENED:
        return
    rule = str(row.subject.get("rule_id") or "")
    if rule:
        why = RULES.get(rule) or _of_asking(rule)
        yield Reason(row.effective_at, row.action, rule, f"{why[0].upper()}{why[1:]}.")
    if row.action is Action.OPENED:
        placed = (row.payload or {}).get("placed") or _plainly(row)
        for why in placed:
            yield Reason(row.effective_at, row.action, "routing", why)


def _of_asking(rule: str) -> str:
    """Return why a rule without a fixed name asked somebody."""
    if rule.startswith("unanswered "):
        return "a question was asked again as often as its service level does, without an answer"
    return "a rule of that name"


def _plainly(row: LogRow) -> list[str]:
    """Return the reasons where no rule was asked."""
    team = row.after.get("team")
    return [f"There are no rules: the team is {team}, its owner, whose people take for themselves."]


def _priority(incident: Incident, last: LogRow, config: Config, monitor: Monitor | None) -> Reason:
    at = incident.updated_at or last.recorded_at
    if incident.priority_overridden:
        why = f"{incident.priority} was given by hand, and stays."
        return Reason(at, Action.PRIORITIZED, "priority", why)
    if incident.severity is None:
        return Reason(at, Action.PRIORITIZED, "priority", "It has no severity, so no priority.")
    bands = monitor.impact_bands if monitor else None
    band = band_of(incident.impact, bands)
    now = config.priority_of(incident.severity, incident.impact, bands)
    why = f"Severity {incident.severity} with {band} impact is {now}."
    if incident.priority and incident.priority > now:  # the words sort as they press
        why += f" It is {incident.priority} until something in it gets worse: that alone raises it."
    elif incident.priority != now:
        why += f" It stays {incident.priority}: a priority never falls by itself."
    return Reason(at, Action.PRIORITIZED, "priority", why)
