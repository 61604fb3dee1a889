"""What sync asks at every turn must not read whole tables: each has millions of rows one day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsloop.store import Store
from opsloop.store.orders import ORDERS
from opsloop.types import OPEN_STATES, QueueFilter, State
from tests.integration.event_tables import ADA, DuckDBFile, World, hour

BIG = ("events", "incident_log", "incident_event_log", "event_evidence", "incidents", "texts")
# these hold little, whatever the monitor has seen
FEW = {
    "ix_events_suppressed",
    "ix_incidents_open",
    "ix_incidents_snoozed",
    "ix_incidents_still_firing",
}


@pytest.fixture
def world(state_dir: Path) -> Iterator[World]:
    with Store.open(f"sqlite:///{state_dir}/incidents.db", create=True) as store:
        yield World(store, DuckDBFile(state_dir / "warehouse.duckdb"))


def test_no_statement_of_a_sync_scans_a_big_table(world: World) -> None:
    world.run(9, ["A", "B", "C"])
    world.sync(9.1)
    world.service.resolve(1, ADA, code="fixed")
    world.service.resolve(2, ADA, code="accepted", accepted_until=hour(9.5), text="agreed")
    world.service.mute(ADA, entity_id="D", until=hour(10.5), reason="known")
    world.fail(9.8)
    world.run(10, ["A", "B", "D"])
    said: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, values: Any, ___: Any, is_many: bool) -> None:
        said.append((statement, values[0] if is_many else values))

    engines = (world.store.engines.writer, world.store.engines.reader)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", listen)
    world.sync_unverified(10.1)
    world.run(11, [])
    world.sync_unverified(11.1)
    world.sync_unverified(11.2)
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert len(said) > 50
    with world.store.engines.reader.connect() as connection:
        scans = {scan for one in said for scan in _scans(connection, *one)}
    assert scans == set()


def _scans(connection: sa.Connection, statement: str, values: Any) -> Iterator[tuple[str, str]]:
    """Yield how a statement reads all of a big table or all of a monitor, save its last row."""
    is_last_row = "DESC" in statement and "LIMIT" in statement
    if is_last_row or statement.lower().startswith(("begin", "pragma")):
        return
    for row in connection.exec_driver_sql(f"explain query plan {statement}", values):
        words = str(row[3]).split()
        of_a_monitor = words[-1] == "(monitor_id=?)" and not FEW.intersection(words)
        is_scan = words[0] == "SCAN" and not FEW.intersection(words)
        if words[1] in BIG and (is_scan or of_a_monitor):
            yield statement, str(row[3])


@pytest.mark.parametrize(
    ("states", "after", "how"),
    [
        (OPEN_STATES, None, "ix_incidents_open_due (team=?)"),
        (OPEN_STATES, "2026-03-02T09:00:00+00:00~1", "ix_incidents_open_due (team=? AND (due_at"),
        (None, None, "ix_incidents_due (team=?)"),
        (None, "2026-03-02T09:00:00+00:00~1", "ix_incidents_due (team=? AND (due_at"),
    ],
)
def test_a_teams_queue_by_due_time_is_read_in_its_order(
    world: World, states: tuple[State, ...] | None, after: str | None, how: str
) -> None:
    """No page is sorted, and none begins by passing over those before it."""
    steps = _plan_of_queue(
        world, QueueFilter(team="shipping", order="due", states=states, after=after)
    )
    assert any(how in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("team", [None, "shipping"])
@pytest.mark.parametrize("search", [None, "acme"])
def test_the_open_are_not_looked_for_among_the_ended(
    world: World, order: str, team: str | None, search: str | None
) -> None:
    steps = _plan_of_queue(world, QueueFilter(order=order, team=team, search=search))
    [step] = [one for one in steps if one.split()[1] == "incidents"]
    assert "INDEX ix_incidents_open" in step


@pytest.mark.parametrize("order", ["newest", "oldest", "updated"])
def test_all_incidents_by_age_are_read_in_their_order(world: World, order: str) -> None:
    mark = "2026-03-02T09:00:00+00:00~1"
    steps = _plan_of_queue(world, QueueFilter(states=None, order=order, after=mark))
    index = "updated ((updated_at" if order == "updated" else "opened ((opened_at"
    assert any(f"ix_incidents_{index}" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


def _plan_of_queue(world: World, wanted: QueueFilter) -> list[str]:
    said: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        said.append((statement, values))

    reader = world.store.engines.reader
    sa.event.listen(reader, "before_cursor_execute", listen)
    world.store.queue(wanted)
    sa.event.remove(reader, "before_cursor_execute", listen)
    [(statement, values)] = [one for one in said if "ORDER BY" in one[0]]
    with reader.connect() as connection:
        plan = connection.exec_driver_sql(f"explain query plan {statement}", values)
        return [str(row[3]) for row in plan]
