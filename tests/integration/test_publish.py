"""Publishing: a new file, then the pointer; readers are never disturbed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from opsloop.errors import WarehouseError
from opsloop.service.publish import Publication, publish
from opsloop.store import Store
from opsloop.warehouse import opened
from opsloop.warehouse.serving import KEPT, LONGEST_PUBLISH_S, POINTER, open_serving
from tests.integration.event_tables import DuckDBFile, PostgresDatabase, World, hour

Anywhere = DuckDBFile | PostgresDatabase


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    """Return a world with a small retro."""
    world = World(store, warehouse)
    world.run(9, ["A"])
    text = "varchar"
    world.warehouse.execute(
        [
            ("create table rpt_built as select cast(7 as bigint) as seq, "
             "timestamp '2026-03-02 09:00:00' as data_through", None),
            (f"create table fct_numbers as select cast(1 as bigint) as n, cast(null as {text}) as"
             " who, cast(2.5 as decimal(9, 2)) as share, true as is_it, date '2026-03-02' as day,"
             " timestamp '2026-03-02 09:00:00' as at_time", None),
            ("create table secrets as select 1 as n", None),
        ]
    )  # fmt: skip
    return world


def run_publish(world: World, serving: Path, seconds: int = 0) -> Publication:
    with opened(world.warehouse.target) as warehouse:
        now = hour(10) + timedelta(seconds=seconds)
        return publish(world.store, warehouse, serving, now=now)


def test_what_is_published(world: World, state_dir: Path) -> None:
    serving = state_dir / "serving"
    assert open_serving(serving) is None
    done = run_publish(world, serving)
    assert done.tables == 3
    copy = open_serving(serving)
    assert copy is not None
    assert (copy.published.seq, copy.published.store_id) == (7, world.store.identity()[0])
    assert copy.published.published_at == hour(10).replace(tzinfo=None)
    (row,) = copy.query("select * from fct_numbers")
    assert (row["n"], row["who"], float(row["share"]), row["is_it"]) == (1, None, 2.5, True)
    # a column of nulls keeps its type, so that it can be compared with a text
    assert copy.query("select count(*) as n from fct_numbers where who = 'ada'") == [{"n": 0}]
    assert copy.query("select count(*) as n from monitor_runs") == [{"n": 1}]
    with pytest.raises(WarehouseError):
        copy.query("select * from secrets")


def test_a_reader_keeps_its_file_and_old_ones_go(world: World, state_dir: Path) -> None:
    serving = state_dir / "serving"
    run_publish(world, serving)
    reader = open_serving(serving)
    for number in range(1, 6):
        run_publish(world, serving, number)
    assert reader is not None
    assert reader.query("select count(*) as n from fct_numbers") == [{"n": 1}]
    assert len(list(serving.glob("*.duckdb"))) == KEPT
    latest = open_serving(serving)
    assert latest is not None
    assert latest.name == (serving / POINTER).read_text()
    assert latest.name != reader.name


def test_an_answer_belongs_to_who_asked(world: World, state_dir: Path) -> None:
    """What was asked before is remembered, and what a reader does with its rows is not."""
    serving = state_dir / "serving"
    run_publish(world, serving)
    copy = open_serving(serving)
    assert copy is not None
    copy.query("select n from fct_numbers where n = ?", [1])[0]["n"] = "changed"
    assert copy.query("select n from fct_numbers where n = ?", [1]) == [{"n": 1}]
    assert copy.query("select n from fct_numbers where n = ?", [2]) == []


def test_what_a_killed_publish_left_does_not_matter(world: World, state_dir: Path) -> None:
    serving = state_dir / "serving"
    done = run_publish(world, serving)
    name = done.path.with_suffix(".part").name
    (serving / POINTER).unlink()
    done.path.unlink()
    (serving / name).write_bytes(b"half a file")
    (serving / f"{name}.wal").write_bytes(b"half a log")
    run_publish(world, serving)  # at the same moment: the same name
    assert sorted(path.name for path in serving.iterdir()) == [done.path.name, POINTER]


def test_another_publish_at_work_is_left_alone(world: World, state_dir: Path) -> None:
    serving = state_dir / "serving"
    serving.mkdir()
    at_work, killed = serving / "000000000009-a.part", serving / "000000000008-b.part"
    for path in (at_work, killed):
        path.write_bytes(b"half a file")
    hours_ago = at_work.stat().st_mtime - 2 * LONGEST_PUBLISH_S
    os.utime(killed, (hours_ago, hours_ago))
    run_publish(world, serving)
    assert at_work.exists()
    assert not killed.exists()


def test_without_a_retro_there_is_nothing_to_publish(
    store: Store, warehouse: Anywhere, state_dir: Path
) -> None:
    world = World(store, warehouse)
    with pytest.raises(WarehouseError, match=r"not in the warehouse.*opsloop run"):
        run_publish(world, state_dir / "serving")
    assert not (state_dir / "serving").exists()


def test_the_copy_is_a_plain_duckdb_file(world: World, state_dir: Path) -> None:
    done = run_publish(world, state_dir / "serving")
    with duckdb.connect(str(done.path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables order by 1"
        ).fetchall()
    assert [name for (name,) in names] == ["fct_numbers", "monitor_runs", "published", "rpt_built"]
