"""Incidents as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from opsloop import words
from opsloop.cli.detail_records import clock_record, escalation_record, event_record
from opsloop.cli.output import (
    Column,
    amount,
    clean,
    print_json,
    print_pairs,
    print_table,
    print_text,
    span,
    when,
)
from opsloop.clocks import Clock, ClockSettings, state_of, used_s
from opsloop.lifecycle import key_in_words
from opsloop.store.orders import mark_of
from opsloop.types import (
    EventView,
    Incident,
    IncidentDetail,
    LogRow,
    QueueFilter,
    QueueItem,
    State,
)

QUEUE_COLUMNS = (
    Column("#", is_number=True),
    Column("prio"),
    Column("state"),
    Column("title", is_flexible=True),
    Column("team"),
    Column("assignee"),
    Column("events", is_number=True),
    Column("age", is_number=True),
    Column("due", is_number=True),
)


def incident_record(incident: Incident, title: str) -> dict[str, Any]:
    """Return an incident as JSON names its parts."""
    return {
        "number": incident.incident_id,
        "monitor": incident.monitor_id,
        "title": title,
        "status": incident.state,
        "priority": incident.priority,
        "priority_overridden": bool(incident.priority_overridden),
        "service_level": incident.policy,
        "severity": incident.severity,
        "team": incident.team,
        "assignee": incident.assignee,
        "entity_id": incident.entity_id,
        "is_flood": bool(incident.is_flood),
        "class": incident.class_,
        "type": incident.type,
        "impact": incident.impact,
        "impact_unit": incident.impact_unit,
        "opened_at": incident.opened_at,
        "found_by": incident.found_by,
        "acknowledged_at": incident.acknowledged_at,
        "first_response_at": incident.first_response_at,
        "waiting_kind": incident.waiting_kind,
        "waiting_on": incident.waiting_on,
        "waiting_reason": incident.waiting_reason,
        "waiting_since": incident.waiting_since,
        "follow_up_at": incident.follow_up_at,
        "follow_up_every_seconds": incident.follow_up_every_s,
        "follow_ups": incident.follow_ups,
        "snoozed_until": incident.snoozed_until,
        "wake_events": incident.wake_events,
        "wake_share": incident.wake_share,
        "all_clear_at": incident.all_clear_at,
        "resolved_at": incident.resolved_at,
        "closed_at": incident.closed_at,
        "resolution_code": incident.resolution_code,
        "root_cause": incident.root_cause,
        "accepted_until": incident.accepted_until,
        "event_count": incident.events_total,
        "events_firing": incident.events_firing,
        "escalations": incident.escalations_total,
        "escalations_open": incident.escalations_open,
        "reopened_count": incident.reopened_count,
        "updated_at": incident.updated_at,
        "version": incident.version,
        "decision_version": incident.decision_version,
    }


def log_record(row: LogRow) -> dict[str, Any]:
    """Return a row of the log as JSON names its parts."""
    return {
        "seq": row.seq,
        "log_id": row.log_id,
        "batch_id": row.batch_id,
        "version": row.version,
        "decision_version": row.decision_version,
        "action": row.action,
        "recorded_at": row.recorded_at,
        "effective_at": row.effective_at,
        "actor": row.actor.id,
        "actor_kind": row.actor.kind,
        "via": row.actor.via,
        "changes": dict(row.after),
        "subject": dict(row.subject),
        "text": row.text,
    }


def item_record(item: QueueItem, now: datetime) -> dict[str, Any]:
    """Return a line of the queue as JSON names its parts."""
    return {
        **incident_record(item.incident, item.title),
        "due_at": item.due_at,
    }


def print_queue_as_json(items: Sequence[QueueItem], order: str, now: datetime) -> None:
    """Print a page of the queue as an array; the last one's `mark` is where the next begins."""
    print_json([{**item_record(item, now), "mark": mark_of(item, order)} for item in items])


