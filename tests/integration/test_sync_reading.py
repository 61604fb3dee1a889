"""What sync reads of the warehouse: only what is new; and what it does where it cannot read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from opsloop.service.sync import sync
from opsloop.store import Store
from opsloop.warehouse import opened
from tests.integration.event_tables import (
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    hour,
    late_orders,
)

Anywhere = DuckDBFile | PostgresDatabase
LATE = "mon_late_orders"


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    """Return a world with one monitor."""
    return World(store, warehouse)


def runs_read(world: World, at: float) -> list[list[int]]:
    """Sync, and return the numbers of the runs that each look at them gave."""
    read: list[list[int]] = []
    world.clock = hour(at)
    with opened(world.warehouse.target) as warehouse:
        whole = warehouse.runs

        def noted(since: Any = None) -> Any:
            found = whole(since)
            read.append([run.number for run in found[LATE]])
            return found

        warehouse.runs = noted  # type: ignore[method-assign]
        sync(world.store, warehouse, world.monitors, world.config, now=lambda: world.clock)
    return read


def test_a_long_history_is_not_read_again(world: World) -> None:
    for number in range(1, 6):
        world.run(number, ["A"])
    assert runs_read(world, 5.1) == [[1, 2, 3, 4, 5]]
    world.run(6, [])
    assert runs_read(world, 6.1) == [[5, 6]]
    assert runs_read(world, 6.2) == [[6]]
    assert world.incident().resolved_at == hour(6)


def test_a_lost_cursor_reads_it_whole(world: World) -> None:
    for number in range(1, 4):
        world.run(number, ["A"])
    world.sync(3.1)
    world.rebuild()
    world.run(4, [])
    assert runs_read(world, 4.1) == [[3, 4], [1, 2, 3, 4]]
    assert world.incident().resolved_at == hour(4)


def test_a_group_is_counted_in_its_title(store: Store, warehouse: Anywhere) -> None:
    grouped = {"group_by": ("region",), "group_title": "{events_total} late, {impact:.0f} euro"}
    world = World(store, warehouse, late_orders(**grouped))
    world.run(9, {entity: Firing(impact=5, region="north") for entity in "ABC"})
    world.sync(9.1)
    assert store.detail(1).title == "3 late, 15 euro"


def test_what_cannot_be_read_is_named_and_the_others_go_on(world: World) -> None:
    world.add(late_orders(id="mon_other"))
    (first, _) = world.monitors
    world.redefine(replace(first, group_by=("no_such_column",)))
    world.run(9, ["A"], monitor=LATE)
    world.run(9, ["B"], monitor="mon_other")
    report = world.sync(9.1)
    (trouble,) = report.troubles
    assert (trouble.monitor_id, trouble.status) == (LATE, "unread")
    assert "no_such_column" in trouble.message
    assert [incident.monitor_id for incident in world.incidents()] == ["mon_other"]
    world.redefine(first)
    world.sync(9.2)  # nothing was lost
    assert world.incident_of("A").monitor_id == LATE
