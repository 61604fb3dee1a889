"""A flood opened up, whole or in part, and taken back: events, keys, clocks, figures go along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

import pytest

from opsloop.clocks import Target
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.errors import NotFound, Refused, SomebodyWasFirst
from opsloop.lifecycle import Part
from opsloop.service import Service, opening_up
from opsloop.service.opening_up import OpenedUp
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import ActorKind, ImpactBands, Monitor, State
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

MONITOR = late_orders(
    max_new_incidents=3,
    max_new_incidents_first_run=3,
    impact_bands=ImpactBands(major=50, moderate=10),
    title="Order {entity_id}: {impact:.0f} euro",
)
FIRING = {
    "A": Firing(5),
    "B": Firing(100),
    "C": Firing(20),
    "D": Firing(1, severity="critical"),
    "E": Firing(7),
}
FLOOD = 1


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world whose first incident is a flood of five orders."""
    world = World(store, warehouse, MONITOR)
    world.run(9, FIRING)
    world.sync(9.1)
    world.clock = hour(10)
    assert world.incident(FLOOD).is_flood
    return world


def monitors(world: World) -> Mapping[str, Monitor]:
    return {one.id: one for one in world.monitors}


def open_up(world: World, part: Part | None = None) -> OpenedUp:
    return world.service.open_up(FLOOD, ADA, part=part, monitors=monitors(world))


def entities(world: World, number: int) -> list[str]:
    return sorted(view.event.entity_id for view in world.store.detail(number).events)


def counts(world: World, number: int) -> tuple[int, int, float | None]:
    one = world.incident(number)
    return one.events_total, one.events_firing, one.impact


def test_opened_up_whole_each_key_is_its_own_the_worst_first(world: World) -> None:
    opened = open_up(world)
    assert opened.numbers == (2, 3, 4, 5, 6)
    assert [entities(world, number) for number in opened.numbers] == [
        ["D"], ["B"], ["C"], ["E"], ["A"]
    ]  # fmt: skip
    detail = world.store.detail(3)
    assert detail.title == "Order B: 100 euro"
    assert (detail.incident.state, detail.incident.team) == (State.NEW, "shipping")
    assert (detail.incident.impact, detail.incident.impact_unit) == (100, "euro")
    assert (detail.incident.is_flood, detail.incident.entity_id) == (False, "B")
    priorities = [world.incident(number).priority for number in (2, 3, 5)]
    assert priorities == [
        CONFIG.priority_of(severity, impact, MONITOR.impact_bands)
        for severity, impact in (
            (world.incident(2).severity, 1), (MONITOR.severity, 100), (MONITOR.severity, 7)
        )
    ]  # fmt: skip


def test_the_flood_ends_as_merged_once_all_that_fires_has_left(world: World) -> None:
    flood = open_up(world).source
    assert (flood.state, flood.resolution_code, flood.merged_into) == (
        State.RESOLVED, "duplicate", 2
    )  # fmt: skip
    assert (flood.events_total, flood.events_firing, flood.impact) == (0, 0, 0)
    with pytest.raises(Refused, match="Incident 1 is resolved and cannot be split"):
        open_up(world)


def test_later_events_go_to_the_new_incidents(world: World) -> None:
    open_up(world)
    world.run(11, {**FIRING, "B": Firing(200)})
    world.sync(11.1)
    assert counts(world, 3) == (1, 1, 200)
    world.run(12, {name: what for name, what in FIRING.items() if name != "B"})
    world.sync(12.1)
    cleared = world.incident(3)
    assert (cleared.state, cleared.resolution_code) == (State.RESOLVED, "cleared_by_itself")
    world.run(13, FIRING)
    assert world.sync(13.1).counts["reopened"] == 1
    assert world.incident(3).state is State.NEW


def test_nobody_has_touched_what_was_opened_up(world: World) -> None:
    open_up(world)
    opening = world.store.detail(3).log[0]
    assert (opening.actor.kind, opening.actor.id) == (ActorKind.RULE, "opened_up")
    assert opening.subject["other_incident_id"] == FLOOD
    assert world.incident(3).touched_at is None
    assert world.store.detail(FLOOD).log[-1].actor == ADA


@pytest.mark.parametrize(
    ("part", "taken"),
    [
        (Part(worst=2), ["D", "B"]),
        (Part(entity="C"), ["C"]),
        (Part(keys=("A", '["E"]')), ["E", "A"]),
        (Part(keys=("A", "B", "C"), worst=1), ["B"]),
    ],
)
def test_opened_up_in_part(world: World, part: Part, taken: list[str]) -> None:
    opened = open_up(world, part)
    assert [entities(world, number) for number in opened.numbers] == [[one] for one in taken]
    staying = {name: what.impact for name, what in FIRING.items() if name not in taken}
    assert entities(world, FLOOD) == sorted(staying)
    assert counts(world, FLOOD) == (len(staying), len(staying), sum(filter(None, staying.values())))
    assert opened.source.state is State.NEW
    world.run(11, FIRING)
    world.sync(11.1)
    rest = open_up(world)
    assert len(rest.numbers) == len(staying)
    assert rest.source.state is State.RESOLVED


def test_what_has_cleared_stays_where_it_was(world: World) -> None:
    world.run(10, {name: what for name, what in FIRING.items() if name not in ("A", "E")})
    world.sync(10.1)
    with pytest.raises(Refused, match="nothing of that fires any more"):
        open_up(world, Part(entity="A"))
    opened = open_up(world)
    assert len(opened.numbers) == 3
    assert counts(world, FLOOD) == (2, 0, 0)
    assert opened.source.state is State.RESOLVED


