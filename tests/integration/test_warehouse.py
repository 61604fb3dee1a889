"""What sync and publish read of a warehouse, on both engines: odd names, odd numbers, many runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from opsloop.errors import WarehouseError, WarehouseLocked
from opsloop.store import Store
from opsloop.warehouse import opened
from opsloop.warehouse.postgres import PostgresWarehouse
from opsloop.warehouse.profile import Target
from tests.integration.event_tables import DuckDBFile, PostgresDatabase, World

Anywhere = DuckDBFile | PostgresDatabase
LATE = "mon_late_orders"


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    """Return a world with one monitor."""
    return World(store, warehouse)


def numbers(world: World, since: dict[str, int] | None = None) -> list[int]:
    with opened(world.warehouse.target) as warehouse:
        return [run.number for run in warehouse.runs(since)[LATE]]


def test_evidence_may_have_any_name(world: World) -> None:
    name = """share_% of "all"? 'x'"""
    quoted = name.replace('"', '""')
    table = f"{world.warehouse.schema}.{LATE}"
    world.warehouse.execute([(f'alter table {table} add column "{quoted}" integer', None)])
    world.run(9, ["A"])
    world.warehouse.execute([(f'update {table} set "{quoted}" = 7', None)])
    world.sync(9.1)
    (event,) = world.store.detail(1).events
    assert event.evidence[name] == 7


@pytest.mark.parametrize("impact", [float("inf"), float("-inf"), float("nan")])
def test_an_impact_that_is_no_number_is_unknown(world: World, impact: float) -> None:
    world.run(9, {"A": impact})
    world.sync(9.1)
    assert world.incident().impact is None
    world.run(10, [])
    world.sync(10.1)  # nothing is left of it in the sum: the store verifies
    assert world.incident().impact is None


def test_of_known_monitors_only_the_latest_runs_are_read(world: World) -> None:
    for hour in range(6):
        world.run(hour, [])
    assert numbers(world) == [1, 2, 3, 4, 5, 6]
    assert numbers(world, {"mon_other": 6}) == [1, 2, 3, 4, 5, 6]
    assert numbers(world, {LATE: 4}) == [4, 5, 6]
    assert numbers(world, {LATE: 6}) == [6]


def test_a_spell_of_trouble_is_read_with_the_good_run_before_it(world: World) -> None:
    world.run(8, [])
    world.run(9, [])
    world.fail(10)
    world.run(11, [], status="held", reason="stale_data")
    world.run(12, [], rejected=1)
    assert numbers(world, {LATE: 5}) == [2, 3, 4, 5]
    world.fail(13)
    world.run(14, [])
    # the last complete run up to the one that is named: a failed one is no place to go on from
    assert numbers(world, {LATE: 6}) == [5, 6, 7]


def test_only_a_lock_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "locked_blocks"
    folder.mkdir()
    target = Target("test", "duckdb", "main", {"path": str(folder)})  # a folder, not a file
    with pytest.raises(WarehouseError) as found, opened(target, wait_s=5):
        pass
    assert not isinstance(found.value, WarehouseLocked)


def test_a_column_of_decimals_stays_one_of_numbers(world: World) -> None:
    sql = "create table rpt_shares as select cast(null as decimal(9, 2)) as share where 1 = 0"
    world.warehouse.execute([(sql, None)])
    with opened(world.warehouse.target) as warehouse:
        contents = warehouse.table("rpt_shares")  # noqa: F841  read by DuckDB by its name
        (row,) = duckdb.sql("describe select share from contents").fetchall()
    is_file = isinstance(world.warehouse, DuckDBFile)
    assert row[1] == ("DECIMAL(9,2)" if is_file else "DOUBLE")


def test_a_profile_says_how_to_connect(postgres_url: Callable[[], str]) -> None:
    server = conninfo_to_dict(postgres_url())
    with psycopg.connect(**server) as connection:
        connection.execute("create role analytics; create schema ops authorization analytics")
        connection.execute("create table ops.rpt_built (seq bigint)")
        connection.execute("alter table ops.rpt_built owner to analytics")
    settings = {**server, "role": "analytics", "connect_timeout": 7}
    with opened(Target("test", "postgres", "ops", settings)) as warehouse:
        assert isinstance(warehouse, PostgresWarehouse)
        assert warehouse.connection.execute("select current_user").fetchall() == [("analytics",)]
        assert warehouse.connection.info.get_parameters()["connect_timeout"] == "7"
    with (
        pytest.raises(WarehouseError),
        opened(Target("test", "postgres", "ops", {**server, "sslmode": "no such mode"})),
    ):
        pass
