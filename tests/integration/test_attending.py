"""What time alone brings about: steps of a service level, nudges, questions; on both stores."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.config import Config, Team
from opsloop.config.calendars import CalendarSettings
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.errors import Refused, SomebodyWasFirst
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


def test_what_came_near_before_a_reopening_asks_once_after_it(world: World) -> None:
    """Found by the state machine: it asked anew at each look, dated before the reopening."""
    targets = {"total_resolve": {"P3": {"hours": 2}}}
    begin(world, level(targets=targets, escalate=[{**MISSED, "when": "total_resolve_nearing"}]))
    world.clock = hour(10.8)  # near since 10:36, and nobody looked
    world.service.resolve(1, ADA, code="fixed")
    world.clock = hour(12)
    world.service.reopen(1, ADA, text="no")
    assert pass_time(world, 12.1) == {"escalated": 1}
    assert pass_time(world, 12.1) == {}
    assert [one.asked_at for one in asked(world)] == [hour(12)]


def test_a_question_that_was_open_over_a_resolve_is_passed_on_once(world: World) -> None:
    begin(world, level(nudge={**NUDGE, "times": 1}))
    world.clock = hour(9.5)
    world.service.escalate(1, ADA, to_kind="outside", to_id="Acme", text="Where is it?")
    assert pass_time(world, 11.6) == {"nudged": 1}
    world.service.resolve(1, ADA, code="fixed")
    world.clock = hour(20)
    world.service.reopen(1, ADA, text="no")
    assert pass_time(world, 20.1) == {"escalated": 1}
    assert pass_time(world, 20.2) == {}
    assert [one.asked_at for one in asked(world)] == [hour(9.5), hour(20)]


def test_what_a_sync_reopened_has_its_time_of_silence_anew(world: World) -> None:
    begin(world, level(quiet_after={"hours": 3}))
    world.clock = hour(9.5)
    world.service.take(1, ADA)
    world.service.resolve(1, ADA, code="fixed")
    world.run(40, {"A": 5})
    assert pass_time(world, 40) == {"reopened": 1}
    assert pass_time(world, 42.9) == {}
    assert pass_time(world, 43.1) == {"questioned": 1}


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


# ---- waits that are followed up

FOLLOW_UP = {"every": {"hours": 2}, "times": 2, "then": {"team": "care"}}


def wait(world: World, **given: Any) -> None:
    world.service.wait(1, ADA, kind="supplier", on="Acme", reason="a part", **given)


def test_a_wait_that_nobody_follows_up_is_escalated_when_the_last_follow_up_was_due(
    world: World,
) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world)
    waiting = world.incident()
    assert (waiting.follow_up_at, waiting.follow_up_every_s) == (hour(12), 7200)
    assert (waiting.waiting_since, waiting.follow_ups) == (hour(10), 0)
    assert pass_time(world, 15.9) == {}
    assert pass_time(world, 18) == {"escalated": 1}
    assert pass_time(world, 99) == {}
    [one] = asked(world)
    assert (one.to_id, one.rule_id, one.asked_at) == ("care", "unanswered wait", hour(16))
    assert one.escalation_class == "question"


def test_each_follow_up_is_counted_and_moves_the_next(world: World) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world, follow_up_at=hour(11))
    for at, number in ((11.5, 1), (14, 2)):
        world.clock = hour(at)
        after = world.service.follow_up(1, ADA, text="Where is it?")
        assert (after.follow_ups, after.follow_up_at) == (number, hour(at + 2))
    assert pass_time(world, 15.9) == {}
    assert pass_time(world, 16.1) == {"escalated": 1}  # nobody answered the second either
    assert [one.asked_at for one in asked(world)] == [hour(16)]


def test_a_wait_has_a_pause_of_its_own_and_a_follow_up_a_moment(world: World) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world, every_s=3600)
    assert world.incident().follow_up_at == hour(11)
    world.clock = hour(11)
    world.service.follow_up(1, ADA, next_at=hour(30))
    assert pass_time(world, 30.9) == {}
    assert pass_time(world, 31) == {"escalated": 1}  # one of the two is left, an hour after 30:00


def test_follow_ups_count_business_time(world: World) -> None:
    office = CalendarSettings.model_validate(
        {"time_zone": "UTC", "hours": {"mon-fri": ["08:00-12:00", "13:00-17:00"]}}
    )
    settings = level(follow_up=FOLLOW_UP, calendar="office")
    begin(world, settings.model_copy(update={"calendars": {"office": office}}))
    world.clock = hour(11)
    wait(world)
    assert world.incident().follow_up_at == hour(14)
    assert pass_time(world, 24 + 8.9) == {}
    assert pass_time(world, 24 + 9.1) == {"escalated": 1}
    assert asked(world)[0].asked_at == hour(24 + 9)


@pytest.mark.parametrize("end", ["resume", "resolve", "undo", "snooze"])
def test_a_wait_that_is_over_is_not_escalated(world: World, end: str) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world)
    batch = world.store.detail(1).log[-1].batch_id
    world.clock = hour(15)
    match end:
        case "resume":
            world.service.resume(1, ADA)
        case "resolve":
            world.service.resolve(1, ADA, code="fixed")
        case "undo":
            [after] = world.service.undo(ADA, batch)
            assert (after.follow_up_at, after.follow_ups, after.waiting_since) == (None, None, None)
        case "snooze":
            world.service.snooze(1, ADA, until=hour(100))
    assert pass_time(world, 60) == {}


def test_each_wait_is_escalated_anew(world: World) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world)
    assert pass_time(world, 17) == {"escalated": 1}
    world.service.resume(1, ADA)
    wait(world)
    assert pass_time(world, 22) == {}
    assert pass_time(world, 24) == {"escalated": 1}
    assert [one.asked_at for one in asked(world)] == [hour(16), hour(23)]


def test_an_undone_follow_up_was_none(world: World) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world)
    world.clock = hour(13)
    world.service.follow_up(1, ADA)
    [after] = world.service.undo(ADA, world.store.detail(1).log[-1].batch_id)
    assert (after.follow_ups, after.follow_up_at) == (0, hour(12))
    assert pass_time(world, 16.1) == {"escalated": 1}


def test_of_two_who_follow_up_one_hears_that_the_other_was_first(world: World) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    world.clock = hour(10)
    wait(world)
    seen = world.incident().decision_version
    world.service.follow_up(1, BO, expect=seen)
    with pytest.raises(SomebodyWasFirst, match=r"followed up by bo\.larsen"):
        world.service.follow_up(1, ADA, expect=seen)


def test_without_a_rule_for_it_a_wait_has_the_date_that_it_was_given(world: World) -> None:
    begin(world, level(nudge=NUDGE))
    world.clock = hour(10)
    wait(world, follow_up_at=hour(12))
    assert pass_time(world, 99) == {}
    after = world.service.follow_up(1, ADA)
    assert (after.follow_up_at, after.follow_ups) == (None, 1)


@pytest.mark.parametrize("given", [{"every_s": 0}, {"every_s": 400 * 86_400}])
def test_a_pause_between_follow_ups_that_cannot_be(world: World, given: dict[str, int]) -> None:
    begin(world, level(follow_up=FOLLOW_UP))
    with pytest.raises(Refused, match="cannot be followed up every"):
        wait(world, follow_up_at=hour(99), **given)