@pytest.mark.parametrize(
    ("part", "error", "said"),
    [
        (Part(keys=("A", "X")), NotFound, "has no key 'X'"),
        (Part(entity="X"), NotFound, "has no event of 'X'"),
        (Part(worst=0), Refused, "0 keys cannot be taken out"),
    ],
)
def test_what_cannot_be_taken_out(
    world: World, part: Part, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        open_up(world, part)
    assert counts(world, FLOOD)[0] == 5


def test_nobody_opens_up_what_somebody_changed(world: World) -> None:
    world.service.take(FLOOD, BO)
    with pytest.raises(SomebodyWasFirst, match=r"taken by bo\.larsen"):
        world.service.open_up(FLOOD, ADA, expect=1)
    assert len(world.incidents()) == 1


def test_what_a_person_assigned_stays_with_that_team(world: World) -> None:
    world.service.assign(FLOOD, ADA, team="care")
    opened = open_up(world, Part(worst=1))
    assert world.incident(opened.numbers[0]).team == "care"
    assert world.incident(opened.numbers[0]).assignee is None


@pytest.mark.parametrize("part", [None, Part(worst=2)])
def test_undone_it_is_as_if_it_had_not_been(world: World, part: Part | None) -> None:
    before = world.incident(FLOOD)
    opened = open_up(world, part)
    world.run(11, {**FIRING, "B": Firing(300)})
    world.sync(11.1)
    [after] = world.service.undo(BO, opened.batches[0])
    assert (after.state, after.merged_into, after.resolved_at) == (before.state, None, None)
    assert entities(world, FLOOD) == ["A", "B", "C", "D", "E"]
    assert counts(world, FLOOD) == (5, 5, 333)
    gone = [world.incident(number) for number in opened.numbers]
    assert {(one.state, one.merged_into) for one in gone} == {(State.RESOLVED, FLOOD)}
    world.run(12, {"B": Firing(300)})
    world.sync(12.1)
    assert counts(world, FLOOD) == (5, 1, 300)
    with pytest.raises(Refused, match="was taken back already"):
        world.service.undo(BO, opened.batches[0])


def test_an_opening_of_several_parts_is_undone_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_up, "FIRST_PART", 2)
    monkeypatch.setattr(opening_up, "SMALLEST_PART", 2)
    monkeypatch.setattr(opening_up, "HOLD_S", 0)
    opened = open_up(world)
    assert (len(opened.batches), opened.numbers) == (3, (2, 3, 4, 5, 6))
    assert opened.source.state is State.RESOLVED
    versions = [row.decision_version for row in world.store.detail(FLOOD).log]
    assert all(after - before <= 1 for before, after in pairwise(versions))
    [after] = world.service.undo(ADA, opened.batches[1])
    assert (after.state, entities(world, FLOOD)) == (State.NEW, ["A", "B", "C", "D", "E"])
    assert open_up(world).source.state is State.RESOLVED


def test_whoever_decides_between_two_parts_stops_it_and_the_rest_can_follow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening_up, "FIRST_PART", 2)
    moments = iter([hour(10), hour(10.1), hour(10.2)])

    def now() -> datetime:
        moment = next(moments)
        if moment == hour(10.1):  # before the second part
            world.service.take(FLOOD, BO)
        return moment

    with pytest.raises(SomebodyWasFirst, match=r"taken by bo\.larsen"):
        Service(world.store, CONFIG, now).open_up(FLOOD, ADA)
    assert entities(world, FLOOD) == ["A", "C", "E"]
    assert world.store.verify().faults == ()
    monkeypatch.undo()
    assert len(open_up(world).numbers) == 3
    assert world.incident(FLOOD).state is State.RESOLVED


def test_nothing_is_taken_back_once_the_flood_was_decided_about(world: World) -> None:
    opened = open_up(world, Part(worst=1))
    world.service.take(FLOOD, BO)
    with pytest.raises(Refused, match=r"Incident 1 was decided about after that: taken by bo"):
        world.service.undo(ADA, opened.batches[0])
    world.service.undo(BO, world.store.detail(FLOOD).log[-1].batch_id)
    world.service.undo(ADA, opened.batches[0])
    assert entities(world, FLOOD) == ["A", "B", "C", "D", "E"]


def test_nothing_is_taken_back_once_one_was_worked_on(world: World) -> None:
    opened = open_up(world)
    world.service.take(4, BO)
    with pytest.raises(Refused, match="Incident 4, which was taken out of 1, was decided about"):
        world.service.undo(ADA, opened.batches[0])
    assert entities(world, FLOOD) == []


def test_clocks_begin_anew_and_the_floods_is_void(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, MONITOR)
    level = ServiceLevelSettings.model_validate({"targets": {"resolve": {"P3": {"hours": 4}}}})
    world.config = CONFIG.model_copy(
        update={"service_levels": {"standard": level}, "default_service_level": "standard"}
    )
    apply_settings(store, world.config, hour(8))
    world.run(9, {"A": Firing(), "B": Firing(), "C": Firing(), "D": Firing()})
    world.sync(9.1)
    world.clock = hour(10)
    opened = open_up(world)
    [void] = store.detail(FLOOD).clocks
    assert (void.target, void.outcome) == (Target.RESOLVE, "void")
    [runs] = store.detail(2).clocks
    assert runs.due_at == hour(14)
    world.clock = hour(11)
    world.service.undo(ADA, opened.batches[0])
    [again] = store.detail(FLOOD).clocks
    assert again.due_at == hour(13.1)
    assert store.detail(2).clocks == ()
