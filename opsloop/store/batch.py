"""One transaction's writes: projections first, the two logs last.

A batch folds each change into its incident as it is recorded (so that the projection is the log's
fold by construction) and writes everything in bulk at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opsloop import lifecycle
from opsloop.store import tables
from opsloop.store.records import event_row, incident_row
from opsloop.types import Action, Actor, Change, Event, EventChange, Incident

_IS_INCIDENT_COUNTER = tables.counters.c.name == "incident"


class Batch:
    """What one transaction writes, kept in memory until `flush`.

    Args:
        connection: in a write transaction.
        now: the moment of recording, UTC; moved up to the log's last one, so that it never goes
            back.
    """

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.connection = connection
        self.batch_id = uuid4().hex
        self.now = max(now, _last_recorded(connection) or now)
        self._count = 0
        self._last_number: int | None = None
        self._new: dict[int, Incident] = {}
        self._changed: dict[int, Incident] = {}
        self._log: list[dict[str, Any]] = []
        self._event_log: list[dict[str, Any]] = []
        self._events: dict[str, Event] = {}
        self._evidence: dict[str, dict[str, Any]] = {}
        self._texts: list[dict[str, Any]] = []
        self._asked: list[dict[str, Any]] = []
        self._answered: list[dict[str, Any]] = []
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
        row = event_row(event)
        self._events[event.event_id] = event
        del row["is_lost"]
        row["log_id"] = self._next_id()
        row["batch_id"] = self.batch_id
        row["recorded_at"] = self.now
        row["change"] = change
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
        self._evidence[event_id] = {
            "event_id": event_id,
            "evidence": evidence,
            "severity": severity,
            "impact": impact,
            "owner": owner,
            "refreshed_at": self.now,
        }

    def claim(self, monitor_id: str, group_key: str, incident_id: int) -> None:
        """Let the incident hold the key."""
        self._claims[monitor_id, group_key] = incident_id

    def release(self, keys: Iterable[tuple[str, str]]) -> None:
        """Let nobody hold these keys."""
        self._claims.update(dict.fromkeys(keys))

    def flush(self) -> None:
        """Write everything; the logs last, in the order in which it was recorded."""
        run = self.connection.execute
        if self._texts:
            run(sa.insert(tables.texts), self._texts)
        if self._last_number is not None:
            run(
                sa.update(tables.counters)
                .where(_IS_INCIDENT_COUNTER)
                .values(value=self._last_number)
            )
        if self._new:
            run(sa.insert(tables.incidents), [incident_row(i) for i in self._new.values()])
        self._update_incidents()
        self._upsert(tables.events, [event_row(event) for event in self._events.values()])
        self._upsert(tables.event_evidence, list(self._evidence.values()))
        self._write_claims()
        if self._asked:
            run(sa.insert(tables.escalations), self._asked)
        for answer in self._answered:
            self._write_answer(answer)
        if self._event_log:
            run(sa.insert(tables.incident_event_log), self._event_log)
        for rows in _same_columns(self._log):
            run(sa.insert(tables.incident_log), rows)

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
        self._project_escalation(incident_id, change, actor, effective_at)
        return after

    def _project_escalation(
        self, incident_id: int, change: Change, actor: Actor, at: datetime
    ) -> None:
        subject = change.subject
        if change.action is Action.ESCALATED:
            self._asked.append(
                {
                    "escalation_id": subject["escalation_id"],
                    "incident_id": incident_id,
                    "escalation_type": subject["escalation_type"],
                    "to_kind": subject["to_kind"],
                    "to_id": subject["to_id"],
                    "asked_by": actor.id,
                    "asked_at": at,
                }
            )
        elif change.action is Action.ANSWERED:
            self._answered.append(
                {
                    "escalation_id": subject["escalation_id"],
                    "answered_by": actor.id,
                    "answered_at": at,
                }
            )

    def _text(self, body: str | None) -> str | None:
        if body is None:
            return None
        text_id = self._next_id()
        self._texts.append({"text_id": text_id, "body": body})
        return text_id

    def _next_id(self) -> str:
        self._count += 1
        return f"{self.batch_id}-{self._count:x}"

    def _update_incidents(self) -> None:
        if not self._changed:
            return
        table = tables.incidents
        names = [column.name for column in table.columns if column.name != "incident_id"]
        statement = (
            sa.update(table)
            .where(table.c.incident_id == sa.bindparam("key"))
            .values({name: sa.bindparam(f"to_{name}") for name in names})
        )
        rows = [
            {"key": incident.incident_id}
            | {f"to_{name}": value for name, value in incident_row(incident).items()}
            for incident in self._changed.values()
        ]
        self.connection.execute(statement, rows)

    def _upsert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        insert = sqlite.insert if self.connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(table)
        key = [column.name for column in table.primary_key]
        set_ = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in key
        }
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=key, set_=set_), rows
        )

    def _write_claims(self) -> None:
        table = tables.claims
        released = [key for key, holder in self._claims.items() if holder is None]
        if released:
            statement = sa.delete(table).where(
                table.c.monitor_id == sa.bindparam("monitor"),
                table.c.group_key == sa.bindparam("key"),
            )
            self.connection.execute(statement, [{"monitor": m, "key": k} for m, k in released])
        taken = [
            {"monitor_id": monitor_id, "group_key": key, "incident_id": holder}
            for (monitor_id, key), holder in self._claims.items()
            if holder is not None
        ]
        self._upsert(table, taken)

    def _write_answer(self, answer: Mapping[str, Any]) -> None:
        table = tables.escalations
        self.connection.execute(
            sa.update(table)
            .where(table.c.escalation_id == answer["escalation_id"])
            .values(answered_by=answer["answered_by"], answered_at=answer["answered_at"])
        )


def lost(event: Event) -> Event:
    """Return the event as one that the warehouse no longer has."""
    return replace(event, is_lost=True)


def _last_recorded(connection: sa.Connection) -> datetime | None:
    latest = [
        connection.execute(
            sa.select(table.c.recorded_at).order_by(table.c.seq.desc()).limit(1)
        ).scalar()
        for table in (tables.incident_log, tables.incident_event_log)
    ]
    return max((moment for moment in latest if moment), default=None)


def _same_columns(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Split rows into consecutive runs of one column set: the order of the log must stay."""
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end].keys() != rows[start].keys():
            yield rows[start:end]
            start = end
