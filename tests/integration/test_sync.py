"""Sync as a whole: timers, troubles, cursors, kills between chunks, and any history."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsloop.errors import SyncBusy, WarehouseError, WarehouseLocked
from opsloop.service.sync import apply as sync_apply
from opsloop.service.sync import runs as sync_runs
from opsloop.service.sync.health import HEALTH_ID
from opsloop.store import Store, sync_state
from opsloop.types import Kind, State
from opsloop.warehouse import opened
from opsloop.warehouse.profile import Target
from tests.integration.event_tables import (
    ADA,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    event_id_of,
    hour,
    late_orders,
)

Anywhere = DuckDBFile | PostgresDatabase
WEEK = 7 * 24.0


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    return World(store, warehouse)


# ---- timers


def test_fixed_but_still_firing_is_reopened_as_not_fixed(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.clock = hour(9.5)
    world.service.take(1, ADA)
    world.service.resolve(1, ADA, code="fixed")
    world.run(33, ["A"])  # not long enough after it
    world.sync(33.1)
    assert world.incident(1).state is State.RESOLVED
    world.run(33.4, ["A"], status="held", reason="stale_data")
    world.fail(33.6)
    world.sync(33.7)  # only a good run can say so
    assert world.incident(1).state is State.RESOLVED
    world.run(34, ["A"])
    world.sync(34.1)
    incident = world.incident(1)
    assert (incident.state, incident.assignee) == (State.ACTIVE, "ada.moreno")
    assert world.actions(1)[-1] == ("reopened", "not_fixed")
    world.run(35, [])
    world.sync(35.1)
    assert world.incident(1).state is State.RESOLVED  # nobody touched it since


def test_what_happened_is_never_not_fixed(store: Store, warehouse: Anywhere) -> None:
    world = World(store, warehouse, late_orders(kind=Kind.EVENT))
    world.run(9, ["A"])
    world.sync(9.1)
    world.service.resolve(1, ADA, code="fixed")
    world.run(99, ["A"])
    world.sync(99.1)
    assert world.incident(1).state is State.RESOLVED


def test_incidents_of_a_monitor_that_is_gone_are_flagged_once(world: World) -> None:
    world.add(late_orders(id="mon_others"))
    world.run(9, ["A"])
    world.run(9, ["B"], monitor="mon_others")
    world.sync(9.1)
    kept = [one for one in world.monitors if one.id == "mon_others"]
    assert world.sync(10, monitors=kept, also_known=["mon_late_orders"]).counts == {}
    missed = world.sync(10, monitors=kept)
    assert missed.counts == {"monitor_gone": 1}
    assert "`previously: [mon_late_orders]`" in missed.warnings[0]
    assert world.sync(10.1, monitors=kept).counts == {}
    gone = world.incident_of("A")
    assert (gone.state, gone.monitor_gone_at) == (State.NEW, hour(10))
    assert world.sync(11).counts == {"monitor_back": 1}
    assert world.incident_of("A").monitor_gone_at is None


# ---- monitors in trouble


def test_a_row_whose_owner_is_no_team_goes_to_the_monitors_own(world: World) -> None:
    world.run(9, {"A": Firing(owner="nobodys")})
    report = world.sync(9.1)
    assert world.incident().team == "shipping"
    [warning] = report.warnings
    assert "'nobodys'" in warning


def test_what_was_set_aside_is_shown_with_reason_and_sample(world: World) -> None:
    world.run(9, ["A"], rejected=3)
    world.sync(9.1)
    [shown] = world.store.detail(2).events
    assert shown.evidence["rejected_for"] == "3 null_entity_id"
    assert shown.evidence["rejected_row"] == '{"order_id": null}'


@pytest.mark.parametrize(
    ("trouble", "title"),
    [
        (lambda world: world.fail(10, message="no column x"), "failed: no column x"),
        (
            lambda world: world.run(10, ["A"], status="held", reason="population_drop"),
            "its population fell by more than half",
        ),
        (lambda world: world.run(10, ["A"], rejected=3), "3 rows were set aside"),
    ],
)
def test_a_monitor_in_trouble_is_an_incident_of_its_maintainers(
    world: World, trouble: Any, title: str
) -> None:
    world.redefine(late_orders(maintainers="care"))
    world.run(9, ["A"])
    world.sync(9.1)
    trouble(world)
    world.sync(10.1)
    incident = world.incident(2)
    assert (incident.monitor_id, incident.entity_id) == (HEALTH_ID, "mon_late_orders")
    assert incident.team == "care"
    assert title in world.store.detail(2).title
    world.fail(11)
    world.sync(11.1)
    assert len(world.incidents()) == 2  # one per spell
    world.run(12, ["A"])
    world.sync(12.1)
    ended = world.incident(2)
    assert (ended.state, ended.resolution_code) == (State.RESOLVED, "cleared_by_itself")
    assert ended.resolved_at == hour(12)
    world.fail(13)
    world.sync(13.1)
    assert world.incident(2).state is State.NEW  # again, soon: the same


def test_a_kill_before_a_troubles_end_is_settled_by_the_next_sync(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(9, ["A"])
    world.fail(10)
    world.sync(10.1)
    world.run(11, ["A"])
    with monkeypatch.context() as patched:
        patched.setattr("opsloop.service.sync.timers.reopen_not_fixed", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            world.sync(11.1)
    world.sync(11.2)
    assert world.incident_of("mon_late_orders").state is State.RESOLVED


def _interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


# ---- cursors


def test_nothing_new_writes_nothing(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    before = world.store.last_seq()
    report = world.sync(9.2)
    assert (report.counts, report.events, world.store.last_seq()) == ({}, 0, before)


def test_a_warehouse_that_went_back_is_compared_as_a_whole(world: World) -> None:
    world.run(9, ["A"])
    world.run(10, ["A", "B"])
    world.sync(10.1)
    table = world.tables["mon_late_orders"]
    world.warehouse.execute(
        [("delete from monitor_runs", None), ("delete from mon_late_orders", None)]
    )
    table.rows.clear()
    table.number = 0
    world.run(11, ["A", "C"])
    world.sync(11.1)
    assert world.incident_of("B").evidence_lost_at == hour(11.1)
    assert world.incident_of("A").evidence_lost_at is None
    assert world.incident_of("C").state is State.NEW


def test_a_dropped_event_table_is_a_warning_and_the_others_go_on(world: World) -> None:
    world.add(late_orders(id="mon_others"))
    world.run(9, ["A"])
    world.run(9, ["B"], monitor="mon_others")
    world.warehouse.execute([("drop table mon_late_orders", None)])
    report = world.sync(9.1)
    assert "mon_late_orders has runs but no event table" in report.warnings[0]
    assert [one.entity_id for one in world.incidents()] == ["B"]


def test_without_any_run_there_is_nothing_to_do(world: World) -> None:
    assert world.sync(9).counts == {}
    world.warehouse.execute([("drop table monitor_runs", None)])
    assert world.sync(9).counts == {}


def test_a_changed_group_by_moves_no_event(world: World) -> None:
    world.run(9, {"A": Firing(1, region="north")})
    world.sync(9.1)
    world.redefine(late_orders(group_by=("region",)))
    world.run(10, {"A": Firing(2, region="north"), "B": Firing(1, region="north")})
    world.sync(10.1)
    assert world.event("A").group_key == '["A"]'
    assert world.event("B").group_key == '["north"]'
    assert world.event("B").incident_id != world.event("A").incident_id


def test_a_renamed_monitor_goes_on(store: Store, warehouse: Anywhere) -> None:
    world = World(store, warehouse)
    world.run(9, ["A"])
    world.sync(9.1)
    table = world.tables["mon_late_orders"]
    renamed = replace(table.monitor.relation, identifier="mon_overdue_orders")
    world.warehouse.execute([("alter table mon_late_orders rename to mon_overdue_orders", None)])
    table.monitor = replace(
        table.monitor, name="mon_overdue_orders", relation=renamed, previously=("mon_late_orders",)
    )
    world.run(10, ["A", "B"])
    world.sync(10.1)
    assert [one.monitor_id for one in world.incidents()] == ["mon_late_orders"] * 2


# ---- kills between chunks


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_runs, "FIRST_CHUNK", 4)
    monkeypatch.setattr(sync_runs, "LARGEST_CHUNK", 4)


class _Interrupted(sync_apply.Chunk):
    """Lets some chunks be written and stops before the next."""

    left = 0

    def apply(self) -> None:
        if _Interrupted.left == 0:
            raise KeyboardInterrupt
        _Interrupted.left -= 1
        super().apply()


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch, small_chunks: None) -> Iterator[Any]:
    def sync_until(world: World, at: float, chunks: int) -> None:
        _Interrupted.left = chunks
        with monkeypatch.context() as patched:
            patched.setattr(sync_runs, "Chunk", _Interrupted)
            with pytest.raises(KeyboardInterrupt):
                world.sync(at)
        assert world.store.verify().faults == ()

    return sync_until


def test_a_flood_stays_one_when_killed_between_chunks(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=8, max_new_incidents_first_run=8))
    world.run(9, [f"E{n}" for n in range(10)])
    for chunks in (0, 1, 1):
        interrupted(world, 9.1, chunks)
    world.sync(9.2)
    (flood,) = world.incidents()
    assert (flood.is_flood, flood.events_total, flood.events_firing) == (True, 10, 10)


def test_a_run_begun_without_flood_stays_none(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(
        store, warehouse, late_orders(max_new_incidents=10, max_new_incidents_first_run=10)
    )
    world.run(9, [f"E{n}" for n in range(10)])
    interrupted(world, 9.1, 1)
    world.redefine(late_orders(max_new_incidents=1, max_new_incidents_first_run=1))
    assert world.sync(9.2).floods == []
    assert len(world.incidents()) == 10


def test_an_empty_flood_is_taken_for_the_next(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=3, max_new_incidents_first_run=3))
    crowd = [f"E{n}" for n in range(6)]
    world.run(9, crowd)
    interrupted(world, 9.1, 0)
    world.run(10, dict.fromkeys(crowd, 7))  # every row moves on to another run
    world.sync(10.1)
    (flood,) = world.incidents()
    assert flood.events_total == 6


def test_an_empty_flood_whose_events_are_over_ends(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=3, max_new_incidents_first_run=3))
    world.run(9, [f"E{n}" for n in range(6)])
    interrupted(world, 9.1, 0)
    world.run(10, [])
    world.sync(10.1)
    assert {one.state for one in world.incidents()} == {State.RESOLVED}
    assert len(world.incidents()) == 7


def test_a_flood_that_somebody_ends_between_chunks_stays_ended(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=3, max_new_incidents_first_run=3))
    world.run(9, [f"E{n}" for n in range(9)])
    interrupted(world, 9.1, 1)
    world.service.resolve(1, ADA, code="false_alarm")
    world.sync(9.2)
    (flood,) = world.incidents()
    assert (flood.state, flood.events_total) == (State.RESOLVED, 9)


def test_deferred_clears_survive_a_kill_while_they_are_read_again(
    store: Store, warehouse: Anywhere, interrupted: Any
) -> None:
    world = World(store, warehouse)
    crowd = [f"E{n}" for n in range(9)]
    world.run(9, crowd)
    world.sync(9.1)
    world.run(10, [], status="held", reason="population_drop")
    world.sync(10.1)
    assert {one.state for one in world.incidents() if one.monitor_id != HEALTH_ID} == {State.NEW}
    world.run(11, [])
    interrupted(world, 11.1, 1)
    world.sync(11.2)
    assert {one.state for one in world.incidents()} == {State.RESOLVED}


def test_a_first_sync_that_was_killed_goes_on(world: World, interrupted: Any) -> None:
    world.run(9, [f"E{n}" for n in range(10)])
    interrupted(world, 9.1, 1)
    world.run(10, [f"E{n}" for n in range(5, 15)])
    world.sync(10.1)
    firing = {one.entity_id for one in world.incidents() if one.state is State.NEW}
    assert firing == {f"E{n}" for n in range(5, 15)}


# ---- several at once


def _hold_sync(url: str, holds: Any, done: Any) -> None:
    with Store.open(url) as store, store.sync_lock(0):
        holds.set()
        done.wait(60)


def test_a_second_sync_leaves_or_waits(world: World) -> None:
    world.run(9, ["A"])
    context = multiprocessing.get_context("spawn")
    holds, done = context.Event(), context.Event()
    url = world.store.engines.url.render_as_string(hide_password=False)
    other = context.Process(target=_hold_sync, args=(url, holds, done))
    other.start()
    assert holds.wait(30)
    with pytest.raises(SyncBusy, match="Another sync is at work"):
        world.sync(9.1, wait_s=0.05)
    done.set()
    assert world.sync(9.1, wait_s=30).counts["opened"] == 1
    other.join()


def _hold_warehouse(path: str, holds: Any, done: Any) -> None:
    with duckdb.connect(path):
        holds.set()
        done.wait(60)


def test_a_locked_warehouse_names_its_holder(state_dir: Path) -> None:
    path = state_dir / "warehouse.duckdb"
    target = Target("test", "duckdb", "main", {"path": str(path)})
    context = multiprocessing.get_context("spawn")
    holds, done = context.Event(), context.Event()
    holder = context.Process(target=_hold_warehouse, args=(str(path), holds, done))
    holder.start()
    assert holds.wait(30)
    with (
        pytest.raises(WarehouseLocked, match=rf"is held by .*process {holder.pid}\)"),
        opened(target, wait_s=0.3),
    ):
        pass
    done.set()
    with opened(target, wait_s=30) as warehouse:  # it waits for the other to let go
        assert warehouse.runs() == {}
    holder.join()


def test_a_missing_or_broken_warehouse(state_dir: Path) -> None:
    path = state_dir / "warehouse.duckdb"
    target = Target("test", "duckdb", "main", {"path": str(path)})
    with pytest.raises(WarehouseError, match="There is no warehouse"), opened(target):
        pass
    path.write_text("not a database" * 1_000)
    with pytest.raises(WarehouseError, match="cannot be opened"), opened(target):
        pass


# ---- any history

ENTITIES = "ABCDE"
FIRING = st.dictionaries(
    st.sampled_from(ENTITIES), st.sampled_from([1.0, 1.2, 5.0, None]), max_size=5
)
HISTORIES = st.lists(
    st.tuples(FIRING, st.sampled_from(["ok", "ok", "ok", "held", "error"])), min_size=1, max_size=6
)
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # a history is seconds: shrink by hand
GROUPED = st.sampled_from([("entity_id",), ("region",)])


def _play(world: World, history: Any, syncs: set[int]) -> None:
    """Let the runs of a history happen, with a sync after some of them and after the last."""
    for number, (firing, status) in enumerate(history):
        at = 9.0 + number
        regions = {one: Firing(impact, region="NS"[one in "AB"]) for one, impact in firing.items()}
        if status == "error":
            world.fail(at)
        else:
            world.run(at, regions, status=status, reason=None if status == "ok" else "stale_data")
        if number in syncs:
            world.sync(at + 0.1)
    world.sync(9.0 + len(history))


def _small(state_dir: Path, empty_store_file: Path, **monitor: Any) -> World:
    directory = Path(tempfile.mkdtemp(dir=state_dir))
    shutil.copy(empty_store_file, directory)
    store = Store.open(f"sqlite:///{directory}/incidents.db")
    settings = {"max_new_incidents_first_run": 4, **monitor}
    return World(store, DuckDBFile(directory / "warehouse.duckdb"), late_orders(**settings))


@settings(
    max_examples=8,
    deadline=None,
    phases=QUICK,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=HISTORIES, group_by=GROUPED, seed=st.integers(0, 99))
def test_nothing_is_dropped_and_reading_again_is_harmless(
    state_dir: Path, empty_store_file: Path, history: Any, group_by: Any, seed: int
) -> None:
    world = _small(state_dir, empty_store_file, group_by=group_by)
    some = set(random.Random(seed).sample(range(len(history)), k=len(history) // 2))
    history = [*history, (history[-1][0], "ok")]  # a held run's clears wait for a good one
    _play(world, history, some)
    rows = world.tables["mon_late_orders"].rows
    with world.store.engines.read() as connection:
        known = sync_state.snapshots(connection, list(rows))
    assert set(known) == set(rows)
    assert all(known[one].event.firing == (rows[one]["cleared_at"] is None) for one in rows)
    assert all(one.event.incident_id is not None for one in known.values())
    before = world.incidents()
    world.rebuild()
    world.record_run(9.0 + len(history))
    world.sync(9.5 + len(history))
    mine = [one for one in world.incidents() if one.monitor_id != HEALTH_ID]
    assert mine == [one for one in before if one.monitor_id != HEALTH_ID]
    world.store.close()


@settings(
    max_examples=5,
    deadline=None,
    phases=QUICK,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=HISTORIES, group_by=GROUPED)
def test_a_late_sync_leaves_the_same_open_as_timely_ones(
    state_dir: Path, empty_store_file: Path, history: Any, group_by: Any
) -> None:
    """What is open, and with which firing events, does not depend on when sync ran.

    How many incidents it took does: what came and went unseen is one of its own (row 5).
    """
    # one that is resolved as fixed is not meant here, nor a flood: both depend on the moment
    history = [*history, ({"A": 1.0}, "ok")]
    cap = {"max_new_incidents_first_run": 99, "group_by": group_by}
    timely, late = (_small(state_dir, empty_store_file, **cap) for _ in range(2))
    _play(timely, history, set(range(len(history))))
    _play(late, history, set())
    assert _open(timely) == _open(late)
    for world in (timely, late):
        world.store.close()


def _open(world: World) -> set[tuple[str, frozenset[str]]]:
    found = set()
    for one in world.incidents():
        if one.state.is_open and one.monitor_id != HEALTH_ID:
            events = world.store.detail(one.incident_id).events
            found.add(
                (
                    str(events[0].event.group_key),
                    frozenset(view.event.event_id for view in events if view.event.firing),
                )
            )
    return found


def test_the_order_of_rows_within_a_run_means_nothing(store: Store, warehouse: Anywhere) -> None:
    """The first to begin opens the incident, although its row comes last."""
    world = World(store, warehouse, late_orders(group_by=("region",)))
    later, first = sorted(["x", "y"], key=lambda one: event_id_of("mon_late_orders", one))
    north = Firing(1, region="north")
    world.run(8, {first: north})
    world.run(9, {first: north, later: north})
    world.touch_rows(note="all of one run")
    world.sync(9.1)
    incident = world.incident(1)
    assert (incident.entity_id, incident.events_total) == (first, 2)


def test_a_mass_clear_is_settled(store: Store, warehouse: Anywhere, small_chunks: None) -> None:
    cap = {"max_new_incidents": 9_999, "max_new_incidents_first_run": 9_999}
    world = World(store, warehouse, late_orders(**cap))
    world.run(9, [f"E{n}" for n in range(30)])
    world.sync(9.1)
    world.run(10, [])
    report = world.sync(10.1)
    assert report.counts == {"cleared": 30, "resolved": 30}
    assert {one.resolved_at for one in world.incidents()} == {hour(10)}


def test_a_clear_is_never_before_the_opening_of_its_incident(world: World) -> None:
    """A replay of the past, recorded by today's clock."""
    world.run(9, ["A"])
    world.sync(9 + WEEK)
    world.run(10, [])
    world.sync(10 + WEEK)
    incident = world.incident(1)
    assert incident.opened_at == incident.resolved_at == hour(9) + timedelta(days=7)
