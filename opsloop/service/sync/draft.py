"""Incidents while a chunk of event rows changes them, and the log rows that come of it.

A chunk can attach a thousand events to one incident; its log gets one row that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsloop.lifecycle import after_snooze, at_work
from opsloop.store.batch import Batch
from opsloop.types import Action, Actor, Change, Incident, Severity, State

_DIGITS = 6  # sums of impacts are rounded, so that adding and subtracting leaves no dust


# the priority of a severity and an impact, None = unknown
PriorityOf = Callable[[Severity, float | None], str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new incident starts with."""

    opened_at: datetime
    title: Callable[[int, float | None], str]  # of the events it opens with: how many, impact
    row: str  # of the decision table
    after: dict[str, Any]
    follows: int | None = None  # the key's last incident
    why: tuple[str, ...] = ()  # it is placed where it is


@dataclass(slots=True)
class Draft:
    """One incident and what the chunk has done to it so far.

    `incident` is as the store has it; a new one has version 0 until it is written.
    """

    incident: Incident
    opening: Opening | None = None
    reopening: Change | None = None
    wakes: bool = False
    rows: dict[Action, str] = field(default_factory=dict)  # which row of the table, per action
    counted: dict[Action, int] = field(default_factory=dict)
    firing: int = 0
    total: int = 0
    impact: float | None = None
    past_impact: float | None = None  # of events that were over when they joined
    severity: Severity | None = None
    counts_impact: bool = True

    @classmethod
    def of(cls, incident: Incident, monitor_id: str, opening: Opening | None = None) -> Draft:
        """Start from an incident as it is.

        Args:
            monitor_id: whose events the chunk has; those of another monitor than the incident's,
                which a merge brought, have another unit, and add nothing to its impact.
        """
        return cls(
            incident,
            opening,
            counts_impact=opening is not None or incident.monitor_id == monitor_id,
            firing=incident.events_firing,
            total=incident.events_total,
            impact=incident.impact if incident.events_firing else None,
            severity=incident.severity,
        )

    def add(
        self,
        row: str,
        *,
        is_new: bool,
        starts: bool,
        severity: Severity | None,
        impact: float | None,
    ) -> None:
        """Let an event join.

        Args:
            row: of the decision table.
            is_new: whether it was no part of this incident before.
            starts: whether it fires, and did not here before.
        """
        self._count(Action.ATTACHED, row)
        self.total += is_new
        self._worst(severity)
        if starts:
            self.firing += 1
            self._add_impact(impact)
        elif is_new and impact is not None:
            self.past_impact = (self.past_impact or 0) + impact

    def find(self, row: str) -> None:
        """Let one event have its row in the warehouse again."""
        self._count(Action.ATTACHED, row)

    def clear(self, row: str, impact: float | None) -> None:
        """Let one event end."""
        self._count(Action.CLEARED, row)
        self.firing -= 1
        self._add_impact(-impact if impact is not None else None)

    def release(self, row: str, impact: float | None) -> None:
        """Let one firing event go to another incident."""
        self._count(Action.RELEASED, row)
        self.firing -= 1
        self._add_impact(-impact if impact is not None else None)

    def worsen(
        self, row: str, severity: Severity | None, impact: float | None, before: float | None
    ) -> None:
        """Let one event be worse than the log last recorded."""
        self._count(Action.WORSENED, row)
        self._worst(severity)
        if impact is not None or before is not None:
            self._add_impact((impact or 0) - (before or 0))

    def write(self, batch: Batch, actor: Actor, priority_of: PriorityOf) -> Incident:
        """Record what happened, in the order in which people would tell it."""
        incident = self.incident
        numbers = self._numbers(priority_of)
        if self.opening:
            return self._write_opening(batch, actor, numbers, self.opening)
        if self.reopening:
            incident = batch.record(incident, self.reopening, actor)
        elif self.wakes and incident.state is State.SNOOZED:
            incident = batch.record(incident, woken(incident, batch.now, self._row()), actor)
        for action in (Action.ATTACHED, Action.WORSENED, Action.CLEARED, Action.RELEASED):
            if action in self.counted:
                incident = batch.record(incident, self._change(action, batch.now, numbers), actor)
        is_verified = not incident.state.is_open and Action.CLEARED in self.counted
        if is_verified and self.firing == 0:
            change = Change(
                Action.ALL_CLEAR,
                batch.now,
                {"all_clear_at": batch.now},
                {"rule_id": "7"},
                is_decision=False,
            )
            incident = batch.record(incident, change, actor)
        return incident

    def _write_opening(
        self, batch: Batch, actor: Actor, numbers: dict[str, Any], opening: Opening
    ) -> Incident:
        past = {} if self.past_impact is None else {"impact": round(self.past_impact, _DIGITS)}
        change = Change(
            Action.OPENED,
            opening.opened_at,
            {**opening.after, **past, **numbers},
            {"rule_id": opening.row},
            text=opening.title(self.total, {**past, **numbers}.get("impact")),
            payload={"placed": opening.why} if opening.why else None,
        )
        incident = batch.open(self.incident.incident_id, change, actor)
        if opening.follows is not None:
            subject = {"other_incident_id": opening.follows, "link_kind": "follows"}
            link = Change(Action.LINKED, batch.now, subject=subject, is_decision=False)
            incident = batch.record(incident, link, actor)
        return incident

    def _change(self, action: Action, now: datetime, numbers: dict[str, Any]) -> Change:
        return Change(
            action,
            now,
            numbers,
            {"rule_id": self.rows[action]},
            is_decision=False,
            payload={"events": self.counted[action]},
        )

    def _numbers(self, priority_of: PriorityOf) -> dict[str, Any]:
        numbers: dict[str, Any] = {"events_total": self.total, "events_firing": self.firing}
        if self.firing and self.impact is not None:
            numbers["impact"] = round(self.impact, _DIGITS)
        if self.severity is None:
            return numbers
        if self.severity is not self.incident.severity:
            numbers["severity"] = self.severity
        priority = priority_of(self.severity, numbers.get("impact", self.incident.impact))
        present = self.incident.priority
        # the words sort as they press; a priority never falls by itself
        if not self.incident.priority_overridden and (present is None or priority < present):
            numbers["priority"] = priority
        return numbers

    def _count(self, action: Action, row: str) -> None:
        self.rows.setdefault(action, row)
        self.counted[action] = self.counted.get(action, 0) + 1

    def _worst(self, severity: Severity | None) -> None:
        if severity and (self.severity is None or severity.rank < self.severity.rank):
            self.severity = severity

    def _add_impact(self, impact: float | None) -> None:
        if impact is not None and self.counts_impact:
            self.impact = (self.impact or 0) + impact

    def _row(self) -> str:
        return next(iter(self.rows.values()), "12")


def woken(incident: Incident, now: datetime, row: str) -> Change:
    """Return the row that ends a snooze."""
    return Change(Action.WOKEN, now, {"state": after_snooze(incident)}, {"rule_id": row})


def reopened(incident: Incident, now: datetime, row: str, why: str) -> Change:
    """Return the row by which sync opens a resolved incident again; the owner is kept."""
    after = {"state": at_work(incident)}
    return Change(Action.REOPENED, now, after, {"rule_id": row}, payload={"why": why})
