"""Pages of the queue: each begins behind the last item of the one before, and none is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsloop.errors import Refused
from opsloop.store import Store
from opsloop.store.orders import ORDERS, behind, mark_of
from opsloop.types import QueueFilter, QueueItem
from tests.integration.event_tables import ADA, DuckDBFile, Firing, PostgresDatabase, World, hour


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world with incidents that are alike: they differ in their numbers alone, or not."""
    world = World(store, warehouse)
    severities = ("low", "high", "high", None)
    firing = {f"E{n}": Firing(float(n % 3), severities[n % 4]) for n in range(12)}
    world.run(9, firing)
    world.sync_unverified(9.1)
    world.clock = hour(9.5)
    for number in (3, 4, 8):
        world.service.take(number, ADA)
    world.service.resolve(5, ADA, code="fixed")
    return world


def pages(store: Store, wanted: QueueFilter) -> list[list[QueueItem]]:
    """Return page after page, to the end."""
    found = [store.queue(wanted)]
    while found[-1]:
        wanted = replace(wanted, after=mark_of(found[-1][-1], wanted.order))
        found.append(store.queue(wanted))
    return found[:-1]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("states", [None, QueueFilter().states])
def test_pages_hold_what_the_queue_holds(world: World, order: str, states: None) -> None:
    everything = QueueFilter(states=states, order=order, team="shipping", limit=100)
    whole = world.store.queue(everything)
    assert len(whole) == (12 if states is None else 11)
    found = pages(world.store, replace(everything, limit=5))
    assert [item for page in found for item in page] == whole
    assert [len(page) for page in found[:-1]] == [5] * (len(found) - 1)


@pytest.mark.parametrize("order", ORDERS)
def test_a_page_in_front_of_a_place_is_the_one_before(world: World, order: str) -> None:
    wanted = QueueFilter(order=order, limit=4)
    first, second, third = pages(world.store, wanted)
    in_front = replace(wanted, before=mark_of(third[0], order))
    assert world.store.queue(in_front) == second
    assert world.store.queue(replace(in_front, limit=100)) == first + second


def test_a_place_stays_where_it_is(world: World) -> None:
    """What ends in front of it takes nothing away from the next page."""
    wanted = QueueFilter(order="oldest", limit=4)
    first, second, *_ = pages(world.store, wanted)
    world.service.resolve(first[0].incident.incident_id, ADA, code="fixed")
    world.service.resolve(first[-1].incident.incident_id, ADA, code="fixed")
    again = world.store.queue(replace(wanted, after=mark_of(first[-1], "oldest")))
    assert again == second


@pytest.mark.parametrize("mark", ["", "x", "2026-03-02T09:00:00~1", "P1~2026-03-02~x", "1~2~3~4"])
@pytest.mark.parametrize("order", ["due", "priority"])
def test_what_is_no_place_is_refused(order: str, mark: str) -> None:
    with pytest.raises(Refused, match="is no place in the queue by"):
        behind(order, mark)


def test_names_are_all_that_ever_stood_there(world: World) -> None:
    world.service.assign(1, ADA, team="care")
    store = world.store
    assert store.names("team") == {"shipping", "care"}
    assert store.names("monitor_id") == {"mon_late_orders"}
    assert store.names("assignee") == {"ada.moreno"}
