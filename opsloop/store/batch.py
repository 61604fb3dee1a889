"""One transaction's writes: projections first, the two logs last.

A batch folds each change into its incident as it is recorded (so that the projection is the log's
fold by construction) and writes everything in bulk at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from opsloop import lifecycle
from opsloop.standing import Step
from opsloop.store import bulk, tables
from opsloop.store.clock_rows import NEVER, ClockWriter, TermsOf
from opsloop.store.records import (
    EVENT_COLUMNS,
    INCIDENT_COLUMNS,
    event_values,
    incident_values,
)
from opsloop.store.subjects import Subjects
from opsloop.types import Actor, Change, Event, EventChange, Incident

EVIDENCE_COLUMNS = ("event_id", "evidence", "severity", "impact", "owner", "refreshed_at")
_LOGGED = tuple(name for name in EVENT_COLUMNS if name != "is_lost")  # the change says so
EVENT_LOG_COLUMNS = (*_LOGGED, "log_id", "batch_id", "recorded_at", "change")
logged_values = attrgetter(*_LOGGED)
# made once: every action asks it
_LATEST = sa.union_all(
    *(
        sa.select(sa.select(log.c.recorded_at).order_by(log.c.seq.desc()).limit(1).subquery().c[0])
        for log in (tables.incident_log, tables.incident_event_log)
    )
)
_IS_INCIDENT_COUNTER = tables.counters.c.name == "incident"


class Batch:
    """What one transaction writes, kept in memory until `flush`.

    Args:
        connection: in a write transaction.
        now: the moment of recording, UTC; moved up to the log's last one, so that it never goes
            back.
        terms_of: the service levels and calendars by version.
    """

    def __init__(self, connection: sa.Connection, now: datetime, terms_of: TermsOf) -> None:
        self.connection = connection
        self.batch_id = uuid4().hex
        self.now = max(now, _last_recorded(connection) or now)
        self._count = 0
        self._last_number: int | None = None
        self._new: dict[int, Incident] = {}
        self._changed: dict[int, Incident] = {}
        self._log: list[dict[str, Any]] = []
        self._event_log: list[tuple[Any, ...]] = []
        self._events: dict[str, Event] = {}
        self._evidence: dict[str, tuple[Any, ...]] = {}
        self._texts: list[tuple[Any, ...]] = []
        self._subjects = Subjects()
        self._clocks = ClockWriter(terms_of)
        self._claims: dict[tuple[str, str], int | None] = {}

    def new_incident_ids(self, count: int = 1) -> range:
        """Return `count` incident numbers that nobody else gets: we alone write now."""
        if self._last_number is None:
            statement = sa.select(tables.counters.c.value).where(_IS_INCIDENT_COUNTER)
            self._last_number = int(self.connection.execute(statement).scalar_one())
        first = self._last_number + 1
        self._last_number += count
        return range(first, first + count)

    def open(self, incident_id: int, change: Change, actor: Actor) -> Incident:
        """Record the first row of a new incident."""
        incident = self._record(None, incident_id, change, actor)
        self._new[incident_id] = incident
        return incident

    def record(self, incident: Incident, change: Change, actor: Actor) -> Incident:
        """Record one more row of an incident and return the incident after it."""
        after = self._record(incident, incident.incident_id, change, actor)
        target = self._new if incident.incident_id in self._new else self._changed
        target[incident.incident_id] = after
        return after

    def event(self, event: Event, change: EventChange) -> None:
        """Record what happened to an event, and where it belongs now."""
        self._events[event.event_id] = event
        row = (*logged_values(event), self._next_id(), self.batch_id, self.now, change)
        self._event_log.append(row)

    def evidence(
        self,
        event_id: str,
        evidence: str,
        severity: str | None,
        impact: float | None,
        owner: str | None,
    ) -> None:
        """Keep what the warehouse has of an event now; a cache, not logged."""
        self._evidence[event_id] = (event_id, evidence, severity, impact, owner, self.now)

    def claim(self, monitor_id: str, group_key: str, incident_id: int) -> None:
        """Let the incident hold the key."""
        self._claims[monitor_id, group_key] = incident_id

    def release(self, keys: Iterable[tuple[str, str]]) -> None:
        """Let nobody hold these keys."""
        self._claims.update(dict.fromkeys(keys))

    def flush(self) -> None:
        """Write everything; the logs last, in the order in which it was recorded."""
        connection = self.connection
        self._write_counter()
        bulk.insert(connection, tables.texts, ("text_id", "body"), self._texts)
        self._write_incidents(self._clocks.write(connection))
        events = [event_values(event) for event in self._events.values()]
        bulk.upsert(connection, tables.events, EVENT_COLUMNS, events)
        evidence = list(self._evidence.values())
        bulk.upsert(connection, tables.event_evidence, EVIDENCE_COLUMNS, evidence)
        self._write_claims()
        self._subjects.write(connection)
        bulk.insert(connection, tables.incident_event_log, EVENT_LOG_COLUMNS, self._event_log)
        bulk.insert_mappings(connection, tables.incident_log, self._log)

    def _record(
        self, incident: Incident | None, incident_id: int, change: Change, actor: Actor
    ) -> Incident:
        version = incident.version + 1 if incident else 1
        decision = (incident.decision_version if incident else 0) + change.is_decision
        text_id = self._text(change.text)
        effective_at = min(change.effective_at, self.now)
        after = lifecycle.fold(
            incident,
            incident_id=incident_id,
            version=version,
            decision_version=decision,
            action=change.action,
            actor_kind=actor.kind,
            effective_at=effective_at,
            recorded_at=self.now,
            after=change.after,
            text_id=text_id,
        )
        lifecycle.check_transition(incident, change.action, after)
        row = {
            "log_id": self._next_id(),
            "batch_id": self.batch_id,
            "incident_id": incident_id,
            "version": version,
            "decision_version": decision,
            "action": change.action,
            "recorded_at": self.now,
            "effective_at": effective_at,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "via": actor.via,
            "text_id": text_id,
        }
        row.update(change.after)
        row.update(change.subject)
        if change.payload:
            row["payload"] = json.dumps(change.payload, ensure_ascii=False, default=str)
        self._log.append(row)
        self._subjects.add(incident_id, change, actor, effective_at)
        undoes = change.subject.get("reverses_batch_id")
        step = Step(after, change.action, effective_at, self.batch_id, undoes)
        self._clocks.add(incident, change, step)
        return after

    def _text(self, body: str | None) -> str | None:
        if body is None:
            return None
        text_id = self._next_id()
        # Postgres keeps no NUL, and a title may be made of what the warehouse holds
        self._texts.append((text_id, body.replace("\0", "\N{REPLACEMENT CHARACTER}")))
        return text_id

    def _next_id(self) -> str:
        self._count += 1
        return f"{self.batch_id}-{self._count:x}"

    def _write_counter(self) -> None:
        if self._last_number is not None:
            counters = sa.update(tables.counters).where(_IS_INCIDENT_COUNTER)
            self.connection.execute(counters.values(value=self._last_number))

    def _write_incidents(self, due: Mapping[int, datetime]) -> None:
        """Write the incidents; those whose clocks were computed say when they are due."""
        table, with_due = tables.incidents, (*INCIDENT_COLUMNS, "due_at")
        new = [
            (*incident_values(one), due.get(one.incident_id, NEVER)) for one in self._new.values()
        ]
        bulk.insert(self.connection, table, with_due, new)
        timed, others = [], []
        for number, incident in self._changed.items():
            if number in due:
                timed.append((*incident_values(incident), due[number], number))
            else:
                others.append((*incident_values(incident), number))
        bulk.update(self.connection, table, (*with_due, "incident_id"), timed)
        bulk.update(self.connection, table, (*INCIDENT_COLUMNS, "incident_id"), others)

    def _write_claims(self) -> None:
        released = [key for key, holder in self._claims.items() if holder is None]
        bulk.delete(self.connection, tables.claims, ("monitor_id", "group_key"), released)
        taken = [(*key, holder) for key, holder in self._claims.items() if holder is not None]
        columns = ("monitor_id", "group_key", "incident_id")
        bulk.upsert(self.connection, tables.claims, columns, taken)


def lost(event: Event) -> Event:
    """Return the event as one that the warehouse no longer has."""
    return replace(event, is_lost=True)


def _last_recorded(connection: sa.Connection) -> datetime | None:
    return max((row[0] for row in connection.execute(_LATEST)), default=None)
