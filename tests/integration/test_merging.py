"""Merging, splitting, and taking both back; events, keys and figures go along."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.errors import NotFound, Refused, SomebodyWasFirst
from opsloop.store import Store
from opsloop.types import Action, Kind, State
from tests.integration.event_tables import (
    ADA,
    BO,
    DuckDBFile,
    PostgresDatabase,
    World,
    hour,
    late_orders,
)


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world with three open incidents: of A, of B, and of another monitor's A."""
    world = World(store, warehouse)
    world.add(late_orders(id="mon_unpaid", kind=Kind.STATE))
    world.run(9, {"A": 5, "B": 7})
    world.run(9, {"A": 100}, monitor="mon_unpaid")
    world.sync(9.1)
    world.clock = hour(10)
    return world


def batch_of(world: World, number: int) -> str:
    return world.store.detail(number).log[-1].batch_id


def entities(world: World, number: int) -> list[str]:
    return sorted(view.event.entity_id for view in world.store.detail(number).events)


def counts(world: World, number: int) -> tuple[int, int, float | None]:
    one = world.incident(number)
    return one.events_total, one.events_firing, one.impact


def test_a_merge_ends_one_and_moves_events_and_keys(world: World) -> None:
    ended = world.service.merge(1, ADA, into=2, text="one lorry")
    assert (ended.state, ended.merged_into, ended.resolution_code) == (
        State.RESOLVED,
        2,
        "duplicate",
    )
    assert counts(world, 1)[:2] == (0, 0)
    assert (entities(world, 1), entities(world, 2)) == ([], ["A", "B"])
    assert counts(world, 2) == (2, 2, 12)
    world.run(11, {"A": 9, "B": 7})
    world.sync(11.1)
    assert counts(world, 2) == (2, 2, 16)
    world.run(12, {"A": 9})
    world.run(12, {"A": 100}, monitor="mon_unpaid")
    world.sync(12.1)
    assert counts(world, 2) == (2, 1, 9)
    world.run(13, {"A": 9, "B": 1})
    assert world.sync(13.1).counts["attached"] == 1


def test_another_monitors_impact_is_not_added(world: World) -> None:
    world.service.merge(3, ADA, into=1)
    assert counts(world, 1) == (2, 2, 5)
    world.run(11, {"A": 5, "B": 7})
    world.run(11, {}, monitor="mon_unpaid")
    world.sync(11.1)
    assert counts(world, 1) == (2, 1, 5)


def test_an_undone_merge_is_as_if_it_had_not_been(world: World) -> None:
    before = [world.incident(number) for number in (1, 2)]
    world.service.merge(1, ADA, into=2)
    batch_id = batch_of(world, 1)
    world.run(11, {"A": 9, "B": 7})
    world.sync(11.1)
    world.clock = hour(12)
    world.service.undo(BO, batch_id)
    assert (entities(world, 1), entities(world, 2)) == (["A"], ["B"])
    for then in before:
        now = world.incident(then.incident_id)
        assert (now.state, now.merged_into, now.resolved_at) == (State.NEW, None, None)
    assert (counts(world, 1), counts(world, 2)) == ((1, 1, 9), (1, 1, 7))
    world.run(13, {"B": 7})
    world.sync(13.1)
    assert counts(world, 1)[:2] == (1, 0)


