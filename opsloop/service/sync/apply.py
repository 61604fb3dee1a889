"""One chunk of a run's rows: load what the store knows, decide each row, write it all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from opsloop.diff import (
    Decision,
    Do,
    EventRow,
    Run,
    decide,
    decide_firing,
    is_past_count,
    severity_of,
    started_at,
)
from opsloop.service.placing import Placed, facts_of
from opsloop.service.sync.draft import Draft, Opening, reopened
from opsloop.service.sync.known import Known, Pass
from opsloop.service.sync.titles import title_of
from opsloop.store import held, queries
from opsloop.store.batch import Batch
from opsloop.suppression import Hold
from opsloop.types import (
    Disposition,
    Event,
    EventChange,
    Incident,
    Monitor,
    State,
)


class Chunk:
    """Rows of one run, decided and written in one transaction.

    Args:
        batch: the transaction; the chunk leaves flushing to its owner.
        context: the pass it belongs to.
        run: the run that changed the rows.
        rows: event rows of that run.
        flood_id: the flood incident of the run, if it is one.
    """

    def __init__(
        self,
        batch: Batch,
        context: Pass,
        run: Run,
        rows: Sequence[EventRow],
        flood_id: int | None = None,
    ) -> None:
        self.batch = batch
        self.context = context
        self.monitor = context.monitor
        self.known = Known(batch.connection, context, run, rows, flood_id)
        self.deferred = False
        self._drafts: dict[int, Draft] = {}
        self._held: dict[str, tuple[Hold, ...]] = {}
        self._placer = context.placer(batch.connection)

    def apply(self) -> None:
        """Decide every row and record what it means."""
        for row in self.known.rows:
            decision = decide(row, self.monitor, self.known.situation(row))
            self._carry_out(row, decision)
        self._write()

    def release(self, ends: Mapping[str, datetime]) -> None:
        """Decide rows that fire on although what held them back has ended (event_id → its end)."""
        for row in self.known.rows:
            situation = self.known.situation(row, ends[row.event_id])
            if situation.suppression is None:
                self._carry_out(row, decide_firing(row, self.monitor, situation))
        self._write()

    def _carry_out(self, row: EventRow, decision: Decision) -> None:
        match decision.do:
            case Do.NOTHING:
                return
            case Do.DEFER:
                self.deferred = True
                return
            case Do.REFRESH:
                self._keep_evidence(row)
                return
            case Do.RECORD:
                self._record(row, decision)
            case Do.FOUND:
                self._find(row, decision)
            case Do.ATTACH | Do.FLOOD | Do.ATTACH_LATE:
                self._attach(row, decision)
            case Do.OPEN | Do.OPEN_PAST:
                self._open(row, decision)
            case Do.REOPEN:
                self._reopen(row, decision)
            case Do.CLEAR | Do.VERIFY:
                self._clear(row, decision)
            case Do.WORSEN:
                self._worsen(row, decision)
        self._keep_evidence(row)

    def _record(self, row: EventRow, decision: Decision) -> None:
        if decision.row != "6":  # row 5 or 11: something holds it back
            self._held[row.event_id] = self.known.holds(row)
        self._put(row, None, decision.disposition)
        self._count("recorded" if row.firing else "cleared")

    def _attach(self, row: EventRow, decision: Decision) -> None:
        assert decision.incident_id is not None
        draft = self._draft(decision.incident_id)
        self._join(row, draft, decision)
        draft.wakes |= row.firing and is_past_count(draft.incident, draft.total)
        if decision.do is Do.FLOOD:
            self._claim(row, decision.incident_id)
        self._count("attached")

    def _find(self, row: EventRow, decision: Decision) -> None:
        """Let an event that was lost be there again: it never left, so nothing is counted."""
        seen = self.known.snapshots[row.event_id]
        if decision.incident_id is not None:
            self._draft(decision.incident_id).find(decision.row)
        self._put(row, decision.incident_id, decision.disposition, EventChange.FOUND, seen.event)
        self._count("found")

    def _open(self, row: EventRow, decision: Decision) -> None:
        number = self.batch.new_incident_ids()[0]
        is_past = decision.do is Do.OPEN_PAST
        now = self.batch.now
        opened_at = min(started_at(row, self.monitor), now) if is_past else now
        incident = Incident(number, 0, 0, State.NEW, opened_at)
        self.known.incidents[number] = incident
        placed = self._placed(row, opened_at)
        opening = Opening(
            opened_at,
            partial(title_of, row, self.monitor),
            decision.row,
            opening_values(
                self.monitor,
                placed,
                opened_at,
                entity_id=row.entity_id,
                group_key=row.group_key,
            ),
            decision.incident_id,
            placed.why,
        )
        draft = self._drafts[number] = Draft.of(incident, self.monitor.id, opening)
        self._join(row, draft, decision)
        self._claim(row, number)
        self._count("opened")

    def _reopen(self, row: EventRow, decision: Decision) -> None:
        assert decision.incident_id is not None
        draft = self._draft(decision.incident_id)
        why = "it fires again" if decision.row == "15" else "it is worse than what was accepted"
        draft.reopening = reopened(draft.incident, self.batch.now, decision.row, why)
        self.known.incidents[decision.incident_id] = replace(
            draft.incident, state=State.NEW, resolved_at=None
        )
        self._claim_free_keys(decision.incident_id)
        if decision.row == "17":
            self._worsen(row, decision)
        else:
            self._join(row, draft, decision)
        self._claim(row, decision.incident_id)
        self._count("reopened")

    def _clear(self, row: EventRow, decision: Decision) -> None:
        seen = self.known.snapshots[row.event_id]
        number = decision.incident_id
        assert number is not None
        self._draft(number).clear(decision.row, seen.event.impact)
        self._put(row, number, decision.disposition, keep=seen.event)
        self._count("cleared")

    def _worsen(self, row: EventRow, decision: Decision) -> None:
        seen = self.known.snapshots[row.event_id]
        severity = severity_of(row, self.monitor)
        if decision.incident_id is not None:
            draft = self._draft(decision.incident_id)
            draft.wakes |= decision.wakes
            draft.worsen(decision.row, severity, row.impact, seen.event.impact)
        self._put(row, decision.incident_id, decision.disposition, EventChange.WORSENED)
        self._count("worsened")

    def _join(self, row: EventRow, draft: Draft, decision: Decision) -> None:
        number = draft.incident.incident_id
        seen = self.known.snapshots.get(row.event_id)
        former = seen.event.incident_id if seen else None
        was_firing = seen is not None and seen.event.firing
        if seen is not None and was_firing and former not in (None, number):
            assert former is not None
            self._draft(former).release(decision.row, seen.event.impact)
        draft.add(
            decision.row,
            is_new=former != number,
            starts=row.firing and not (was_firing and former == number),
            severity=severity_of(row, self.monitor),
            impact=row.impact,
        )
        self._put(row, number, decision.disposition)

    def _put(
        self,
        row: EventRow,
        number: int | None,
        disposition: Disposition,
        change: EventChange | None = None,
        keep: Event | None = None,
    ) -> None:
        """Record the event as it is now; `keep` = its last recorded severity and impact stay."""
        event = Event(
            event_id=row.event_id,
            monitor_id=self.monitor.id,
            entity_id=row.entity_id,
            group_key=row.group_key,
            disposition=disposition,
            firing=row.firing,
            occurred_at=row.occurred_at,
            started_at=started_at(row, self.monitor),
            incident_id=number,
            severity=keep.severity if keep else severity_of(row, self.monitor),
            impact=keep.impact if keep else row.impact,
            cleared_at=row.cleared_at,
            cleared_reason=row.cleared_reason,
        )
        self.batch.event(event, change or self._change_of(row))

    def _change_of(self, row: EventRow) -> EventChange:
        seen = self.known.snapshots.get(row.event_id)
        if seen is None:
            return EventChange.APPEARED
        if not row.firing:
            return EventChange.CLEARED
        return EventChange.RELEASED if seen.event.firing else EventChange.FIRED_AGAIN

    def _keep_evidence(self, row: EventRow) -> None:
        self.batch.evidence(row.event_id, row.evidence, row.severity, row.impact, row.owner)

    def _draft(self, number: int) -> Draft:
        if number not in self._drafts:
            self._drafts[number] = Draft.of(self.known.incidents[number], self.monitor.id)
        return self._drafts[number]

    def _claim(self, row: EventRow, number: int) -> None:
        self.known.holders[row.group_key] = number
        self.known.last[row.group_key] = number
        self.batch.claim(self.monitor.id, row.group_key, number)

    def _claim_free_keys(self, number: int) -> None:
        """Let a reopened incident hold its keys again, save those that another holds by now."""
        for monitor_id, key in queries.free_keys_of(self.batch.connection, number):
            if monitor_id != self.monitor.id:
                self.batch.claim(monitor_id, key, number)
            elif key not in self.known.holders:
                self.known.holders[key] = number
                self.batch.claim(monitor_id, key, number)

    def _placed(self, row: EventRow, opened_at: datetime) -> Placed:
        """Return where the incident that a row opens goes."""
        config, monitor = self.context.config, self.monitor
        if row.owner is not None and row.owner not in config.teams:
            self.context.report.warn(
                f"Monitor {monitor.id}: a row names {row.owner!r} as its owner, which is no "
                f"team; {monitor.owner} gets it."
            )
        facts = facts_of(
            config,
            opened_at,
            owner=monitor.owner,
            row_owner=row.owner,
            monitor=monitor.id,
            severity=severity_of(row, monitor),
            entity=row.entity_id,
            class_=monitor.class_,
            evidence=row.evidence,
        )
        return self._placer.place(facts)

    def _write(self) -> None:
        for draft in self._drafts.values():
            draft.write(self.batch, self.context.actor, self.context.priority_of)
        held.keep(self.batch.connection, self._held)

    def _count(self, what: str) -> None:
        self.context.report.counts[what] += 1


def opening_values(
    monitor: Monitor,
    placed: Placed,
    opened_at: datetime,
    *,
    entity_id: str | None = None,
    group_key: str | None = None,
    is_flood: bool = False,
) -> dict[str, Any]:
    """Return what a new incident of a monitor starts with; always the same columns."""
    return {
        "monitor_id": monitor.id,
        "entity_id": entity_id,
        "group_key": group_key,
        "is_flood": is_flood,
        "state": State.NEW,
        "class": monitor.class_,
        "type": monitor.type or monitor.id,
        "impact_unit": monitor.impact_unit,
        "priority_overridden": False,
        "opened_at": opened_at,
        **placed.after,
    }