def print_detail_as_json(detail: IncidentDetail, terms: ClockSettings, now: datetime) -> None:
    """Print an incident whole, as an object."""
    print_json(
        {
            **incident_record(detail.incident, detail.title),
            "clocks": [clock_record(clock, terms, now) for clock in detail.clocks],
            "events": [event_record(view) for view in detail.events],
            "log": [log_record(row) for row in detail.log],
            "escalations": [escalation_record(one) for one in detail.escalations],
            "links": [
                {"number": number, "other": other, "kind": kind}
                for number, other, kind in detail.links
            ],
            "timers": [
                {"person": person, "started_at": at} for person, at in detail.timers.items()
            ],
            "related": [item_record(item, now) for item in detail.related],
        }
    )


def print_queue(items: Sequence[QueueItem], total: int, wanted: QueueFilter, now: datetime) -> None:
    """Print a page of the queue as a table, and how much of it that is."""
    if not items:
        print_text(
            "No incidents." if not total else f"{words.counted(total, 'incident')}, none here."
        )
        return
    print_table(QUEUE_COLUMNS, queue_rows(items, now))
    if len(items) < total:
        first, last = wanted.offset + 1, wanted.offset + len(items)
        shown = f"{len(items)}" if wanted.after else f"{first}-{last}"
        mark = mark_of(items[-1], wanted.order)
        print_text(
            f"\n{shown} of {words.counted(total, 'incident')}; --limit shows more, "
            f"--after '{mark}' the next."
        )


def queue_rows(items: Sequence[QueueItem], now: datetime) -> Iterator[tuple[object, ...]]:
    """Yield incidents as rows under `QUEUE_COLUMNS`."""
    return (_queue_row(item, now) for item in items)


def _queue_row(item: QueueItem, now: datetime) -> tuple[object, ...]:
    incident = item.incident
    return (
        incident.incident_id,
        incident.priority,
        _standing(incident, now),
        item.title,
        incident.team,
        incident.assignee,
        f"{incident.events_firing}/{incident.events_total}",
        _age(incident, now),
        _due(item.due_at, now),
    )


def _standing(incident: Incident, now: datetime) -> str:
    """Return an incident's state, and whether whom it waits on is to be asked again."""
    due = incident.follow_up_at
    is_due = incident.state is State.WAITING and due is not None and due <= now
    return f"{incident.state}, ask again" if is_due else str(incident.state)


def _due(due_at: datetime | None, now: datetime) -> str | None:
    """Return how long until a deadline, or since."""
    if due_at is None:
        return None
    seconds = (due_at - now).total_seconds()
    text = " ".join(words.span(abs(seconds)).split()[:2])
    return text if seconds >= 0 else f"{text} over"


def _age(incident: Incident, now: datetime) -> str | None:
    text = span((max(now, incident.opened_at) - incident.opened_at).total_seconds())
    # the larger unit is enough in a list
    return " ".join(text.split()[:2]) if text else None


def print_detail(detail: IncidentDetail, terms: ClockSettings, now: datetime) -> None:
    """Print an incident for people."""
    print_text(f"#{detail.incident.incident_id}  {clean(detail.title, None)}\n")
    print_pairs(_facts(detail.incident, now))
    if detail.clocks:
        print_text("\nClocks (business time)")
        print_table(
            (
                Column("until"),
                Column("stands"),
                Column("since (UTC)"),
                Column("used", is_number=True),
                Column("of", is_number=True),
                Column("due (UTC)"),
                Column("calendar"),
            ),
            (_clock_row(clock, terms, now) for clock in detail.clocks),
        )
    _print_events(detail)
    if detail.escalations:
        print_text("\nEscalations")
        print_table(
            (
                Column("to"),
                Column("type"),
                Column("class"),
                Column("asked"),
                Column("by"),
                Column("answered"),
            ),
            (
                (
                    f"{one.to_kind} {one.to_id}",
                    one.escalation_type,
                    one.escalation_class,
                    when(one.asked_at),
                    one.asked_by,
                    when(one.answered_at) or "not yet",
                )
                for one in detail.escalations
            ),
        )
    for number, other, kind in detail.links:
        print_text(f"\nLink: #{number} {kind.replace('_', ' ')} #{other}")
    for person, at in detail.timers.items():
        print_text(f"\nTimer: {clean(person)} since {when(at)} UTC")
    print_text("\nLog (UTC)")
    for row in detail.log:
        print_text(_log_line(row))
        if row.text and row.action != "opened":
            for line in clean(row.text, None, keep_lines=True).splitlines():
                print_text(f"    {line}")
    if detail.related:
        print_text("\nOther incidents of the same entities")
        print_table(QUEUE_COLUMNS, (_queue_row(item, now) for item in detail.related))


