"""The mirror: appended, idempotent, rebuilt for another store, on both warehouses."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from opsloop.calendars import Calendar, Rules, Slot
from opsloop.clocks import OnReopen, Policy, Target
from opsloop.errors import WarehouseError
from opsloop.service.mirror import Mirrored, mirror
from opsloop.store import Store, export, terms
from opsloop.types import State
from opsloop.warehouse import MIRROR_TABLES, opened
from tests.integration.event_tables import ADA, DuckDBFile, PostgresDatabase, World, hour
from tests.integration.mirrored import Rows, mirror_tables, mirrored_rows, store_rows

Anywhere = DuckDBFile | PostgresDatabase


@pytest.fixture
def world(store: Store, warehouse: Anywhere) -> World:
    """Return a world with a log and an empty mirror."""
    world = World(store, warehouse)
    world.warehouse.execute([(statement, None) for statement in mirror_tables()])
    world.run(9, {"A": 5, "é🦆": None})
    world.sync(9.1)
    world.service.comment(1, ADA, "stays in the store")
    return world


def run_mirror(world: World) -> Mirrored:
    with opened(world.warehouse.target, read_only=False) as warehouse:
        return mirror(world.store, warehouse)


def mirrored(world: World) -> Rows:
    if isinstance(world.warehouse, DuckDBFile):
        return mirrored_rows(world.warehouse.path)
    with psycopg.connect(world.warehouse.url) as connection:
        return {
            name: connection.execute(f"select * from {name} order by seq").fetchall()
            for name in MIRROR_TABLES
        }


def test_everything_is_there_once(world: World) -> None:
    first = run_mirror(world)
    assert (first.rows, first.rebuilt) == (5, False)
    assert mirrored(world) == store_rows(world.store)
    assert run_mirror(world).rows == 0
    world.service.take(1, ADA)
    second = run_mirror(world)
    assert (second.rows, second.seq) == (1, world.store.last_seq())
    assert mirrored(world) == store_rows(world.store)


def test_texts_and_payloads_stay_in_the_store(world: World) -> None:
    assert "payload" not in export.columns_of("incident_log")
    run_mirror(world)
    assert "stays in the store" not in repr(mirrored(world))


def test_many_pages_are_one_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    assert run_mirror(world).rows == 5
    assert mirrored(world) == store_rows(world.store)


def test_an_error_on_the_way_leaves_the_mirror_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_mirror(world)
    before = mirrored(world)
    world.service.take(1, ADA)

    def broken(*_: Any) -> Any:
        yield from ()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(export, "pages", broken)
        with pytest.raises(KeyboardInterrupt):
            run_mirror(world)
    assert mirrored(world) == before


def test_another_store_is_mirrored_anew(world: World, state_dir: Path) -> None:
    run_mirror(world)
    with Store.open(f"sqlite:///{state_dir}/other.db", create=True) as other:
        world.store = other
        world.sync(9.2)
        assert run_mirror(world).rebuilt
        assert mirrored(world) == store_rows(other)


def test_a_store_restored_from_a_backup_is_mirrored_anew(world: World) -> None:
    """The same store, with other rows where the mirror's last ones were."""
    if not world.store.engines.is_sqlite:
        pytest.skip("a file is what is copied here")
    path = world.store.engines.path
    assert path is not None
    with world.store.engines.writer.connect() as connection:
        connection.exec_driver_sql("commit")
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        connection.exec_driver_sql("begin")
    backup = path.read_bytes()
    world.service.take(1, ADA)
    run_mirror(world)
    world.store.close()
    path.write_bytes(backup)
    for part in ("-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)
    for text in ("other", "rows"):
        world.service.comment(1, ADA, text)
    assert run_mirror(world).rebuilt
    assert mirrored(world) == store_rows(world.store)


def test_numbers_and_moments_survive(world: World) -> None:
    world.run(10, {"A": 0.1 + 0.2, "B": -1e300})
    world.sync(10.000277)
    run_mirror(world)
    rows = mirrored(world)
    assert rows == store_rows(world.store)
    assert any(value == -1e300 for row in rows["incident_event_log"] for value in row)
    assert not any(
        isinstance(value, float) and math.isnan(value)
        for row in rows["incident_log"]
        for value in row
    )


def test_without_its_tables_the_remedy_is_named(store: Store, warehouse: Anywhere) -> None:
    world = World(store, warehouse)
    with pytest.raises(WarehouseError, match=r"no table .*incident_log.* `opsloop run`"):
        run_mirror(world)


def test_a_schema_that_holds_the_store_is_no_place_for_its_mirror(world: World) -> None:
    world.warehouse.execute([("create table store_info (store_id text)", None)])
    with pytest.raises(WarehouseError, match=r"holds the incident store itself.*OPSLOOP_SCHEMA"):
        run_mirror(world)


def test_seq_order_is_kept(world: World) -> None:
    run_mirror(world)
    with world.store.engines.read() as connection:
        last = connection.execute(sa.text("select max(seq) from incident_event_log")).scalar()
    assert mirrored(world)["incident_event_log"][-1][0] == last
    assert hour(9.1).replace(tzinfo=None) in mirrored(world)["incident_log"][0]


LEVELS = {
    "standard": Policy(
        targets={Target.RESOLVE: {"P1": 3600, "P2": 7200}},
        pauses=frozenset({State.SNOOZED}),
        on_reopen=OnReopen.RESTART,
    ),
    "office": Policy(targets={Target.ACKNOWLEDGE: {"P1": 900}}, calendar="weekdays"),
}
WEEKDAYS = Rules("UTC", ((Slot(480, 1020),),) * 5 + ((),) * 2)


def test_what_clocks_go_by_is_mirrored_by_version_and_only_when_it_changed(world: World) -> None:
    def settings(table: str) -> list[Any]:
        with opened(world.warehouse.target) as warehouse:
            rows = warehouse.table(table).to_pylist()
        return sorted(tuple(row.values()) for row in rows)

    run_mirror(world)
    assert settings("service_level_targets") == []
    assert [row[:2] for row in settings("calendar_intervals")] == [(0, "always")]
    days = terms.Horizon(date(2026, 11, 20), date(2026, 11, 24))
    known = {"weekdays": Calendar.from_rules("weekdays", WEEKDAYS, days.first, days.last)}
    body = json.dumps({"calendars": {}, "teams": {"desk": "weekdays"}})
    with world.store.batch(hour(9.2)) as batch:
        version = terms.save_policies(batch.connection, LEVELS, hour(9.2))
        of_days = terms.save_calendars(batch.connection, body, known, days, hour(9.2))
    run_mirror(world)
    assert settings("service_level_targets") == [
        (version, "office", "acknowledge", "P1", 900, "weekdays", True, False, False),
        (version, "standard", "resolve", "P1", 3600, None, False, True, True),
        (version, "standard", "resolve", "P2", 7200, None, False, True, True),
    ]
    assert settings("team_calendars") == [(of_days, "desk", "weekdays")]
    hours = [row[2:] for row in settings("calendar_intervals") if row[1] == "weekdays"]
    assert hours == [
        (one.starts_at.replace(tzinfo=None), one.ends_at.replace(tzinfo=None), one.open_before_s)
        for one in known["weekdays"].intervals
    ]
    world.warehouse.execute([("delete from team_calendars", None)])
    run_mirror(world)
    assert settings("team_calendars") == [], "nothing changed, so nothing is written"
