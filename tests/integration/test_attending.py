"""What time alone brings about: steps of a service level, nudges, questions; on both stores."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.config import Config, Team
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import Action, Escalation, State
from tests.integration.event_tables import (
    ADA,
    BO,
    CONFIG,
    DuckDBFile,
    PostgresDatabase,
    World,
    hour,
)

TARGETS = {"acknowledge": {"P3": {"hours": 1}}, "resolve": {"P3": {"hours": 4}}}


def level(**keys: Any) -> Config:
    """Return settings whose only service level does something by itself."""
    one = ServiceLevelSettings.model_validate({"targets": TARGETS, **keys})
    return CONFIG.model_copy(
        update={"service_levels": {"standard": one}, "default_service_level": "standard"}
    )


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    return World(store, warehouse)


def begin(world: World, settings: Config) -> None:
    """Let an incident open at 09:00 under settings."""
    world.config = settings
    apply_settings(world.store, settings, hour(8))
    world.run(9, {"A": 5})
    world.sync(9)


def pass_time(world: World, at: float) -> dict[str, int]:
    """Let sync look at a moment at which nothing of the monitor has changed."""
    return dict(world.sync(at).counts)


def asked(world: World) -> tuple[Escalation, ...]:
    return world.store.detail(1).escalations


MISSED = {"name": "late_start", "when": "acknowledge_missed", "to": "lead"}


def test_a_missed_target_asks_the_lead_once_and_says_when_it_was_due(world: World) -> None:
    begin(world, level(escalate=[MISSED]))
    assert pass_time(world, 10) == {}
    assert pass_time(world, 13) == {"escalated": 1}
    assert pass_time(world, 14) == {}
    [one] = asked(world)
    assert (one.to_kind, one.to_id, one.rule_id) == ("person", "ada.moreno", "late_start")
    assert one.asked_at == hour(10)
    row = world.store.detail(1).log[-1]
    assert (row.actor.kind, row.actor.id) == ("rule", "late_start")
    assert (row.effective_at, row.recorded_at) == (hour(10), hour(13))
    assert world.incident().acknowledged_at is None


def test_a_step_may_come_before_the_target_or_after_it(world: World) -> None:
    steps = [
        {"name": "soon", "when": "resolve_nearing", "to": {"team": "care"}, "type": "decision"},
        {
            "name": "late",
            "when": "resolve_missed",
            "after": {"minutes": 30},
            "to": {"outside": "Acme"},
        },
    ]
    begin(world, level(escalate=steps))
    world.clock = hour(9.5)
    world.service.take(1, ADA)
    pass_time(world, 13.4)
    assert [(one.rule_id, one.asked_at) for one in asked(world)] == [("soon", hour(12.2))]
    pass_time(world, 13.6)
    assert [(one.to_id, one.asked_at) for one in asked(world)][1] == ("Acme", hour(13.5))


def test_what_stopped_in_time_is_never_escalated_later(world: World) -> None:
    begin(world, level(escalate=[MISSED, {**MISSED, "name": "b", "when": "resolve_missed"}]))
    world.clock = hour(9.5)
    world.service.take(1, ADA)
    world.service.resolve(1, ADA, code="fixed")
    assert pass_time(world, 30) == {}


def test_what_waits_is_not_escalated(world: World) -> None:
    begin(world, level(escalate=[{**MISSED, "when": "resolve_missed"}]))
    world.clock = hour(10)
    world.service.wait(1, ADA, kind="supplier", on="Acme", reason="a part")
    assert pass_time(world, 20) == {}
    world.clock = hour(20)
    world.service.resume(1, ADA)
    assert pass_time(world, 22.9) == {}
    assert pass_time(world, 23.1) == {"escalated": 1}


def test_a_step_that_the_settings_drop_does_nothing_more(world: World) -> None:
    begin(world, level(escalate=[MISSED]))
    world.config = level()
    apply_settings(world.store, world.config, hour(9.5))
    assert pass_time(world, 13) == {}


def test_a_reopened_incident_may_be_escalated_again(world: World) -> None:
    targets = {"total_resolve": {"P3": {"hours": 1}}}
    step = {**MISSED, "when": "total_resolve_missed"}
    begin(world, level(targets=targets, escalate=[step], on_reopen="restart"))
    assert pass_time(world, 11) == {"escalated": 1}
    world.service.resolve(1, ADA, code="fixed")
    world.clock = hour(12)
    world.service.reopen(1, ADA, text="no")
    assert pass_time(world, 12.5) == {}
    assert pass_time(world, 13.5) == {"escalated": 1}
    assert [one.asked_at for one in asked(world)] == [hour(10), hour(13)]


def test_a_team_without_a_lead_has_nobody_to_ask(world: World) -> None:
    settings = level(escalate=[MISSED])
    shipping = Team(name="shipping", members=("ada.moreno",))
    settings = settings.model_copy(update={"teams": {**CONFIG.teams, "shipping": shipping}})
    begin(world, settings)
    assert pass_time(world, 13) == {}


NUDGE = {"every": {"hours": 2}, "times": 2, "then": {"team": "care"}}


def test_unanswered_questions_are_asked_again_and_then_of_somebody_else(world: World) -> None:
    begin(world, level(nudge=NUDGE))
    world.clock = hour(9.5)
    world.service.escalate(1, ADA, to_kind="outside", to_id="Acme", text="Where is it?")
    assert pass_time(world, 11.4) == {}
    assert pass_time(world, 11.6) == {"nudged": 1}
    assert pass_time(world, 14) == {"nudged": 1}
    assert pass_time(world, 16) == {"escalated": 1}
    first, second = asked(world)
    assert (first.nudges, first.nudged_at) == (2, hour(13.5))
    assert (second.to_id, second.asked_at) == ("care", hour(15.5))
    world.clock = hour(16)
    for one in (first, second):
        world.service.answer(1, BO, text="here", escalation_id=one.escalation_id)
    assert pass_time(world, 40) == {}


def test_what_was_not_looked_at_for_long_is_made_good(world: World) -> None:
    begin(world, level(nudge=NUDGE))
    world.clock = hour(9.5)
    world.service.escalate(1, ADA, to_kind="outside", to_id="Acme", text="Where is it?")
    assert pass_time(world, 15.6) == {"nudged": 2, "escalated": 1}
    moments = [row.effective_at for row in world.store.detail(1).log[-3:]]
    assert moments == [hour(11.5), hour(13.5), hour(15.5)]


def test_what_goes_quiet_is_questioned_and_then_taken_back(world: World) -> None:
    begin(world, level(quiet_after={"hours": 3}))
    world.clock = hour(10)
    world.service.take(1, ADA)
    assert pass_time(world, 12.9) == {}
    assert pass_time(world, 13.1) == {"questioned": 1}
    assert world.incident().questioned_at == hour(13)
    world.clock = hour(14)
    world.service.comment(1, ADA, "Still on it.")
    assert world.incident().questioned_at is None
    assert pass_time(world, 17.1) == {"questioned": 1}
    assert pass_time(world, 20.1) == {"taken_back": 1}
    incident = world.incident()
    assert (incident.state, incident.assignee, incident.team) == (State.NEW, None, "shipping")
    assert incident.acknowledged_at == hour(10)
    last = world.store.detail(1).log[-1]
    assert (last.action, last.effective_at) == (Action.TAKEN_BACK, hour(20))
    assert pass_time(world, 99) == {}


def test_what_waits_may_be_quiet(world: World) -> None:
    begin(world, level(quiet_after={"hours": 3}))
    world.clock = hour(10)
    world.service.wait(1, ADA, kind="supplier", on="Acme", reason="a part")
    assert pass_time(world, 99) == {}
