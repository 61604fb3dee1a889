"""A project with three incidents and no warehouse, for the command line to work on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from opsloop.store import Store
from opsloop.types import (
    Action,
    Actor,
    ActorKind,
    Change,
    Disposition,
    Event,
    EventChange,
    Severity,
    State,
)

OPENED_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
NASTY = "Late [bold]x[/bold] <script>alert(1)</script> \x1b[31m 👩\u200d✈️ " + "y" * 10_000

SETTINGS = """\
teams:
  maintainers:
  shipping: {lead: mo.bauer, members: [mo.bauer, kim.larsen]}
  care: {members: [ola.ruiz]}
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def in_words(value: object) -> str:
    """Return what a parametrized test is called by: its command line."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)[:20]


def open_incident(
    store: Store, monitor: str, entity: str, title: str, team: str, severity: str
) -> None:
    """Open an incident as sync does."""
    priority = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}[severity]
    after = {
        "monitor_id": monitor,
        "entity_id": entity,
        "group_key": f'["{entity}"]',
        "state": State.NEW,
        "team": team,
        "assignment_kind": "rule",
        "class": "exception",
        "type": monitor,
        "severity": severity,
        "priority": priority,
        "impact": 40.0,
        "impact_unit": "EUR",
        "opened_at": OPENED_AT,
        "events_total": 1,
        "events_firing": 1,
    }
    event = Event(
        event_id=f"{monitor}/{entity}",
        monitor_id=monitor,
        entity_id=entity,
        group_key=f'["{entity}"]',
        disposition=Disposition.ATTACHED,
        firing=True,
        occurred_at=OPENED_AT,
        started_at=OPENED_AT,
        severity=Severity(severity),
        impact=40.0,
    )
    with store.batch(OPENED_AT) as batch:
        [number] = batch.new_incident_ids(1)
        change = Change(Action.OPENED, OPENED_AT, after, {"rule_id": "16"}, text=title)
        batch.open(number, change, Actor(ActorKind.SYNC, monitor, "sync"))
        batch.event(replace(event, incident_id=number), EventChange.APPEARED)
        batch.evidence(
            event.event_id, '{"country": "NO", "note": "a\\u001b[31mb"}', severity, 40, team
        )
        batch.claim(monitor, event.group_key, number)
