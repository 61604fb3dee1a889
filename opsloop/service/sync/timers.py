"""What time alone decides: the end of what held events back, a fix disproved, a snooze over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.diff import EventRow, Snapshot, decide_all_clear, is_not_fixed
from opsloop.service.sync.draft import reopened, woken
from opsloop.service.sync.known import Pass
from opsloop.service.sync.report import SyncReport
from opsloop.store import Store, held, queries, sync_state
from opsloop.store.batch import Batch, lost
from opsloop.store.sync_state import ClearedFacts
from opsloop.suppression import Hold
from opsloop.types import (
    Action,
    Actor,
    Change,
    Disposition,
    EventChange,
    Incident,
    Kind,
    State,
)

if TYPE_CHECKING:
    from opsloop.store.engine import Connection


def settle(
    store: Store,
    now: Callable[[], datetime],
    context: Pass,
    kinds: Mapping[str, Kind],
    *,
    even_empty: bool = False,
) -> None:
    """Resolve or flag a monitor's open incidents of which nothing fires: rows 9 and 10.

    Decided from the store's state, so that a kill before it is made good by the next sync.

    Args:
        even_empty: whether a flood that no event has joined is over; else it waits for them.
    """

    def candidates(connection: Connection) -> list[Incident]:
        return sync_state.all_clear_candidates(
            connection, context.monitor.id, even_empty=even_empty
        )

    while True:
        with store.engines.read() as connection:
            if not candidates(connection):
                return
        with store.batch(now()) as batch:
            _settle_all(batch, candidates(batch.connection), context, kinds)


def _settle_all(
    batch: Batch, incidents: Sequence[Incident], context: Pass, kinds: Mapping[str, Kind]
) -> None:
    numbers = [incident.incident_id for incident in incidents]
    facts = sync_state.cleared_facts(batch.connection, numbers)
    resolved = [
        incident.incident_id
        for incident in incidents
        if _settle_one(batch, incident, facts[incident.incident_id], context, kinds)
    ]
    batch.release(queries.claimed_by(batch.connection, resolved))


def _settle_one(
    batch: Batch,
    incident: Incident,
    facts: ClearedFacts,
    context: Pass,
    kinds: Mapping[str, Kind],
) -> bool:
    """Return whether the incident was resolved; else it was flagged."""
    has_event_kind = any(kinds.get(monitor_id) is Kind.EVENT for monitor_id in facts.monitors)
    row, code = decide_all_clear(incident, context.monitor, has_event_kind, facts.reasons)
    # a replay's clears may lie before the wall clock's opening
    at = min(max(facts.last_cleared_at or batch.now, facts.opened_at), batch.now)
    if code is None:
        change = Change(
            Action.ALL_CLEAR, at, {"all_clear_at": at}, {"rule_id": row}, is_decision=False
        )
        batch.record(incident, change, context.actor)
        context.report.counts["all_clear"] += 1
        return False
    after = {
        "state": State.RESOLVED,
        "resolution_code": code,
        "resolved_at": at,
        "all_clear_at": at,
    }
    batch.record(incident, Change(Action.RESOLVED, at, after, {"rule_id": row}), context.actor)
    context.report.counts["resolved"] += 1
    return True


def reopen_not_fixed(store: Store, now: datetime, context: Pass, good_as_of: datetime) -> None:
    """Reopen what a person resolved as fixed and a good run, long enough after, still finds."""
    if context.monitor.kind is Kind.EVENT:  # what happened goes on having happened
        return
    with store.engines.read() as connection:
        found = sync_state.not_fixed_candidates(connection, context.monitor.id)
        numbers = [
            one.incident_id for one in found if is_not_fixed(one, context.monitor, good_as_of)
        ]
    for part in sync_state.slices(numbers):
        with store.batch(now) as batch:
            for incident in sync_state.incidents_by_id(batch.connection, part).values():
                if is_not_fixed(incident, context.monitor, good_as_of):
                    _reopen_one(batch, incident, context)


def _reopen_one(batch: Batch, incident: Incident, context: Pass) -> None:
    keys = queries.free_keys_of(batch.connection, incident.incident_id)
    if not keys:  # somebody works on the same under another number
        return
    why = "it still fires, so it was not fixed"
    batch.record(incident, reopened(incident, batch.now, "not_fixed", why), context.actor)
    for monitor_id, key in keys:
        batch.claim(monitor_id, key, incident.incident_id)
    context.report.counts["reopened"] += 1


def ended_suppressions(store: Store, context: Pass, at: datetime) -> dict[str, datetime]:
    """Return event_id → the end of what held it back, for what fires and is held back no more.

    What still is, is remembered with all that hold it back now: one may follow on another.

    Args:
        at: the as_of of the monitor's last run, which says what fires.
    """
    monitor_id = context.monitor.id
    released, taken_over = [], {}
    with store.engines.read() as connection:
        for one in held.held_of(connection, monitor_id):
            holds = context.suppressions.holds(one.candidate, at)
            if not holds:
                released.append(one)
            elif new := _unknown(holds, one.holds):
                taken_over[one.event_id] = new
        known_ends = held.ends_of(connection, released)
        ends = {
            one.event_id: context.suppressions.ended_at(
                one.candidate, known_ends.get(one.event_id, at), at
            )
            for one in released
        }
        for incident in sync_state.acceptances_over(connection, monitor_id, at):
            assert incident.accepted_until is not None
            for event_id in sync_state.firing_of(connection, incident.incident_id):
                ends[event_id] = incident.accepted_until
    if taken_over:
        with store.engines.write() as connection:
            held.keep(connection, taken_over)
    return ends


def _unknown(holds: Iterable[Hold], known: Iterable[Hold]) -> list[Hold]:
    """Return what is not remembered yet, and a window that has come again."""
    ends = {(hold.disposition, hold.by): hold.until for hold in known}
    return [
        hold
        for hold in holds
        if (hold.disposition, hold.by) not in ends
        or (
            hold.disposition is Disposition.MAINTENANCE
            and hold.until != ends[hold.disposition, hold.by]
        )
    ]


def row_of(seen: Snapshot) -> EventRow:
    """Return the row of an event that still fires as it was last applied."""
    event = seen.event
    return EventRow(
        event_id=event.event_id,
        entity_id=event.entity_id,
        occurred_at=event.occurred_at,
        first_seen_at=event.started_at,
        cleared_at=None,
        cleared_reason=None,
        severity=seen.severity,
        owner=seen.owner,
        impact=seen.impact,
        evidence=seen.evidence,
        changed_run=0,
        group_key=event.group_key,
    )


def wake_snoozed(store: Store, now: datetime, actor: Actor) -> int:
    """End the snoozes that are over; returns how many."""
    with store.engines.read() as connection:
        if not sync_state.snoozes_over(connection, now):
            return 0
    with store.batch(now) as batch:
        over = sync_state.snoozes_over(batch.connection, batch.now)
        for incident in over:
            batch.record(incident, woken(incident, batch.now, "snooze_over"), actor)
        return len(over)


def flag_gone_monitors(
    store: Store, now: datetime, known: Iterable[str], actor: Actor, report: SyncReport
) -> None:
    """Flag the open incidents of monitors that exist no more, and drop it of those that do again.

    Nothing closes. The report counts how many were flagged (`monitor_gone`) and are no longer
    (`monitor_back`), and names the monitors when they are first missed.
    """
    known = set(known)
    with store.engines.read() as connection:
        gone = sync_state.open_monitors(connection, are_gone=False) - known
        back = sync_state.open_monitors(connection, are_gone=True) & known
    for action, monitors in ((Action.MONITOR_GONE, gone), (Action.MONITOR_BACK, back)):
        for monitor_id in sorted(monitors):
            flagged = _flag_monitor(store, now, monitor_id, action, actor)
            report.counts[str(action)] += flagged
            if flagged and action is Action.MONITOR_GONE:
                report.warn(
                    f"Monitor {monitor_id} is no longer in the project; its open incidents stay "
                    "open. If it was renamed, give it its name back and rename it anew, with "
                    f"`previously: [{monitor_id}]` before the next run."
                )


def _flag_monitor(
    store: Store, now: datetime, monitor_id: str, action: Action, actor: Actor
) -> int:
    is_gone = action is Action.MONITOR_GONE

    def concerns(incident: Incident) -> bool:
        return incident.state.is_open and (incident.monitor_gone_at is None) == is_gone

    with store.engines.read() as connection:
        found = sync_state.open_incidents_of(connection, monitor_id)
    numbers = [incident.incident_id for incident in found if concerns(incident)]
    for part in sync_state.slices(numbers):
        with store.batch(now) as batch:
            incidents = sync_state.incidents_by_id(batch.connection, part).values()
            for incident in filter(concerns, incidents):
                after = {"monitor_gone_at": batch.now} if is_gone else {}
                subject = {"rule_id": str(action)}
                batch.record(
                    incident, Change(action, batch.now, after, subject, is_decision=False), actor
                )
    return len(numbers)


def flag_lost_evidence(
    store: Store, now: datetime, context: Pass, event_ids: Iterable[str]
) -> None:
    """Flag the incidents whose event rows the warehouse no longer has: row 3."""
    with store.batch(now) as batch:
        touched: set[int] = set()
        snapshots = sync_state.snapshots(batch.connection, list(event_ids))
        for seen in snapshots.values():
            batch.event(lost(seen.event), EventChange.LOST)
            if seen.event.incident_id is not None:
                touched.add(seen.event.incident_id)
        for incident in sync_state.incidents_by_id(batch.connection, touched).values():
            if incident.state.is_open and incident.evidence_lost_at is None:
                change = Change(
                    Action.EVIDENCE_LOST,
                    batch.now,
                    {"evidence_lost_at": batch.now},
                    {"rule_id": "3"},
                    is_decision=False,
                )
                batch.record(incident, change, context.actor)
                context.report.counts["evidence_lost"] += 1
