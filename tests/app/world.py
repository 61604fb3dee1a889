"""A small shop's project with incidents in its store, as the app finds them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsloop.config import load_config
from opsloop.service import Service
from opsloop.store import Store
from opsloop.types import (
    Action,
    Actor,
    ActorKind,
    Change,
    Disposition,
    Event,
    EventChange,
    Incident,
    Severity,
    State,
)

NOW = datetime.now(UTC).replace(microsecond=0)
KIM, OLA = "kim.larsen", "ola.ruiz"
HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'> "
    "**bold** [link](javascript:window.hacked=1) :red[red] $x^2$ 👩‍🚒 {{ 7*7 }} "
)
VERY_LONG = HOSTILE + "y" * 10_000

SETTINGS = """\
teams:
  maintainers:
  shipping: {lead: mo.bauer, members: [mo.bauer, kim.larsen]}
  customer_care: {members: [ola.ruiz]}
"""
LATE, REVIEWS = "mon_late_orders", "mon_bad_reviews"
RUNBOOK = "# Late orders\n\nCall the <script>window.hacked=1</script> carrier **first**.\n"


@dataclass(frozen=True)
class World:
    """A project on disk and its open store."""

    project: Path
    store: Store
    service: Service

    @property
    def serving(self) -> Path:
        """Where the serving copy is."""
        return self.project / "var" / "serving"


def build(project: Path, empty_store: Path) -> World:
    """Make a project with a copy of an empty store."""
    (project / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (project / "opsloop.yml").write_text(SETTINGS)
    (project / "runbooks").mkdir()
    (project / "runbooks" / "late_orders.md").write_text(RUNBOOK)
    (project / "target").mkdir()
    (project / "target" / "manifest.json").write_text(json.dumps({"nodes": _nodes()}))
    (project / "var").mkdir()
    shutil.copy(empty_store, project / "var")
    store = Store.open(f"sqlite:///{project}/var/incidents.db")
    return World(project, store, Service(store, load_config(project)))


def person(name: str, via: str = "app") -> Actor:
    """Return a person who acts."""
    return Actor(ActorKind.PERSON, name, via)


def open_incident(
    store: Store,
    title: str,
    *,
    monitor: str = LATE,
    team: str = "shipping",
    severity: Severity = Severity.HIGH,
    entities: Iterable[str] = ("order 7",),
    evidence: Mapping[str, Any] | None = None,
    opened_at: datetime = NOW - timedelta(hours=3),
    is_flood: bool = False,
) -> int:
    """Open an incident with an event for each entity, as sync does; returns its number.

    Args:
        is_flood: whether each entity has a key of its own.
    """
    entities = list(entities)
    with store.batch(opened_at) as batch:
        [number] = batch.new_incident_ids()
        key = json.dumps([number])
        after = {
            "monitor_id": monitor,
            "entity_id": entities[0],
            "group_key": key,
            "state": State.NEW,
            "team": team,
            "assignment_kind": "rule",
            "class": "exception",
            "type": monitor,
            "severity": severity,
            "priority": f"P{severity.rank + 1}",
            "impact": 40.0 * len(entities),
            "impact_unit": "EUR",
            "opened_at": opened_at,
            "events_total": len(entities),
            "events_firing": len(entities),
            "is_flood": is_flood or len(entities) > 100,
        }
        change = Change(Action.OPENED, opened_at, after, {"rule_id": "16"}, text=title)
        batch.open(number, change, Actor(ActorKind.SYNC, monitor, "sync"))
        for entity in entities:
            event = Event(
                event_id=f"{number}/{entity}",
                monitor_id=monitor,
                entity_id=entity,
                group_key=json.dumps([entity]) if is_flood else key,
                disposition=Disposition.ATTACHED,
                firing=True,
                occurred_at=opened_at - timedelta(minutes=30),
                started_at=opened_at,
                incident_id=number,
                severity=severity,
                impact=40.0,
            )
            batch.event(event, EventChange.APPEARED)
            batch.evidence(event.event_id, json.dumps(evidence or {}), severity, 40.0, team)
            batch.claim(monitor, event.group_key, number)
    return number


def clear_all(store: Store, number: int) -> Incident:
    """Let every event of an incident that somebody works on clear, as sync does."""
    with store.batch(NOW) as batch:
        incident = store.detail(number, 0).incident
        for view in store.events(number, 1000):
            cleared = replace(
                view.event, firing=False, cleared_at=batch.now, cleared_reason="condition_cleared"
            )
            batch.event(cleared, EventChange.CLEARED)
        after = {"all_clear_at": batch.now, "events_firing": 0}
        change = Change(Action.ALL_CLEAR, batch.now, after, {"rule_id": "9"}, is_decision=False)
        return batch.record(incident, change, Actor(ActorKind.SYNC, LATE, "sync"))


def usual_desk(world: World) -> None:
    """Fill a store with what most tests need: incidents 1 to 5, one of them hostile."""
    store, service = world.store, world.service
    facts = {"carrier": "north", "days_late": 3, "promised_at": "2026-03-01 09:00:00", "paid": True}
    open_incident(store, "Order 7 is 3 days late", evidence=facts, severity=Severity.CRITICAL)
    open_incident(store, "Order 8 is late", entities=["order 8", "order 9"], evidence=facts)
    open_incident(
        store,
        "One star: never again",
        monitor=REVIEWS,
        team="customer_care",
        severity=Severity.LOW,
        entities=["order 7"],
    )
    open_incident(
        store,
        VERY_LONG,
        severity=Severity.MEDIUM,
        entities=[HOSTILE],
        evidence={"note": VERY_LONG, "<b>column</b>": HOSTILE},
    )
    open_incident(store, "Order 11 was late", entities=["order 11"])
    service.take(2, person(KIM))
    service.escalate(2, person(KIM), to_kind="team", to_id="customer_care", text="Told them?")
    service.take(5, person(OLA))
    service.resolve(5, person(OLA), code="fixed", root_cause="carrier", text="Arrived.")
    service.comment(4, person(OLA), VERY_LONG)


def put_roles_in_force(world: World, more: str = "needs: {}") -> None:
    """Let the settings say who may do what; the app reads them when it is opened."""
    settings = world.project / "opsloop.yml"
    settings.write_text(SETTINGS + f"roles: {{admins: [mo.bauer], {more}}}\n")


def _nodes() -> dict[str, Any]:
    late = {
        "kind": "state",
        "entity": "order",
        "owner": "shipping",
        "severity": "high",
        "title": "Order {entity_id} is late",
        "runbook": "runbooks/late_orders.md",
    }
    reviews = {**late, "kind": "event", "owner": "customer_care", "severity": "low"}
    del reviews["runbook"]
    return {
        f"model.shop.{name}": {
            "resource_type": "model",
            "name": name,
            "config": {"materialized": "monitor", "meta": {"monitor": definition}},
            "original_file_path": f"monitors/shop/{name}.sql",
            "patch_path": None,
            "database": "shop",
            "schema": "main",
            "alias": name,
            "description": description,
        }
        for name, definition, description in (
            (LATE, late, "Orders past their promise. One row per order."),
            (REVIEWS, reviews, "Reviews of one star. One row per review."),
        )
    }
