"""A dense table of incidents: a snapshot of one page, whose clicks name incidents, not rows.

`st.dataframe` reports a selection by position, and after a refresh another incident stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import streamlit as st

from app import deadlines, words
from app.components import html
from app.deadlines import Zones
from opsloop.types import Incident, QueueItem

_mount = st.components.v2.component(
    "incident_table",
    js=html.asset("incident_table.js"),
    css=html.asset("incident_table.css"),
)

LONGEST_TITLE = 400  # of what a row carries; the incident's page shows all of it
LONGEST_ENTITY = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What was clicked to be taken: an incident as it was shown."""

    number: int
    decision_version: int


def show(
    key: str,
    items: Sequence[QueueItem],
    *,
    me: str,
    now: datetime,
    zones: Zones,
    hidden: Sequence[str] = (),
    is_for_reading: bool = False,
    may_take: Callable[[Incident], bool] = lambda _: True,
) -> Choice | None:
    """Show incidents and return which was clicked to be taken just now; others are gone to.

    Args:
        me: the person who looks; their own incidents stand out.
        zones: the time zones of the calendars, for deadlines.
        hidden: names of columns to leave out.
        is_for_reading: whether to leave out the buttons, and some air.
        may_take: whether the person may take an incident.
    """
    has_clocks = any(item.clocks for item in items)
    data = {
        "rows": [
            as_row(item, me, now, zones) | {"can_take": _is_free(item.incident, may_take)}
            for item in items
        ],
        "hidden": [*hidden, *(() if has_clocks else ("due",))],
        "is_for_reading": is_for_reading,
    }
    clicked = _mount(
        key=key,
        data=data,
        on_taken_change=_noted,
    )
    taken = clicked.taken
    return Choice(int(taken["number"]), int(taken["decision_version"])) if taken else None


def as_row(item: QueueItem, me: str, now: datetime, zones: Zones) -> dict[str, Any]:
    """Return what the table shows of an incident, in words."""
    incident = item.incident
    severity = incident.severity
    due = deadlines.next_one(item.clocks, zones, now)
    return {
        "number": incident.incident_id,
        "decision_version": incident.decision_version,
        "href": f"incident?incident={incident.incident_id}",
        "title": (item.title or "(no title)")[:LONGEST_TITLE],
        "entity": (incident.entity_id or "")[:LONGEST_ENTITY],
        "entity_href": f"entity?entity={quote(incident.entity_id or '', safe='')}",
        "state": incident.state.value,
        "state_label": words.STATE_WORDS[incident.state],
        "priority": incident.priority,
        "severity": severity.value if severity else "unknown",
        "severity_label": words.SEVERITY_WORDS[severity] if severity else "Severity unknown",
        "monitor": words.monitor_name(incident.monitor_id),
        "monitor_hint": incident.monitor_id,
        "team": words.value_name(incident.team),
        "assignee": incident.assignee,
        "is_mine": incident.assignee == me,
        "age": words.age(incident.opened_at, now),
        "age_hint": f"Opened {words.timestamp(incident.opened_at)}",
        "due": due.short if due else "",
        "due_kind": due.kind if due else "",
        "due_hint": f"{due.label}: {due.hint}" if due else "",
        "impact": words.impact(incident.impact, incident.impact_unit),
        "impact_hint": words.impact(incident.impact, incident.impact_unit),
        "events": _events(incident),
        "events_hint": f"{incident.events_firing:,} of {incident.events_total:,} fire",
        "escalations": str(incident.escalations_open or ""),
        "flags": list(flags(incident, now)),
    }


def _is_free(incident: Incident, may_take: Callable[[Incident], bool]) -> bool:
    return incident.state.is_open and may_take(incident)


def flags(incident: Incident, now: datetime) -> Iterable[dict[str, str]]:
    """Yield what to know about an incident beside its state."""
    if incident.all_clear_at and incident.state.is_open:
        yield _flag("good", "all clear", "Nothing fires since", incident.all_clear_at)
    if incident.follow_up_at and incident.follow_up_at <= now:
        yield _flag("bad", "ask again", "It was to be asked again at", incident.follow_up_at)
    if incident.questioned_at:
        yield _flag("bad", "quiet", "Nobody has said a word; questioned", incident.questioned_at)
    if incident.is_flood:
        yield _flag("bad", "flood", "A run found too many at once: they are all in here")
    if incident.evidence_lost_at:
        yield _flag("bad", "evidence lost", "Its rows are missing since", incident.evidence_lost_at)
    if incident.monitor_gone_at:
        yield _flag("bad", "monitor gone", "Not in the project since", incident.monitor_gone_at)
    if incident.reopened_count:
        label = (
            "reopened" if incident.reopened_count == 1 else f"reopened {incident.reopened_count}×"
        )
        yield _flag("bad", label, "It had been resolved before; the timeline says why it came back")


def _flag(kind: str, label: str, hint: str, since: datetime | None = None) -> dict[str, str]:
    return {
        "kind": kind,
        "label": label,
        "hint": f"{hint} {words.timestamp(since)}" if since else hint,
    }


def _events(incident: Incident) -> str:
    firing, total = incident.events_firing, incident.events_total
    return f"{total:,}" if firing == total else f"{firing:,}/{total:,}"


def _noted() -> None:
    """Let the component report; the page acts on what `show` returns."""