def test_what_came_to_a_merged_key_goes_back_with_it(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    world.run(9, ["A"])
    world.sync(9.1)
    world.service.report(ADA, "The lorry is late")
    world.service.merge(1, ADA, into=2)
    batch_id = batch_of(world, 1)
    world.run(10, ["A", "B"])
    world.sync(10.1)
    assert entities(world, 2) == ["A", "B"]
    world.service.undo(ADA, batch_id)
    assert (entities(world, 1), entities(world, 2)) == (["A", "B"], [])
    world.run(11, ["A", "B", "C"])
    world.sync(11.1)
    assert entities(world, 1) == ["A", "B", "C"]


def test_an_undo_is_refused_once_either_was_decided_about(world: World) -> None:
    world.service.merge(1, ADA, into=2)
    world.service.take(2, BO)
    with pytest.raises(Refused, match="Incident 2 was decided about after that"):
        world.service.undo(ADA, batch_of(world, 1))
    assert entities(world, 2) == ["A", "B"]


@pytest.mark.parametrize(
    ("number", "how", "error", "said"),
    [
        (1, {"into": 1}, Refused, "cannot be merged into itself"),
        (1, {"into": 9}, NotFound, "no incident 9"),
        (1, {"into": 2, "expect": 7}, SomebodyWasFirst, "changed since you looked"),
        (1, {"into": 2, "events_seen": 0}, Refused, "you saw 0"),
    ],
)
def test_what_cannot_be_merged(
    world: World, number: int, how: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        world.service.merge(number, ADA, **how)


def test_nothing_is_merged_into_what_has_ended(world: World) -> None:
    world.service.resolve(2, ADA, code="fixed")
    with pytest.raises(Refused, match="Incident 2 is resolved and cannot be absorbed"):
        world.service.merge(1, ADA, into=2)
    world.service.merge(1, ADA, into=3)
    with pytest.raises(Refused, match="Incident 1 is resolved and cannot be merged"):
        world.service.merge(1, ADA, into=3)


def test_a_merged_one_that_is_reopened_is_on_its_own(world: World) -> None:
    world.service.merge(1, ADA, into=2)
    again = world.service.reopen(1, ADA, text="It was another lorry.")
    assert (again.state, again.merged_into) == (State.NEW, None)
    assert entities(world, 2) == ["A", "B"]


def grouped(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world whose first incident holds A, B and C, by a merge."""
    world = World(store, warehouse)
    world.run(9, {"A": 1, "B": 2, "C": 4})
    world.sync(9.1)
    world.clock = hour(10)
    world.service.merge(2, ADA, into=1)
    world.service.merge(3, ADA, into=1)
    return world


def ids(world: World, number: int, *wanted: str) -> list[str]:
    views = world.store.detail(number).events
    return [view.event.event_id for view in views if view.event.entity_id in wanted]


def test_a_split_takes_events_and_keys_along(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = grouped(store, warehouse)
    new = world.service.split(1, BO, event_ids=ids(world, 1, "B", "C"), title=" Two  lorries ")
    assert (new.incident_id, new.state, new.team) == (4, State.NEW, "shipping")
    assert world.store.detail(4).title == "Two lorries"
    assert (entities(world, 1), entities(world, 4)) == (["A"], ["B", "C"])
    assert (counts(world, 1), counts(world, 4)) == ((1, 1, 1), (2, 2, 6))
    world.run(11, {"A": 1, "B": 5, "C": 4})
    world.sync(11.1)
    assert counts(world, 4) == (2, 2, 9)
    world.run(12, {"A": 1})
    world.sync(12.1)
    assert world.incident(4).all_clear_at == hour(12)


def test_an_undone_split_is_whole_again(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = grouped(store, warehouse)
    world.service.split(1, BO, event_ids=ids(world, 1, "C"), title="Another")
    batch_id = batch_of(world, 1)
    world.service.undo(ADA, batch_id)
    assert entities(world, 1) == ["A", "B", "C"]
    assert counts(world, 1) == (3, 3, 7)
    gone = world.incident(4)
    assert (gone.state, gone.merged_into) == (State.RESOLVED, 1)
    assert world.store.detail(1).log[-1].action is Action.UNDONE
    world.run(11, {"A": 1, "B": 2, "C": 40})
    world.sync(11.1)
    assert counts(world, 1) == (3, 3, 43)


def test_a_split_that_was_worked_on_is_merged_back_instead(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = grouped(store, warehouse)
    world.service.split(1, BO, event_ids=ids(world, 1, "C"), title="Another")
    batch_id = batch_of(world, 1)
    world.service.take(4, BO)
    with pytest.raises(Refused, match="Incident 4, which was split off, was decided about"):
        world.service.undo(ADA, batch_id)
    world.service.merge(4, ADA, into=1)
    assert entities(world, 1) == ["A", "B", "C"]


def test_what_cannot_be_split(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    world.run(9, ["A", "B"])
    world.sync(9.1)
    service = world.service
    with pytest.raises(Refused, match="no event was chosen"):
        service.split(1, ADA, event_ids=[], title="x")
    with pytest.raises(Refused, match="would have no event left"):
        service.split(1, ADA, event_ids=ids(world, 1, "A", "B"), title="x")
    with pytest.raises(Refused, match="B has the key of a chosen event"):
        service.split(1, ADA, event_ids=ids(world, 1, "A"), title="x")
    with pytest.raises(NotFound, match="has no event nothing"):
        service.split(1, ADA, event_ids=["nothing"], title="x")
    with pytest.raises(Refused, match="needs a title"):
        service.split(1, ADA, event_ids=ids(world, 1, "A"), title=" ")
