"""What a changed event row means for incidents: the decision table of sync. Pure.

The rows are numbered as in the table in ARCHITECTURE.md; the first that matches wins. Rows 9 and 10
are decided for a whole incident once all of a run's changes are in (`decide_all_clear`), since the
order of rows within a run means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from opsloop.types import (
    SUPPRESSED,
    Disposition,
    Event,
    Incident,
    Kind,
    Monitor,
    ResolutionCode,
    Severity,
    State,
)

_ENDED_BY_SYNC = (ResolutionCode.CLEARED_BY_ITSELF, ResolutionCode.RULE_CHANGED)


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of a monitor's event table. Times are UTC.

    `severity` and `owner` are the row's own, None where the SELECT has none; `evidence` is the JSON
    object of the evidence columns. A row with `cleared_at` is over.
    """

    event_id: str
    entity_id: str
    occurred_at: datetime
    first_seen_at: datetime
    cleared_at: datetime | None
    cleared_reason: str | None
    severity: str | None
    owner: str | None
    impact: float | None
    evidence: str
    changed_run: int
    group_key: str

    @property
    def firing(self) -> bool:
        """Whether the exception is there now."""
        return self.cleared_at is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An event as sync last applied it, with the raw values it read then."""

    event: Event
    evidence: str
    severity: str | None
    impact: float | None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why an event opens nothing now, and until when; None = until an incident ends."""

    disposition: Disposition
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Run:
    """A complete run of a monitor."""

    number: int
    as_of: datetime
    is_held: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What the store knows about a row before it is decided.

    Args:
        run: the run that changed the row.
        snapshot: what was last applied of this event.
        own: the incident that the event belongs to.
        holder: the open incident that claims the row's group key.
        last: the last incident of the key, resolved or closed (merges followed).
        suppression: a mute, maintenance, inhibition or acceptance in force at the run.
        flood: the flood incident of this run, if the run is one.
        started: when a suppression of the event ended, if that is why it is asked about.
        good_since: whether a good run came after `run` (a held run's clears are then believed).
    """

    run: Run
    snapshot: Snapshot | None = None
    own: Incident | None = None
    holder: Incident | None = None
    last: Incident | None = None
    suppression: Suppression | None = None
    flood: Incident | None = None
    started: datetime | None = None
    good_since: bool = False


class Do(StrEnum):
    """What sync does with a row."""

    NOTHING = "nothing"
    DEFER = "defer"
    RECORD = "record"  # remember the event, touch no incident
    CLEAR = "clear"  # the event of an open incident is over
    VERIFY = "verify"  # the event of a resolved incident is over
    FOUND = "found"  # its row was missing and is there again
    ATTACH = "attach"
    ATTACH_LATE = "attach_late"
    FLOOD = "flood"
    REOPEN = "reopen"
    OPEN = "open"
    OPEN_PAST = "open_past"  # it came and went unseen: opened at its start
    WORSEN = "worsen"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and the row of the table that says so."""

    row: str
    do: Do
    incident_id: int | None = None
    disposition: Disposition = Disposition.ATTACHED
    wakes: bool = False


def decide(row: EventRow, monitor: Monitor, now: Situation) -> Decision:
    """Return what this row of the event table means.

    Args:
        row: the event as the warehouse has it.
        monitor: the rule it comes from, for its kind and limits.
        now: what the store knows about it.
    """
    seen = now.snapshot
    if not row.firing and now.run.is_held and not now.good_since:
        return Decision("2", Do.DEFER)
    if seen and _equal(row, seen):
        return Decision("4", Do.NOTHING)
    if not row.firing:
        return _decide_cleared(row, seen, now)
    if seen is None or not seen.event.firing:
        return decide_firing(row, monitor, now)
    if seen.event.is_lost:
        return Decision("3", Do.FOUND, seen.event.incident_id, seen.event.disposition)
    if _is_worse(row, monitor, seen):
        return _decide_worse(row, monitor, seen, now)
    return Decision("18", Do.REFRESH, seen.event.incident_id, seen.event.disposition)


def _decide_cleared(row: EventRow, seen: Snapshot | None, now: Situation) -> Decision:
    if seen is None:
        if now.suppression:
            return Decision("5", Do.RECORD, disposition=now.suppression.disposition)
        if now.holder:
            return Decision("5", Do.ATTACH, now.holder.incident_id)
        return Decision("5", Do.OPEN_PAST)
    if not seen.event.firing:
        return Decision("18", Do.REFRESH, seen.event.incident_id, seen.event.disposition)
    if now.own is None:
        return Decision("6", Do.RECORD, disposition=seen.event.disposition)
    if not now.own.state.is_open:
        return Decision("7", Do.VERIFY, now.own.incident_id, seen.event.disposition)
    return Decision("8", Do.CLEAR, now.own.incident_id, seen.event.disposition)


def decide_firing(row: EventRow, monitor: Monitor, now: Situation) -> Decision:
    """Return what an exception that starts to fire means: rows 11 to 16.

    Also asked when a suppression ends and the exception still fires.
    """
    if now.suppression:
        return Decision("11", Do.RECORD, disposition=now.suppression.disposition)
    if now.holder:
        return Decision("12", Do.ATTACH, now.holder.incident_id)
    if now.flood:
        if now.flood.state.is_open:
            return Decision("13", Do.FLOOD, now.flood.incident_id)
        # somebody ended it while its events were still being written
        return Decision("13", Do.ATTACH_LATE, now.flood.incident_id, Disposition.LATE)
    last = now.last
    if last and last.resolved_at:
        started = now.started or started_at(row, monitor)
        # people know what they end; sync ended it because nothing fired, and this did, unknown
        if started <= last.resolved_at and last.resolution_code not in _ENDED_BY_SYNC:
            return Decision("14", Do.ATTACH_LATE, last.incident_id, Disposition.LATE)
        if _is_regression(monitor, last, started):
            return Decision("15", Do.REOPEN, last.incident_id)
    return Decision("16", Do.OPEN, last.incident_id if last else None)


def needs_new_key(row: EventRow, now: Situation) -> bool:
    """Return whether the row would need a key that nobody holds: what counts towards a flood."""
    if not row.firing or now.suppression or now.holder:
        return False
    return now.snapshot is None or not now.snapshot.event.firing or now.started is not None


def decide_all_clear(
    incident: Incident, monitor: Monitor, has_event_kind: bool, reasons: frozenset[str | None]
) -> tuple[str, ResolutionCode | None]:
    """Return what it means that nothing of an open incident fires any more: rows 9 and 10.

    Args:
        has_event_kind: whether an event of kind `event` is inside; it happened and never clears.
        reasons: the clear reasons of the incident's events.

    Returns:
        The row, and the code to resolve with; None = flag it and leave the state.
    """
    if incident.touched_at or monitor.on_clear == "flag" or has_event_kind:
        return "9", None
    if "rule_changed" in reasons:
        return "10", ResolutionCode.RULE_CHANGED
    return "10", ResolutionCode.CLEARED_BY_ITSELF


def is_not_fixed(incident: Incident, monitor: Monitor, good_as_of: datetime) -> bool:
    """Return whether a person's fix has been disproved by a good run, long enough after it."""
    return (
        not incident.state.is_open
        and incident.resolution_code == ResolutionCode.FIXED
        and incident.touched_at is not None
        and incident.resolved_at is not None
        and incident.events_firing > 0
        and monitor.kind is not Kind.EVENT
        and good_as_of >= incident.resolved_at + monitor.verify_within
    )


def started_at(row: EventRow, monitor: Monitor) -> datetime:
    """Return s: when it began as we can know it (first firing run; for kind `event`, occurred)."""
    return row.occurred_at if monitor.kind is Kind.EVENT else row.first_seen_at


def severity_of(row: EventRow, monitor: Monitor) -> Severity:
    """Return the row's own severity, else its monitor's."""
    return Severity(row.severity) if row.severity else monitor.severity


def _equal(row: EventRow, seen: Snapshot) -> bool:
    return (
        row.firing == seen.event.firing
        and not seen.event.is_lost
        and row.cleared_at == seen.event.cleared_at
        and row.impact == seen.impact
        and row.severity == seen.severity
        and row.owner == seen.owner
        and row.evidence == seen.evidence
    )


def _is_worse(row: EventRow, monitor: Monitor, seen: Snapshot) -> bool:
    """Compare with what the log last recorded; an edit of the YAML's default is not worse."""
    recorded = seen.event
    if (
        recorded.severity is not None
        and row.severity != seen.severity
        and severity_of(row, monitor).rank < recorded.severity.rank
    ):
        return True
    if row.impact is None:
        return False
    if recorded.impact is None:
        return seen.impact is None and row.impact > 0
    return row.impact > recorded.impact and (
        row.impact - recorded.impact >= monitor.worse_by * abs(recorded.impact)
    )


def _decide_worse(row: EventRow, monitor: Monitor, seen: Snapshot, now: Situation) -> Decision:
    own, event = now.own, seen.event
    if own is None or event.disposition in SUPPRESSED:
        return Decision("17", Do.WORSEN, disposition=event.disposition)
    if own.state.is_open:
        wakes = _is_past_share(own, row, event)
        return Decision("17", Do.WORSEN, own.incident_id, event.disposition, wakes)
    if own.resolution_code == ResolutionCode.ACCEPTED and now.holder is None:
        return Decision("17", Do.REOPEN, own.incident_id, event.disposition)
    return Decision("17", Do.WORSEN, own.incident_id, event.disposition)


def is_past_count(incident: Incident, events_total: int) -> bool:
    """Return whether a snoozed incident has as many events now as it was to sleep through."""
    return (
        incident.state is State.SNOOZED
        and incident.wake_events is not None
        and events_total >= incident.wake_events
    )


def _is_past_share(incident: Incident, row: EventRow, recorded: Event) -> bool:
    """Return whether an event of a snoozed incident grew by more than it was to sleep through."""
    if incident.state is not State.SNOOZED or incident.wake_share is None:
        return False
    if row.impact is None or not recorded.impact:
        return False
    return row.impact - recorded.impact >= incident.wake_share * abs(recorded.impact)


def _is_regression(monitor: Monitor, last: Incident, started: datetime) -> bool:
    silent = (
        ResolutionCode.FALSE_ALARM,
        ResolutionCode.ACCEPTED,
        ResolutionCode.RULE_CHANGED,
    )
    return (
        monitor.kind is not Kind.EVENT
        and last.resolved_at is not None
        and started <= last.resolved_at + monitor.reopen_within
        and last.resolution_code not in silent
    )
