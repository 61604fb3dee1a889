"""Clocks where they are kept: started, paused and stopped with the rows that say so."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from opsloop.clocks import Clock, ClockState, Outcome, Target, state_of
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.service.settings import apply_settings
from opsloop.store import Store, terms
from opsloop.store.verify import verify
from opsloop.types import Action, QueueFilter
from tests.integration.event_tables import (
    ADA,
    DuckDBFile,
    PostgresDatabase,
    World,
    hour,
)
from tests.integration.office import settings

HOUR = 3600


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world with one open incident, opened at 09:00 on a Monday."""
    world = World(store, warehouse)
    world.config = settings()
    apply_settings(store, world.config, hour(8))
    world.run(9, {"A": 5})
    world.sync(9)
    world.clock = hour(9.5)
    return world


def clocks(world: World, number: int = 1) -> dict[Target, Clock]:
    return {clock.target: clock for clock in world.store.detail(number).clocks}


def due(world: World) -> Any:
    [item] = world.store.queue(QueueFilter(states=None, order="due"))
    return item.due_at


def test_an_opening_starts_the_clocks(world: World) -> None:
    found = clocks(world)
    assert set(found) == {Target.ACKNOWLEDGE, Target.RESOLVE}
    assert found[Target.ACKNOWLEDGE].due_at == hour(10)
    assert found[Target.RESOLVE].due_at == hour(14)  # lunch does not count
    assert due(world) == hour(10)


def test_an_act_stops_the_clock_that_waited_for_it(world: World) -> None:
    world.service.take(1, ADA)
    found = clocks(world)
    assert (found[Target.ACKNOWLEDGE].outcome, found[Target.ACKNOWLEDGE].consumed_s) == (
        Outcome.MET,
        HOUR / 2,
    )
    assert due(world) == hour(14)


def test_waiting_stands_still_and_goes_on_exactly(world: World) -> None:
    service = world.service
    service.wait(1, ADA, kind="supplier", on="Acme", reason="a part")
    paused = clocks(world)[Target.RESOLVE]
    assert (paused.consumed_s, paused.due_at, paused.running_since) == (HOUR / 2, None, None)
    assert due(world) is None
    world.clock = hour(13.5)
    service.resume(1, ADA)
    running = clocks(world)[Target.RESOLVE]
    assert (running.consumed_s, running.due_at) == (HOUR / 2, hour(17))


def test_a_breach_is_there_without_any_job(world: World) -> None:
    clock = clocks(world)[Target.RESOLVE]
    assert state_of(clock, hour(13.9)).state is ClockState.NEARING
    assert state_of(clock, hour(14.1)) == (ClockState.BREACHED, hour(14))


def test_a_resolve_ends_all_and_an_undo_lets_them_run_on(world: World) -> None:
    world.clock = hour(15)
    world.service.resolve(1, ADA, code="fixed")
    ended = clocks(world)[Target.RESOLVE]
    assert (ended.outcome, ended.breached_at) == (Outcome.BREACHED, hour(14))
    batch_id = world.store.detail(1).log[-1].batch_id
    world.clock = hour(16)
    world.service.undo(ADA, batch_id)
    assert clocks(world)[Target.RESOLVE].outcome is None


def test_another_priority_holds_for_the_past(world: World) -> None:
    world.clock = hour(11)
    world.service.prioritize(1, ADA, priority="P1", text="the fair")
    clock = clocks(world)[Target.RESOLVE]
    assert (clock.target_s, clock.due_at) == (HOUR, hour(10))
    assert state_of(clock, hour(11.5)) == (ClockState.BREACHED, hour(11))


def test_settings_that_change_are_followed_by_what_is_open(world: World) -> None:
    more = {"targets": {"resolve": {"P3": {"hours": 5}}}}
    world.config = settings(standard=more)
    apply_settings(world.store, world.config, hour(10))
    row = world.store.detail(1).log[-1]
    assert (row.action, row.actor.kind) == (Action.POLICY_APPLIED, "rule")
    assert {target: clock.target_s for target, clock in clocks(world).items()} == {
        Target.RESOLVE: 5 * HOUR
    }
    apply_settings(world.store, world.config, hour(11))
    assert world.store.detail(1).log[-1] == row


def test_settings_that_mean_the_same_write_nothing(world: World) -> None:
    before = world.store.detail(1).log
    other = ServiceLevelSettings.model_validate({"targets": {"resolve": {"P1": {"hours": 2}}}})
    levels = {**world.config.service_levels, "gold": other}
    world.config = settings(service_levels=levels)
    versions = apply_settings(world.store, world.config, hour(10))
    assert world.store.detail(1).log == before
    assert versions == world.store.versions()
    world.run(11, {"A": 5, "B": 1})
    world.sync(11)
    assert world.store.detail(2).incident.policy_version == versions.policy_version


def test_a_service_level_that_is_gone_has_no_clocks(world: World) -> None:
    world.config = settings(service_levels={}, default_service_level=None)
    apply_settings(world.store, world.config, hour(10))
    assert clocks(world) == {}
    assert due(world) is None


def test_the_first_service_level_is_given_to_what_is_open(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse)
    apply_settings(store, world.config, hour(8))
    world.run(9, {"A": 5})
    world.sync(9)
    assert clocks(world) == {}
    world.config = settings()
    apply_settings(store, world.config, hour(10))
    assert clocks(world)[Target.RESOLVE].due_at == hour(14)


def test_calendars_reach_further_without_a_new_version(world: World) -> None:
    before = world.store.versions()
    log = world.store.detail(1).log
    assert apply_settings(world.store, world.config, hour(24 * 365 * 3)) == before
    assert world.store.detail(1).log == log
    world.run(24 * 365 * 3, {"A": 5, "B": 1})
    world.sync(24 * 365 * 3)
    assert clocks(world, 2)[Target.RESOLVE].due_at is not None


def test_the_queue_by_due_time(world: World) -> None:
    world.run(10, {"A": 5, "B": 1, "C": 1})
    world.sync(10)
    world.service.take(1, ADA)
    world.service.wait(2, ADA, kind="team", on="care", reason="an answer")
    items = world.store.queue(QueueFilter(order="due"))
    assert [(item.incident.incident_id, item.due_at) for item in items] == [
        (3, hour(11)),
        (1, hour(14)),
        (2, None),
    ]
    assert {clock.target for clock in items[0].clocks} == {Target.ACKNOWLEDGE, Target.RESOLVE}


@pytest.mark.parametrize(
    "statement",
    [
        "update clocks set consumed_s = 7",
        "update clocks set due_at = null",
        "delete from clocks",
        "update incidents set due_at = '2020-01-01 00:00:00'",
    ],
)
def test_verify_tells_what_was_tampered_with(world: World, statement: str) -> None:
    with world.store.engines.writer.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text(statement))
        found = verify(connection, partial(terms.load, connection)).faults
        transaction.rollback()
    assert any("incident 1" in fault for fault in found)
