"""Where incidents go: rules, turns and loads, who is away, what people enter by hand."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.config import Config, Team
from opsloop.config.calendars import CalendarSettings
from opsloop.config.routing import RuleSettings
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.errors import NotFound, Refused
from opsloop.service.explaining import reasons
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import ActorKind, ImpactBands, Severity, State
from tests.integration.event_tables import (
    ADA,
    BO,
    CONFIG,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    hour,
    late_orders,
)

SHIPPING: dict[str, Any] = {
    "name": "shipping",
    "lead": "ada.moreno",
    "members": ("ada.moreno", "bo.larsen"),
}


def config(*rules: dict[str, Any], shipping: dict[str, Any] | None = None, **more: Any) -> Config:
    team = Team.model_validate({**SHIPPING, **(shipping or {})})
    level = ServiceLevelSettings.model_validate({"targets": {"resolve": {"P3": {"hours": 1}}}})
    office = {"time_zone": "UTC", "hours": {"mon-fri": ["08:00-12:00"]}}
    return CONFIG.model_copy(
        update={
            "teams": {**CONFIG.teams, "shipping": team},
            "routing": tuple(RuleSettings.model_validate(rule) for rule in rules),
            "service_levels": {"urgent": level},
            "calendars": {"office": CalendarSettings.model_validate(office)},
            **more,
        }
    )


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    return World(store, warehouse, late_orders(impact_bands=ImpactBands(100, 10)))


def go(world: World, settings: Config, *entities: str, at: float = 9, **firing: Any) -> None:
    """Let entities begin to fire under settings."""
    world.config = settings
    apply_settings(world.store, settings, hour(at))
    world.run(at, {entity: Firing(**firing) for entity in entities})
    world.sync(at)


def owners(world: World) -> list[str | None]:
    found = sorted(world.incidents(), key=lambda one: one.incident_id)
    return [one.assignee for one in found]


def test_the_first_rule_that_matches_places_it(world: World) -> None:
    rules = (
        {"name": "big", "when": {"evidence": {"region": "north"}}, "team": "care"},
        {"name": "late", "when": {"monitor": "mon_late*"}, "service_level": "urgent"},
    )
    go(world, config(*rules), "A")
    incident = world.incident()
    assert (incident.team, incident.policy) == ("shipping", "urgent")
    assert [clock.target_s for clock in world.store.detail(1).clocks] == [3600]
    why = [one.why for one in reasons(world.store.detail(1), world.config, world.monitors[0])]
    assert any(line.startswith("big does not match: ") for line in why)
    assert any(line.startswith("late matches: ") for line in why)
    assert "The service level is urgent, as late says." in why
    assert why[-1] == "Severity medium with moderate impact is P3."


def test_a_rule_by_open_hours(world: World) -> None:
    rule = {
        "name": "nights",
        "when": {"time": {"calendar": "office", "is_open": False}},
        "team": "care",
    }
    go(world, config(rule), "A", at=9)
    assert world.incident(1).team == "shipping"
    go(world, config(rule), "A", "B", at=13)
    assert world.incident(2).team == "care"


def test_turns_go_round_and_pass_over_who_is_away(world: World) -> None:
    settings = config(shipping={"assign": "round_robin"})
    go(world, settings, "A", "B", "C")
    assert owners(world) == ["ada.moreno", "bo.larsen", "ada.moreno"]
    incident = world.incident(1)
    assert (incident.state, incident.assignment_kind) == (State.NEW, "rule")
    assert incident.acknowledged_at is None
    world.clock = hour(10)
    world.service.go_away(ADA, "bo.larsen", until=hour(12))
    go(world, settings, "A", "B", "C", "D", at=11)
    assert world.incident(4).assignee == "ada.moreno"
    go(world, settings, "A", "B", "C", "D", "E", at=13)
    assert world.incident(5).assignee == "bo.larsen"


def test_the_least_loaded_gets_it_up_to_a_limit(world: World) -> None:
    settings = config(shipping={"assign": "least_loaded", "limit": 2, "limits": {"ada.moreno": 1}})
    go(world, settings, "A", "B", "C", "D")
    assert owners(world) == ["ada.moreno", "bo.larsen", "bo.larsen", None]
    why = [one.why for one in reasons(world.store.detail(4), settings, None)]
    assert any("ada.moreno is full (1 open, limit 1)" in line for line in why)
    assert any("ada.moreno leads it and sees it" in line for line in why)


def test_minutes_worked_weigh_where_items_are_even(world: World) -> None:
    settings = config(shipping={"assign": "least_loaded"})
    go(world, settings, "A", "B")
    service = world.service
    service.log_work(1, ADA, minutes=90)
    [worked] = [row for row in world.store.detail(1).log if row.action == "worked"]
    service.log_work(2, BO, minutes=30)
    go(world, settings, "A", "B", "C", at=10)
    assert world.incident(3).assignee == "bo.larsen"
    service.correct_work(1, ADA, log_id=worked.log_id, minutes=0, text="the wrong one")
    go(world, settings, "A", "B", "C", "D", at=11)
    assert world.incident(4).assignee == "ada.moreno"


def test_the_impact_band_makes_the_priority(world: World) -> None:
    row = {"major": "P1", "moderate": "P3", "minor": "P4"}
    settings = config(priorities={**CONFIG.priorities, Severity.MEDIUM: row})
    go(world, settings, "A", impact=5)
    assert world.incident().priority == "P4"
    go(world, settings, "A", at=10, impact=150)
    assert world.incident().priority == "P1"
    go(world, settings, "A", at=11, impact=20)
    assert world.incident().priority == "P1"
    why = reasons(world.store.detail(1), settings, world.monitors[0])[-1].why
    assert why.startswith("Severity medium with")


def test_what_people_enter_is_placed_like_any_other(world: World) -> None:
    world.config = config(
        {"name": "care", "when": {"class": "request"}, "team": "care", "service_level": "urgent"}
    )
    apply_settings(world.store, world.config, hour(8))
    world.clock = hour(9)
    found = world.service.report(
        ADA,
        "  A customer \n asks twice ",
        class_="request",
        found_by="customer",
        entity_id="A",
        text="They called.",
    )
    assert (found.team, found.policy, found.found_by) == ("care", "urgent", "customer")
    assert (found.monitor_id, found.events_total, found.priority) == (None, 0, "P3")
    detail = world.store.detail(found.incident_id)
    assert detail.title == "A customer asks twice"
    assert [row.actor.kind for row in detail.log] == [ActorKind.PERSON] * 2
    assert detail.log[1].text == "They called."
    world.run(10, {"A": 5})
    world.sync(10)
    assert world.incident(found.incident_id).state is State.NEW
    assert [item.incident.incident_id for item in world.store.detail(2).related] == [1]
    world.service.resolve(found.incident_id, ADA, code="fixed")


@pytest.mark.parametrize(
    ("title", "changes", "error", "said"),
    [
        (" ", {}, Refused, "The title has 0 characters"),
        ("x" * 501, {}, Refused, "The title has 501 characters"),
        ("x", {"class_": "joke"}, Refused, "There is no class 'joke'"),
        ("x", {"team": "nowhere"}, NotFound, "There is no team 'nowhere'"),
    ],
)
def test_what_cannot_be_entered(
    world: World, title: str, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        world.service.report(ADA, title, **changes)


def test_absences_that_cannot_be(world: World) -> None:
    world.clock = hour(9)
    service = world.service
    with pytest.raises(Refused, match="before they are away"):
        service.go_away(ADA, "bo.larsen", until=hour(8))
    with pytest.raises(NotFound, match="no person"):
        service.go_away(ADA, "no.body", until=hour(10))
    with pytest.raises(NotFound, match=r"bo\.larsen is not away"):
        service.come_back(ADA, "bo.larsen")
    service.go_away(ADA, "bo.larsen", until=hour(12), reason="dentist")
    assert [one.reason for one in world.store.absences(hour(9))] == ["dentist"]
    world.clock = hour(10)
    service.come_back(BO, "bo.larsen")
    assert world.store.absences(hour(10)) == []