def _clock_row(clock: Clock, terms: ClockSettings, now: datetime) -> tuple[object, ...]:
    status = state_of(clock, now)
    return (
        clock.target.replace("_", " "),
        status.state,
        when(status.since),
        span(used_s(clock, now, terms.calendar(clock.calendar))),
        span(clock.target_s),
        when(clock.due_at),
        clock.calendar,
    )


def _facts(incident: Incident, now: datetime) -> Iterator[tuple[str, object]]:
    yield "status", incident.state
    overridden = " (set by hand)" if incident.priority_overridden else ""
    yield "priority", f"{incident.priority}{overridden}"
    yield "service level", incident.policy
    yield "severity", incident.severity
    yield "monitor", incident.monitor_id
    yield "entity", incident.entity_id
    yield "team", incident.team
    yield "assignee", incident.assignee or "nobody"
    yield "impact", amount(incident.impact, incident.impact_unit)
    yield "events", f"{incident.events_firing} firing of {incident.events_total}"
    yield "opened", f"{when(incident.opened_at)} UTC, {_age(incident, now)} ago"
    if incident.waiting_on:
        yield "waits on", f"{incident.waiting_on} for {incident.waiting_reason}"
        yield "follow-ups", _follow_ups(incident)
    if incident.state is State.SNOOZED:
        yield "snoozed", _snooze(incident)
    if incident.all_clear_at:
        yield "all clear", f"since {when(incident.all_clear_at)} UTC"
    if incident.resolved_at:
        end = f" until {when(incident.accepted_until)} UTC" if incident.accepted_until else ""
        yield "resolved", f"{when(incident.resolved_at)} UTC, {incident.resolution_code}{end}"
    yield "root cause", incident.root_cause
    yield "version", f"{incident.version} (decisions: {incident.decision_version})"


def _follow_ups(incident: Incident) -> str:
    parts = [f"{incident.follow_ups or 0} made"]
    if incident.follow_up_at:
        parts.append(f"next {when(incident.follow_up_at)} UTC")
    if incident.follow_up_every_s:
        parts.append(f"every {span(incident.follow_up_every_s)} of business time")
    return ", ".join(parts)


def _snooze(incident: Incident) -> str:
    ends = [
        incident.snoozed_until and f"until {when(incident.snoozed_until)} UTC",
        incident.wake_events and f"until it has {words.counted(incident.wake_events, 'event')}",
        incident.wake_share and f"until it is worse by {incident.wake_share:.0%}",
    ]
    return " or ".join(end for end in ends if end)


def _print_events(detail: IncidentDetail) -> None:
    shown, total = len(detail.events), detail.incident.events_total
    print_text(f"\nEvents{f' ({shown} of {total})' if shown < total else ''}")
    print_table(
        (
            Column("entity"),
            Column("key"),
            Column("occurred (UTC)"),
            Column("now"),
            Column("severity"),
            Column("impact", is_number=True),
            Column("evidence", is_flexible=True),
        ),
        (_event_row(view) for view in detail.events),
    )


def _event_row(view: EventView) -> tuple[object, ...]:
    event = view.event
    now = "firing" if event.firing else f"cleared {when(event.cleared_at) or ''}".strip()
    return (
        event.entity_id,
        key_in_words(event.group_key),
        when(event.occurred_at),
        now,
        event.severity,
        amount(event.impact, None),
        _in_short(view.evidence),
    )


def _in_short(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items() if value is not None)


def _log_line(row: LogRow) -> str:
    shown = {
        name: value
        for name, value in row.after.items()
        if name in ("state", "team", "assignee", "severity", "priority", "resolution_code")
        or (name in ("events_total", "events_firing") and row.actor.kind == "sync")
    }
    changes = f"  {clean(_in_short(shown))}" if shown else ""
    action = row.action.replace("_", " ")
    return f"{when(row.effective_at)}  {action:<10} {clean(row.actor.id)}{changes}"
