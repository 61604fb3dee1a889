"""What an incident is and where it stands: its title, marks, owner, impact and times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app import deadlines, sentences, words
from app.components import html, incident_table
from app.deadlines import Zones
from opsloop.types import Incident, IncidentDetail


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled fact; `hint` is the tooltip."""

    label: str
    value: str
    hint: str = ""
    entity: str = ""  # whose history the value leads to


def show(detail: IncidentDetail, zones: Zones, now: datetime) -> None:
    """Show an incident's head."""
    incident = detail.incident
    html.show(
        "incident_head",
        incident=incident,
        title=detail.title or "(no title)",
        state=words.STATE_WORDS[incident.state],
        severity=words.SEVERITY_WORDS[incident.severity] if incident.severity else "Unknown",
        flags=list(incident_table.flags(incident, now)),
        facts=list(facts(incident, now)),
        deadlines=[deadlines.deadline(clock, zones, now) for clock in detail.clocks],
    )


def facts(incident: Incident, now: datetime) -> Iterator[Fact]:
    """Yield the facts that an incident's head shows."""
    yield Fact("Owner", incident.assignee or "nobody")
    yield Fact("Team", words.value_name(incident.team))
    yield Fact("Impact", words.impact(incident.impact, incident.impact_unit) or words.UNKNOWN)
    yield Fact("Events", _events(incident))
    if incident.entity_id:
        hint = "Everything that ever happened to it"
        yield Fact("Entity", incident.entity_id, hint, incident.entity_id)
    yield Fact("Monitor", words.monitor_name(incident.monitor_id), incident.monitor_id or "")
    yield _since("Opened", incident.opened_at, now)
    if incident.acknowledged_at:
        taken = (incident.acknowledged_at - incident.opened_at).total_seconds()
        hint = words.timestamp(incident.acknowledged_at)
        yield Fact("Acknowledged", f"after {words.duration(taken)}", hint)
    if incident.waiting_on:
        follow_up = incident.follow_up_at
        again = f"ask again {words.timestamp(follow_up)}" if follow_up else ""
        yield Fact("Waiting on", f"{incident.waiting_on}: {incident.waiting_reason}", again)
    if follow_up := incident.follow_up_at:
        yield Fact("Ask again", words.timestamp(follow_up))
    if incident.snoozed_until:
        yield Fact("Snoozed until", words.timestamp(incident.snoozed_until))
    if incident.resolved_at:
        yield _since("Resolved", incident.resolved_at, now)
    if incident.resolution_code:
        yield Fact("As", sentences.resolution(incident.resolution_code))
    if incident.merged_into:
        yield Fact("Goes on in", f"#{incident.merged_into}")
    if incident.root_cause:
        yield Fact("Root cause", incident.root_cause)
    if incident.accepted_until:
        yield Fact("Accepted until", words.timestamp(incident.accepted_until))


def _since(label: str, moment: datetime, now: datetime) -> Fact:
    return Fact(label, words.ago(moment, now), words.timestamp(moment))


def _events(incident: Incident) -> str:
    if incident.events_firing == incident.events_total:
        return f"{incident.events_total:,} firing"
    return f"{incident.events_firing:,} firing of {incident.events_total:,}"
