"""What log rows are about beside their incident: escalations, running timers, links.

Projections like `incidents`: written with the rows they come from, rebuilt by `store verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.store import bulk, tables
from opsloop.types import Action, Actor, Change

Row = tuple[Any, ...]


class Subjects:
    """What the rows of one transaction change of them, kept until `write`."""

    def __init__(self) -> None:
        self._asked: list[dict[str, Any]] = []
        self._nudged: list[Row] = []
        self._answered: list[Row] = []
        self._timers: dict[Row, datetime | None] = {}
        self._links: dict[Row, bool] = {}

    def add(self, incident_id: int, change: Change, actor: Actor, at: datetime) -> None:
        """Take in one row of the log."""
        subject = change.subject
        match change.action:
            case Action.ESCALATED:
                self._asked.append(
                    {
                        "escalation_id": subject["escalation_id"],
                        "incident_id": incident_id,
                        "escalation_type": subject["escalation_type"],
                        "escalation_class": subject.get("escalation_class"),
                        "to_kind": subject["to_kind"],
                        "to_id": subject["to_id"],
                        "asked_by": actor.id,
                        "asked_at": at,
                        "nudges": 0,
                        "rule_id": subject.get("rule_id"),
                    }
                )
            case Action.NUDGED:
                self._nudged.append((subject["nudge_no"], at, subject["escalation_id"]))
            case Action.ANSWERED:
                self._answered.append((actor.id, at, subject["escalation_id"]))
            case Action.TIMER_STARTED:
                self._timers[incident_id, subject["person"]] = subject["work_started_at"]
            case Action.WORKED if subject["work_started_at"]:
                self._timers[incident_id, subject["person"]] = None
            case Action.LINKED | Action.UNLINKED:
                link = (incident_id, subject["other_incident_id"], subject["link_kind"])
                self._links[link] = change.action is Action.LINKED

    def write(self, connection: sa.Connection) -> None:
        """Write it all."""
        escalations = tables.escalations
        bulk.insert_mappings(connection, escalations, self._asked)
        bulk.update(connection, escalations, ("nudges", "nudged_at", "escalation_id"), self._nudged)
        answer = ("answered_by", "answered_at", "escalation_id")
        bulk.update(connection, escalations, answer, self._answered)
        key = ("incident_id", "person")
        running = [(*timer, at) for timer, at in self._timers.items() if at is not None]
        bulk.upsert(connection, tables.timers, (*key, "started_at"), running)
        stopped = [timer for timer, at in self._timers.items() if at is None]
        bulk.delete(connection, tables.timers, key, stopped)
        # without columns beside the key there is nothing to update: replaced
        columns = ("incident_id", "other_incident_id", "link_kind")
        bulk.delete(connection, tables.links, columns, list(self._links))
        linked = [link for link, is_there in self._links.items() if is_there]
        bulk.insert(connection, tables.links, columns, linked)


def differences(connection: sa.Connection) -> Iterator[str]:
    """Yield what of these the log says otherwise, in words."""
    for what, statement in _DIFFERENCES:
        for row in connection.execute(statement):
            yield f"{what} {row[0]} differs between the log and its table"


def _pairs() -> Iterator[tuple[str, sa.Select[Any], sa.Select[Any]]]:
    """Yield a name, what the log says, and what is stored, as rows to compare."""
    log, table, timers, links = (
        tables.incident_log.c,
        tables.escalations.c,
        tables.timers.c,
        tables.links.c,
    )
    asked = sa.select(
        log.escalation_id,
        log.incident_id,
        log.escalation_type,
        log.escalation_class,
        log.to_kind,
        log.to_id,
        log.actor_id,
        log.effective_at,
        log.rule_id,
    ).where(log.action == Action.ESCALATED)
    stored = sa.select(
        table.escalation_id,
        table.incident_id,
        table.escalation_type,
        table.escalation_class,
        table.to_kind,
        table.to_id,
        table.asked_by,
        table.asked_at,
        table.rule_id,
    )
    yield "escalation", asked, stored
    answered = sa.select(log.escalation_id, log.actor_id, log.effective_at).where(
        log.action == Action.ANSWERED
    )
    is_answered = sa.or_(table.answered_at.is_not(None), table.answered_by.is_not(None))
    answers = sa.select(table.escalation_id, table.answered_by, table.answered_at)
    yield "the answer to escalation", answered, answers.where(is_answered)
    nudged = (
        sa.select(log.escalation_id, sa.func.max(log.nudge_no), sa.func.max(log.effective_at))
        .where(log.action == Action.NUDGED)
        .group_by(log.escalation_id)
    )
    nudges = sa.select(table.escalation_id, table.nudges, table.nudged_at)
    yield "the nudges of escalation", nudged, nudges.where(table.nudges > 0)
    started = sa.select(log.incident_id, log.person, log.work_started_at).where(
        log.action == Action.TIMER_STARTED
    )
    stopped = sa.select(log.incident_id, log.person, log.work_started_at).where(
        log.action == Action.WORKED, log.work_started_at.is_not(None)
    )
    running = sa.select(timers.incident_id, timers.person, timers.started_at)
    yield "the timer on incident", sa.select(sa.except_(started, stopped).subquery()), running
    last = sa.func.row_number().over(
        partition_by=(log.incident_id, log.other_incident_id, log.link_kind),
        order_by=log.version.desc(),
    )
    ranked = (
        sa.select(
            log.incident_id, log.other_incident_id, log.link_kind, log.action, last.label("place")
        )
        .where(log.action.in_([Action.LINKED, Action.UNLINKED]))
        .subquery()
        .c
    )
    linked = sa.select(ranked.incident_id, ranked.other_incident_id, ranked.link_kind).where(
        ranked.place == 1, ranked.action == Action.LINKED
    )
    yield (
        "a link of incident",
        linked,
        sa.select(links.incident_id, links.other_incident_id, links.link_kind),
    )


# made once: a statement that is made anew is also compiled anew
_DIFFERENCES = tuple(
    (what, sa.except_(one, other))
    for what, said, stored in _pairs()
    for one, other in ((said, stored), (stored, said))
)
