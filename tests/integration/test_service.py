"""What people do with incidents: every action, every refusal, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from opsloop.errors import NotFound, Refused, SomebodyWasFirst
from opsloop.service import Service
from opsloop.store import Store
from opsloop.types import Action, Incident, State
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

TEXT = "<script>alert('é🦆')</script> **bold** \u202e" + "x" * 10_000


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


def test_take_starts_work(service: Service) -> None:
    taken = service.take(1, ADA)
    assert (taken.state, taken.assignee, taken.assignment_kind) == (
        State.ACTIVE,
        "ada.moreno",
        "manual",
    )
    assert taken.acknowledged_at == taken.touched_at == hour(10)
    assert (taken.version, taken.decision_version) == (2, 2)
    with pytest.raises(Refused, match="already yours"):
        service.take(1, ADA)
    again = service.take(1, BO)
    assert (again.assignee, again.acknowledged_at) == ("bo.larsen", hour(10))


def test_assign_to_a_person_moves_it_to_their_team(service: Service) -> None:
    assigned = service.assign(1, ADA, person="cy.ruiz")
    assert (assigned.team, assigned.assignee, assigned.state) == ("care", "cy.ruiz", State.NEW)
    to_team = service.assign(1, ADA, team="shipping")
    assert (to_team.team, to_team.assignee) == ("shipping", None)
    stays = service.assign(1, ADA, person="bo.larsen")
    assert (stays.team, stays.assignee) == ("shipping", "bo.larsen")


@pytest.mark.parametrize(
    ("to", "error", "message"),
    [
        ({}, Refused, "nobody was named"),
        ({"person": "nobody.known"}, NotFound, "no person 'nobody.known'"),
        ({"team": "nowhere"}, NotFound, "Teams: care, maintainers, shipping"),
        ({"team": "shipping"}, Refused, "already with team shipping"),
    ],
)
def test_assign_refuses(
    service: Service, to: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        service.assign(1, ADA, **to)


def test_comments_are_kept_as_written_and_outdate_no_decision(
    world: World, service: Service
) -> None:
    seen = service.take(1, ADA).decision_version
    service.comment(1, BO, TEXT)
    assert world.store.detail(1).log[-1].text == TEXT
    assert service.assign(1, ADA, team="care", expect=seen).team == "care"
    with pytest.raises(Refused, match="A comment on incident 1 needs a text"):
        service.comment(1, ADA, " \n")


def test_escalations_are_asked_and_answered(world: World, service: Service) -> None:
    service.escalate(1, ADA, to_kind="team", to_id="care", text="Who knows?")
    world.clock = hour(11)
    service.escalate(1, ADA, to_kind="outside", to_id="the carrier", text="When?")
    assert world.incident(1).escalations_open == 2
    with pytest.raises(Refused, match="several open escalations"):
        service.answer(1, BO, text="I do")
    first, second = world.store.detail(1).escalations
    assert (first.to_id, first.asked_by, first.asked_at) == ("care", "ada.moreno", hour(10))
    service.answer(1, BO, text="I do", escalation_id=first.escalation_id)
    world.clock = hour(12)
    answered = service.answer(1, BO, text="Today")
    assert (answered.escalations_open, answered.escalations_total) == (0, 2)
    later = world.store.detail(1).escalations[1]
    assert (later.answered_by, later.answered_at) == ("bo.larsen", hour(12))
    with pytest.raises(NotFound, match="no open escalation to answer"):
        service.answer(1, BO, text="again")
    with pytest.raises(NotFound, match=f"no open escalation {second.escalation_id}"):
        service.answer(1, BO, text="again", escalation_id=second.escalation_id)


@pytest.mark.parametrize(
    ("to", "error", "message"),
    [
        ({"to_kind": "bot", "to_id": "x"}, Refused, "Use person, team or outside"),
        ({"to_kind": "team", "to_id": "nowhere"}, NotFound, "no team 'nowhere'"),
        ({"to_kind": "person", "to_id": "x"}, NotFound, "no person 'x'"),
        ({"to_kind": "outside", "to_id": " "}, Refused, "Nobody was named"),
        ({"to_kind": "team", "to_id": "care", "text": ""}, Refused, "needs a text"),
    ],
)
def test_escalate_refuses(
    service: Service, to: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        service.escalate(1, ADA, **{"text": "Help", **to})


def test_resolve_ends_it_and_frees_its_key(world: World, service: Service) -> None:
    ended = service.resolve(1, ADA, code="fixed", root_cause="a belt", text="Done")
    assert (ended.state, ended.resolution_code, ended.root_cause) == (
        State.RESOLVED,
        "fixed",
        "a belt",
    )
    assert ended.resolved_at == ended.acknowledged_at == hour(10)
    for act in (
        lambda: service.take(1, ADA),
        lambda: service.assign(1, ADA, team="care"),
        lambda: service.resolve(1, ADA, code="fixed"),
        lambda: service.escalate(1, ADA, to_kind="team", to_id="care", text="?"),
    ):
        with pytest.raises(Refused, match=r"is resolved and cannot be .* Reopen it first"):
            act()
    assert service.comment(1, ADA, "still possible").state is State.RESOLVED


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"code": "cleared_by_itself"}, "Use one of: fixed, false_alarm, duplicate, accepted"),
        ({"code": "nonsense"}, "cannot be resolved as 'nonsense'"),
        ({"code": "accepted"}, "needs an end"),
        ({"code": "fixed", "accepted_until": hour(99)}, "needs an end, and no other does"),
        ({"code": "accepted", "accepted_until": hour(10)}, "is in the past"),
        ({"code": "accepted", "accepted_until": hour(99)}, "reason of an acceptance .* needs a"),
        ({"code": "fixed", "events_seen": 0}, "has 1 events, you saw 0"),
    ],
)
def test_resolve_refuses(service: Service, how: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        service.resolve(1, ADA, **how)


def test_resolve_names_the_events_that_the_person_saw(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    world.run(9, {"A": Firing(region="north")})
    world.sync(9.1)
    seen = world.incident(1)
    world.run(10, {"A": Firing(region="north"), "B": Firing(region="north")})
    world.sync(10.1)
    with pytest.raises(Refused, match=r"has 2 events, you saw 1. Look at the new ones first"):
        world.service.resolve(1, ADA, code="fixed", expect=seen.decision_version, events_seen=1)
    # the new event did not outdate the decision itself
    ended = world.service.resolve(1, ADA, code="fixed", expect=seen.decision_version, events_seen=2)
    assert ended.state is State.RESOLVED


def test_reopen_keeps_the_owner_and_takes_the_key_again(world: World, service: Service) -> None:
    service.take(1, ADA)
    service.resolve(1, ADA, code="accepted", accepted_until=hour(50), text="agreed")
    with pytest.raises(Refused, match="needs a text"):
        service.reopen(1, BO, text="")
    again = service.reopen(1, BO, text="It is not")
    assert (again.state, again.assignee, again.reopened_count) == (State.ACTIVE, "ada.moreno", 1)
    assert again.resolved_at is again.resolution_code is again.accepted_until is None
    with pytest.raises(Refused, match="is active and cannot be reopened"):
        service.reopen(1, BO, text="again")
    unowned = service.resolve(2, ADA, code="fixed") and service.reopen(2, BO, text="no")
    assert unowned.state is State.NEW


def test_reopen_is_refused_while_another_is_open_for_the_same(world: World) -> None:
    world.service.resolve(1, ADA, code="false_alarm")
    world.run(11, ["B"])
    world.run(12, ["A", "B"])
    world.sync(12.1)
    assert world.incident(3).entity_id == "A"
    with pytest.raises(Refused, match=r"incident 3 is open for the same. Work on that one"):
        world.service.reopen(1, ADA, text="it was one")


def test_nothing_of_a_refused_action_stays(world: World, service: Service) -> None:
    before = world.store.detail(1), world.store.last_seq()
    with pytest.raises(Refused):
        service.resolve(1, ADA, code="nonsense")
    assert (world.store.detail(1), world.store.last_seq()) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda s, seen: s.take(1, BO, expect=seen),
        lambda s, seen: s.assign(1, BO, team="maintainers", expect=seen),
        lambda s, seen: s.escalate(1, BO, to_kind="team", to_id="care", text="?", expect=seen),
        lambda s, seen: s.resolve(1, BO, code="fixed", expect=seen),
    ],
)
def test_the_second_is_told_who_was_first(
    world: World, service: Service, act: Callable[[Service, int], Incident]
) -> None:
    seen = world.incident(1).decision_version
    service.take(1, ADA)
    service.comment(1, ADA, "mine")
    world.clock = hour(10.5)
    service.assign(1, ADA, team="care")
    with pytest.raises(
        SomebodyWasFirst,
        match=r"Incident 1 changed since you looked: taken by ada.moreno at 10:00 UTC, "
        r"assigned by ada.moreno at 10:30 UTC. Look again",
    ):
        act(service, seen)


def test_a_reopen_also_compares(world: World, service: Service) -> None:
    seen = service.resolve(1, ADA, code="fixed").decision_version
    service.reopen(1, ADA, text="no")
    service.resolve(1, ADA, code="fixed")
    with pytest.raises(SomebodyWasFirst, match=r"reopened by ada.moreno"):
        service.reopen(1, BO, text="no", expect=seen)


def test_a_version_of_another_life_is_refused(service: Service) -> None:
    with pytest.raises(SomebodyWasFirst, match="it is not as you saw it"):
        service.take(1, ADA, expect=7)


def test_an_unknown_number(service: Service) -> None:
    with pytest.raises(NotFound, match="There is no incident 99"):
        service.take(99, ADA)


def test_recorded_at_never_goes_back(world: World, service: Service) -> None:
    service.take(1, ADA)
    world.clock = hour(3)
    service.comment(1, ADA, "my clock is wrong")
    last = world.store.detail(1).log[-1]
    assert last.recorded_at == last.effective_at == hour(10)


def test_mutes(world: World, service: Service) -> None:
    until = hour(20)
    with pytest.raises(Refused, match="A mute of everything"):
        service.mute(ADA, until=until, reason="x")
    with pytest.raises(Refused, match="is over"):
        service.mute(ADA, entity_id="A", until=hour(10), reason="x")
    with pytest.raises(Refused, match="needs a reason"):
        service.mute(ADA, entity_id="A", until=until, reason=" ")
    mute_id = service.mute(ADA, monitor_id="mon_late_orders", until=until, reason=TEXT)
    world.run(11, ["A", "B", "C", "D"])
    world.sync(11.1)
    (found,) = world.store.mutes()
    assert (found[0].reason, found[0].created_by, found[1]) == (TEXT, "ada.moreno", 2)
    service.unmute(mute_id, BO)
    with pytest.raises(NotFound, match=f"no mute {mute_id} in force"):
        service.unmute(mute_id, BO)
    world.run(12, ["A", "B", "C", "D"])
    world.sync(12.1)
    assert len(world.incidents()) == 4


def test_each_action_is_one_row_with_its_actor(world: World, service: Service) -> None:
    service.take(1, ADA)
    service.resolve(1, BO, code="fixed")
    rows = world.store.detail(1).log
    assert [(row.action, row.actor.id, row.actor.via) for row in rows[1:]] == [
        (Action.TAKEN, "ada.moreno", "app"),
        (Action.RESOLVED, "bo.larsen", "cli"),
    ]
    assert [row.version for row in rows] == [1, 2, 3]
    assert all(row.effective_at <= row.recorded_at for row in rows)


def test_a_naive_clock_is_refused(store: Store) -> None:
    naive = Service(store, CONFIG, lambda: hour(9).replace(tzinfo=None))
    with pytest.raises((ValueError, TypeError)):
        naive.mute(ADA, entity_id="A", until=hour(9) + timedelta(hours=1), reason="x")
