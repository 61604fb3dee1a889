"""Everything that ever happened to one entity, across monitors, and what is held back now."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.service.entities import history_of, repeats_of, summary_of
from opsloop.service.muting import suppressed_events
from opsloop.store import Store
from opsloop.store.history import EventStep, Happening, MuteStep, Stay, when
from opsloop.types import Action, Disposition, EventChange, Kind, LogRow, State
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
    """Return a world in which order A was late, was muted for another monitor, and came back."""
    world = World(store, warehouse)
    world.add(late_orders(id="mon_unpaid", kind=Kind.STATE))
    world.clock = hour(8)
    world.service.mute(BO, entity_id="A", monitor_id="mon_unpaid", until=hour(20), reason="billing")
    world.run(9, {"A": 5, "B": 5})
    world.run(9, ["A"], monitor="mon_unpaid")
    world.sync(9.1)
    world.clock = hour(10)
    world.service.take(1, ADA)
    world.service.comment(1, ADA, "The lorry broke down.")
    world.service.comment(2, ADA, "Of another order.")
    world.run(11, {"A": 50, "B": 5})
    world.sync(11.1)
    world.clock = hour(12)
    world.service.resolve(1, ADA, code="fixed")
    world.run(13, {"B": 5})
    world.sync(13.1)
    world.run(14, {"A": 6, "B": 5})
    world.sync(14.1)
    world.clock = hour(15)
    world.service.unmute(1, BO)
    return world


def told(world: World, entity: str = "A", **how: Any) -> list[tuple[float, str]]:
    with history_of(world.store, entity, **how) as found:
        return [((when(one) - hour(0)) / timedelta(hours=1), what(one)) for one in found]


def what(one: Happening) -> str:
    if isinstance(one, EventStep):
        return f"{one.monitor_id} {one.change}"
    if isinstance(one, LogRow):
        return f"#{one.incident_id} {one.action}"
    return "unmuted" if one.is_end else "muted"


STORY = [
    (8, "muted"),
    (9, "mon_late_orders appeared"),
    (9, "mon_unpaid appeared"),
    (9.1, "#1 opened"),
    (10, "#1 taken"),
    (10, "#1 commented"),
    (11.1, "mon_late_orders worsened"),
    (12, "#1 resolved"),
    (13, "mon_late_orders cleared"),
    (13.1, "#1 all_clear"),
    (14, "mon_late_orders appeared"),
    (14.1, "#1 reopened"),
    (15, "unmuted"),
]


def test_one_order_of_time_across_monitors(world: World) -> None:
    assert [(round(at, 6), said) for at, said in told(world)] == STORY
    assert told(world, newest_first=True) == told(world)[::-1]


def test_of_one_monitor(world: World) -> None:
    assert told(world, monitor_id="mon_unpaid") == [
        (8, "muted"), (9, "mon_unpaid appeared"), (15, "unmuted")
    ]  # fmt: skip
    assert "mon_unpaid appeared" not in dict(told(world, monitor_id="mon_late_orders")).values()


def test_what_held_it_back_is_said(world: World) -> None:
    with history_of(world.store, "A", "mon_unpaid") as found:
        set_, held, lifted = found
    assert isinstance(held, EventStep)
    assert isinstance(set_, MuteStep)
    assert isinstance(lifted, MuteStep)
    assert (held.disposition, held.change) == (Disposition.MUTED, EventChange.APPEARED)
    assert [(hold.disposition, hold.by) for hold in held.holds] == [(Disposition.MUTED, "1")]
    assert (set_.mute.reason, set_.mute.created_by, lifted.mute.ended_by) == (
        "billing", "bo.larsen", "bo.larsen"
    )  # fmt: skip


def test_texts_come_along(world: World) -> None:
    with history_of(world.store, "A") as found:
        rows = [one for one in found if isinstance(one, LogRow)]
    assert [row.text for row in rows if row.action is Action.COMMENTED] == ["The lorry broke down."]
    assert rows[0].text == "Order A is late"


def test_in_figures(world: World) -> None:
    summary = summary_of(world.store, "A")
    assert (summary.seen, summary.firing, summary.held_back) == (3, 1, 1)
    assert (summary.incidents, summary.incidents_open, summary.repeats) == (1, 1, 1)
    assert (summary.first_at, summary.last_at) == (hour(8), hour(15))
    assert [(part.monitor_id, part.seen, part.firing, part.held_back) for part in (
        summary.by_monitor
    )] == [("mon_late_orders", 2, 1, 0), ("mon_unpaid", 1, 0, 1)]  # fmt: skip
    assert summary_of(world.store, "A", "mon_unpaid").seen == 1


def test_what_was_reported_by_hand_is_part_of_it(world: World) -> None:
    world.service.report(ADA, "A customer called", entity_id="Z")
    assert [what(one) for one in _all(world, "Z")] == ["#3 opened"]
    summary = summary_of(world.store, "Z")
    assert (summary.seen, summary.incidents_open, summary.by_monitor) == (0, 1, ())


def test_what_nobody_ever_named(world: World) -> None:
    with pytest.raises(NotFound, match="Nothing ever named an entity 'X'"):
        summary_of(world.store, "X")
    with pytest.raises(NotFound, match="Nothing of mon_unpaid ever named an entity 'B'"):
        summary_of(world.store, "B", "mon_unpaid")


def _all(world: World, entity: str) -> list[Happening]:
    with history_of(world.store, entity) as found:
        return list(found)


def test_a_part_of_it_is_read_without_the_rest(world: World) -> None:
    with history_of(world.store, "A", newest_first=True) as found:
        assert [what(one) for one in islice(found, 2)] == ["unmuted", "#1 reopened"]
    assert world.store.count_events(1) == 2


def stay(opened: float, resolved: float | None = None, **values: Any) -> Stay:
    end = None if resolved is None else hour(resolved)
    state = State.NEW if end is None else State.RESOLVED
    given = {"reopened_count": 0, "merged_into": None, **values}
    return Stay(1, "Late", "m", state, hour(opened), end, **given)


@pytest.mark.parametrize(
    ("stays", "repeats"),
    [
        ([stay(1)], 0),
        ([stay(1, 2), stay(3)], 1),
        ([stay(1, 2), stay(2 + 7 * 24), stay(2 + 7 * 24 + 0.1)], 1),
        ([stay(1, 2, reopened_count=2)], 2),
        ([stay(1, 2, merged_into=9), stay(3)], 0),
        ([stay(1, 2), stay(3, 4, merged_into=9)], 0),
        ([stay(3, 4), stay(1)], 0),
    ],
)
def test_what_counts_as_a_repeat(stays: list[Stay], repeats: int) -> None:
    assert repeats_of(stays) == repeats


def test_it_is_read_by_its_index(world: World) -> None:
    if not world.store.engines.is_sqlite:
        pytest.skip("the planner of Postgres reads small tables whole")
    said: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        said.append((statement, values))

    reader = world.store.engines.reader
    sa.event.listen(reader, "before_cursor_execute", listen)
    summary_of(world.store, "A")
    suppressed_events(world.store, hour(16))
    sa.event.remove(reader, "before_cursor_execute", listen)
    selects = [one for one in said if one[0].lstrip().startswith("SELECT")]
    assert len(selects) > 8
    with reader.connect() as connection:
        steps = [
            str(row[3])
            for statement, values in selects
            for row in connection.exec_driver_sql(f"explain query plan {statement}", values)
        ]
    big = ("incident_event_log", "incident_log", "incidents", "texts", "held_events")
    assert [step for step in steps if step.startswith(tuple(f"SCAN {one}" for one in big))] == []
    assert any("ix_incident_event_log_entity_id" in step for step in steps)
    assert any("ix_events_suppressed" in step for step in steps)


def test_what_is_held_back_now(world: World) -> None:
    world.clock = hour(15.5)
    world.service.mute(BO, entity_id="D", until=hour(30), reason="known")
    world.run(16, {"A": 6, "B": 5, "D": 1})
    world.sync(16.1)
    assert suppressed_events(world.store, hour(17)).total == 2
    held = suppressed_events(world.store, hour(17), "mon_late_orders")
    assert held.total == 1
    [one] = held.events
    assert (one.event.entity_id, one.until) == ("D", hour(30))
    assert [(hold.disposition, hold.by) for hold in one.holds] == [(Disposition.MUTED, "2")]
    # its mute was lifted, and its monitor has not run since
    [lifted] = suppressed_events(world.store, hour(17), "mon_unpaid").events
    assert (lifted.holds, lifted.until) == ((), None)
    world.run(18, ["A"], monitor="mon_unpaid")
    world.sync(18.1)
    assert suppressed_events(world.store, hour(19), "mon_unpaid").total == 0


def test_what_was_accepted_is_held_back_until_that_ends(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse)
    world.run(9, ["A", "B"])
    world.sync(9.1)
    world.clock = hour(10)
    world.service.resolve(1, ADA, code="accepted", accepted_until=hour(40), text="Known.")
    world.run(11, ["B"])
    world.sync(11.1)
    world.run(12, ["A", "B"])
    world.sync(12.1)
    [one] = suppressed_events(store, hour(13), limit=5).events
    [hold] = one.holds
    assert (hold.disposition, hold.by, one.until) == (Disposition.ACCEPTED, "1", hour(40))
