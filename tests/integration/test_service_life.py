"""The rest of what people do: wait, snooze, tell, work, classify, link, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opsloop.errors import NotFound, Refused, SomebodyWasFirst
from opsloop.service import Service
from opsloop.store import Store
from opsloop.types import Action, Incident, State
from tests.integration.event_tables import (
    ADA,
    BO,
    DuckDBFile,
    PostgresDatabase,
    World,
    hour,
)


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world with two open incidents."""
    world = World(store, warehouse)
    world.run(9, {"A": 5, "B": None})
    world.sync(9.1)
    world.clock = hour(10)
    return world


@pytest.fixture
def service(world: World) -> Service:
    return world.service


def wait(service: Service, **changes: Any) -> Incident:
    given = {"kind": "supplier", "on": "Acme", "reason": "a part", "follow_up_at": hour(14)}
    return service.wait(1, ADA, **{**given, **changes})


def last_batch(service: Service, number: int = 1) -> str:
    return service.store.detail(number).log[-1].batch_id


def test_waiting_and_going_on(service: Service) -> None:
    waiting = wait(service)
    assert (waiting.state, waiting.waiting_kind, waiting.waiting_on) == (
        State.WAITING,
        "supplier",
        "Acme",
    )
    assert (waiting.waiting_reason, waiting.follow_up_at) == ("a part", hour(14))
    assert waiting.acknowledged_at == hour(10)
    on = service.resume(1, ADA, text="it came")
    assert (on.state, on.waiting_on, on.follow_up_at) == (State.NEW, None, None)
    with pytest.raises(Refused, match="is new and cannot be resumed"):
        service.resume(1, ADA)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "weather"}, "Nobody waits on a 'weather'"),
        ({"on": " "}, "on whom it waits"),
        ({"reason": ""}, "for what it waits"),
        ({"follow_up_at": hour(9)}, "the follow-up at 2026-.* is over"),
    ],
)
def test_waiting_refuses(service: Service, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        wait(service, **changes)


def test_a_snooze_sleeps_through_its_time_and_wakes_at_the_next_sync(world: World) -> None:
    asleep = world.service.snooze(1, ADA, until=hour(12), reason="after lunch")
    assert (asleep.state, asleep.snoozed_until) == (State.SNOOZED, hour(12))
    assert (asleep.acknowledged_at, asleep.touched_at) == (hour(10), None)
    world.sync(11.9)
    assert world.incident(1).state is State.SNOOZED
    assert world.sync(12).counts["woken"] == 1
    assert world.incident(1).state is State.NEW


def test_what_waited_waits_again_after_its_sleep(world: World) -> None:
    wait(world.service)
    world.service.snooze(1, ADA, until=hour(12))
    world.sync(12)
    awake = world.incident(1)
    assert (awake.state, awake.waiting_on) == (State.WAITING, "Acme")


def test_a_snoozed_incident_that_clears_is_resolved_by_itself(world: World) -> None:
    world.service.snooze(1, ADA, until=hour(20))
    world.run(11, {"B": None})
    world.sync(11.1)
    ended = world.incident(1)
    assert (ended.state, ended.resolution_code) == (State.RESOLVED, "cleared_by_itself")


def test_a_snooze_ends_with_more_events_or_a_worse_one(world: World) -> None:
    world.service.snooze(1, ADA, worse_by=0.5)
    world.run(11, {"A": 7, "B": None})
    world.sync(11.1)
    assert world.incident(1).state is State.SNOOZED
    world.run(12, {"A": 9, "B": None})
    world.sync(12.1)
    assert world.incident(1).state is State.NEW


def test_a_wake_by_hand(service: Service) -> None:
    service.take(1, ADA)
    service.snooze(1, ADA, until=hour(12))
    assert service.wake(1, BO).state is State.ACTIVE


def test_updates_and_nudges_are_counted(world: World, service: Service) -> None:
    told = service.update(1, ADA, "we are on it")
    assert (told.first_response_at, told.decision_version) == (hour(10), 1)
    service.escalate(1, ADA, to_kind="outside", to_id="Acme", text="Where is it?")
    world.clock = hour(11)
    service.nudge(1, ADA, text="Still waiting")
    world.clock = hour(12)
    service.nudge(1, BO)
    [asked] = service.store.detail(1).escalations
    assert (asked.nudges, asked.nudged_at) == (2, hour(12))
    numbers = [
        row.subject["nudge_no"]
        for row in service.store.detail(1).log
        if row.action is Action.NUDGED
    ]
    assert numbers == [1, 2]
    service.answer(1, ADA, text="On Monday")
    with pytest.raises(NotFound, match="Incident 1 has no open escalation to nudge"):
        service.nudge(1, ADA)


def test_a_priority_of_ones_own_survives_what_sync_finds(world: World) -> None:
    given = world.service.prioritize(1, ADA, priority="P4", text="not today")
    assert (given.priority, given.priority_overridden) == ("P4", True)
    world.run(11, {"A": 50, "B": None})
    world.sync(11.1)
    assert world.incident(1).priority == "P4"


def test_class_and_type(service: Service) -> None:
    after = service.classify(1, ADA, class_="request", type_="where_is_it")
    assert (after.class_, after.type) == ("request", "where_is_it")
    with pytest.raises(Refused, match="There is no class 'joke'"):
        service.classify(1, ADA, class_="joke")
    with pytest.raises(Refused, match="already of class request"):
        service.classify(1, ADA, class_="request")


def test_timers_and_minutes(world: World, service: Service) -> None:
    service.start_timer(1, ADA)
    with pytest.raises(Refused, match="already running"):
        service.start_timer(1, ADA)
    service.start_timer(1, BO)
    world.clock = hour(10.5)
    service.stop_timer(1, ADA, text="searched")
    service.log_work(1, ADA, minutes=5, person="bo.larsen")
    with pytest.raises(NotFound, match="No timer of yours"):
        service.stop_timer(1, ADA)
    with pytest.raises(NotFound, match=r"no person 'no\.body'"):
        service.log_work(1, ADA, minutes=5, person="no.body")
    worked = [row for row in service.store.detail(1).log if row.action is Action.WORKED]
    assert [(row.subject["person"], row.subject["minutes"]) for row in worked] == [
        ("ada.moreno", 30),
        ("bo.larsen", 5),
    ]
    assert worked[0].subject["work_started_at"] == hour(10)
    service.correct_work(1, ADA, log_id=worked[0].log_id, minutes=20, text="lunch in between")
    corrected = service.store.detail(1).log[-1]
    assert (corrected.action, corrected.subject["minutes"]) == (Action.CORRECTED, 20)
    with pytest.raises(NotFound, match="has no work logged as"):
        service.correct_work(1, ADA, log_id=corrected.log_id, minutes=2, text="again")


def test_a_forgotten_timer_counts_a_day_at_most(world: World, service: Service) -> None:
    service.start_timer(1, ADA)
    world.clock = hour(10 + 60)
    service.stop_timer(1, ADA)
    assert service.store.detail(1).log[-1].subject["minutes"] == 24 * 60


def test_links_are_kept_once_and_seen_from_both_ends(service: Service) -> None:
    service.link(1, ADA, other=2, kind="caused_by")
    with pytest.raises(Refused, match="already linked so with 2"):
        service.link(1, ADA, other=2, kind="caused_by")
    with pytest.raises(Refused, match="cannot be linked with itself"):
        service.link(1, ADA, other=1)
    with pytest.raises(NotFound, match="There is no incident 99"):
        service.link(1, ADA, other=99)
    assert service.store.detail(2).links == ((1, 2, "caused_by"),)
    service.unlink(1, ADA, other=2, kind="caused_by")
    assert service.store.detail(1).links == ()
    with pytest.raises(NotFound, match="has no link 'caused_by' to 2"):
        service.unlink(1, ADA, other=2, kind="caused_by")
    service.link(1, ADA, other=2, kind="caused_by")
    assert service.store.detail(1).links == ((1, 2, "caused_by"),)


def test_closing_is_for_what_is_resolved(service: Service) -> None:
    with pytest.raises(Refused, match="is new and cannot be closed"):
        service.close(1, ADA)
    service.resolve(1, ADA, code="fixed")
    closed = service.close(1, ADA)
    assert (closed.state, closed.closed_at) == (State.CLOSED, hour(10))
    assert service.reopen(1, ADA, text="no").closed_at is None


ACTS: dict[str, Callable[[Service], Incident]] = {
    "take": lambda service: service.take(1, ADA),
    "assign": lambda service: service.assign(1, ADA, person="cy.ruiz"),
    "prioritize": lambda service: service.prioritize(1, ADA, priority="P4", text="x"),
    "classify": lambda service: service.classify(1, ADA, class_="request"),
    "wait": lambda service: wait(service),
    "snooze": lambda service: service.snooze(1, ADA, until=hour(12)),
    "resolve": lambda service: service.resolve(1, ADA, code="fixed", root_cause="belt"),
}


@pytest.mark.parametrize("act", ACTS)
def test_undo_gives_back_the_state_before(service: Service, act: str) -> None:
    before = service.store.detail(1).incident
    ACTS[act](service)
    batch_id = last_batch(service)
    [after] = service.undo(BO, batch_id)
    learned = ("version", "decision_version", "updated_at", "last_act_at")
    learned += ("acknowledged_at", "touched_at")
    for name in before.__slots__:
        if name not in learned:
            assert getattr(after, name) == getattr(before, name), name
    row = service.store.detail(1).log[-1]
    assert (row.action, row.actor) == (Action.UNDONE, BO)
    assert row.subject["reverses_batch_id"] == batch_id


def test_undoing_a_resolve_takes_its_keys_back(world: World, service: Service) -> None:
    service.resolve(1, ADA, code="false_alarm")
    service.undo(ADA, last_batch(service))
    world.run(11, {"A": 6, "B": None})
    assert world.sync(11.1).counts["opened"] == 0


def test_undoing_a_resolve_is_refused_while_another_holds_the_key(world: World) -> None:
    service = world.service
    service.resolve(1, ADA, code="false_alarm")
    batch_id = last_batch(service)
    world.run(11, {"B": None})
    world.sync(11.1)
    world.run(12, {"A": 6, "B": None})
    assert world.sync(12.1).counts["opened"] == 1
    with pytest.raises(Refused, match="incident 3 is open for the same"):
        service.undo(ADA, batch_id)


def test_undoing_a_reopening_ends_it_again(world: World, service: Service) -> None:
    service.resolve(1, ADA, code="fixed")
    service.reopen(1, ADA, text="no")
    [ended] = service.undo(ADA, last_batch(service))
    assert (ended.state, ended.resolution_code, ended.reopened_count) == (
        State.RESOLVED,
        "fixed",
        0,
    )


def test_undo_refuses_what_was_decided_about_later(service: Service) -> None:
    service.take(1, ADA)
    first = last_batch(service)
    service.comment(1, BO, "an addition stands in nobody's way")
    service.assign(1, BO, person="cy.ruiz")
    with pytest.raises(Refused, match="Incident 1 was decided about after that"):
        service.undo(ADA, first)
    service.undo(BO, last_batch(service))
    with pytest.raises(Refused, match="was decided about after that"):
        service.undo(ADA, first)  # the undo is a decision too


def test_undo_refuses_what_was_said(service: Service) -> None:
    service.comment(1, ADA, "hm")
    with pytest.raises(Refused, match="What was commented on incident 1 cannot be undone"):
        service.undo(ADA, last_batch(service))
    with pytest.raises(NotFound, match="no action nothing of a person"):
        service.undo(ADA, "nothing")
    opened_by_sync = service.store.detail(1).log[0].batch_id
    with pytest.raises(NotFound, match="of a person to undo"):
        service.undo(ADA, opened_by_sync)


def test_the_second_to_decide_is_told_of_decisions_alone(service: Service) -> None:
    service.take(1, BO)
    service.log_work(1, BO, minutes=3)
    service.update(1, BO, "soon")
    with pytest.raises(SomebodyWasFirst, match=r"looked: taken by bo\.larsen at 10:00 UTC\. Look"):
        service.snooze(1, ADA, until=hour(12), expect=1)
