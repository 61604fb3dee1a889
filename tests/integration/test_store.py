"""The store itself: append-only logs, verify, writers side by side, and what a bad file gets."""

from __future__ import annotations

import multiprocessing
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsloop.errors import StoreBusy, StoreError
from opsloop.service import Service, utc_now
from opsloop.store import Store, schema, terms
from opsloop.store import engine as engine_module
from opsloop.store.verify import verify
from opsloop.types import QueueFilter
from tests.integration.event_tables import (
    ADA,
    CONFIG,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    hour,
)


@pytest.fixture
def lived_in(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world in which everything happened that a projection shows."""
    world = World(store, warehouse)
    world.run(9, {"A": 5, "B": Firing(3, "high"), "C": None, "D": None})
    world.sync(9.1)
    world.clock = hour(9.5)
    world.service.take(1, ADA)
    world.service.escalate(1, ADA, to_kind="team", to_id="care", text="?")
    world.service.answer(1, ADA, text="!")
    world.service.escalate(2, ADA, to_kind="team", to_id="care", text="?")
    world.service.mute(ADA, entity_id="E", until=hour(30), reason="known")
    world.service.resolve(3, ADA, code="fixed")
    world.run(10, {"A": 50, "B": Firing(3, "critical"), "C": None, "E": None})
    world.sync(10.1)
    return world


@pytest.mark.parametrize("log", ["incident_log", "incident_event_log"])
@pytest.mark.parametrize("statement", ["update {} set batch_id = 'x'", "delete from {}"])
def test_the_logs_are_append_only(lived_in: World, log: str, statement: str) -> None:
    with (
        pytest.raises(StoreError, match="The log is append-only"),
        lived_in.store.engines.write() as connection,
    ):
        connection.execute(sa.text(statement.format(log)))


def test_verify_counts_what_it_compared(lived_in: World) -> None:
    verified = lived_in.store.verify()
    assert verified.ok
    assert (verified.incidents, verified.events) == (4, 5)
    assert verified.log_rows == lived_in.store.last_seq()


TAMPERED = {
    "update incidents set state = 'closed' where incident_id = 1": "incident 1: state",
    "update incidents set events_firing = 7 where incident_id = 1": "say",
    "update incidents set impact = null where entity_id = 'A'": ": impact",
    "update incidents set touched_at = null where incident_id = 1": "incident 1: touched_at",
    "delete from incidents where incident_id = 2": "incident 2 is in the log but not in incidents",
    "update incidents set incident_id = 99 where incident_id = 4": "incident 99 has no log",
    "update events set firing = false where entity_id = 'A'": "firing is False",
    "update events set incident_id = 99 where entity_id = 'A'": "incident_id is 99",
    "update events set is_lost = true where entity_id = 'A'": "is_lost is True",
    "delete from events where entity_id = 'E'": "is in the log but not in events",
    "delete from claims where incident_id = 1": "is held by no incident",
    "update claims set incident_id = 2 where incident_id = 1": "held without reason by incident 2",
    "update claims set group_key = 'x' where incident_id = 1": "key x of",
    "update escalations set asked_by = 'x' where incident_id = 2": "escalation",
    "update escalations set answered_by = 'x' where incident_id = 1": "escalation",
    "update escalations set answered_at = null where incident_id = 1": "escalation",
    "delete from escalations where incident_id = 2": "escalation",
}


def test_verify_detects_tampering_with_each_projection(lived_in: World) -> None:
    for statement, expected in TAMPERED.items():
        faults = _faults_after(lived_in.store, statement)
        assert any(expected in fault for fault in faults), (statement, faults)


def _faults_after(store: Store, statement: str, max_faults: int = 100) -> tuple[str, ...]:
    with store.engines.writer.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text(statement))
        faults = verify(connection, partial(terms.load, connection), max_faults).faults
        transaction.rollback()
    return faults


def test_verify_stops_listing_at_a_limit(lived_in: World) -> None:
    faults = _faults_after(lived_in.store, "update incidents set team = 'x'", max_faults=2)
    assert len(faults) == 3
    assert "stopped after 2" in faults[-1]


def _comment_many(url: str, name: str, count: int) -> None:
    with Store.open(url) as store:
        service = Service(store, CONFIG, utc_now)
        for number in range(count):
            service.comment(1, ADA, f"{name} {number}")


def test_writers_side_by_side_lose_nothing(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse)
    world.run(9, ["A"])
    world.sync(9.1)
    context = multiprocessing.get_context("spawn")
    url = store.engines.url.render_as_string(hide_password=False)
    writers = [context.Process(target=_comment_many, args=(url, f"w{n}", 12)) for n in range(3)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while any(writer.is_alive() for writer in writers):
        with store.engines.read() as connection:  # what a mirror does: everything after a cursor
            after = seen[-1] if seen else 0
            rows = connection.execute(
                sa.text("select seq from incident_log where seq > :after order by seq"),
                {"after": after},
            )
            seen.extend(rows.scalars())
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    detail = store.detail(1)
    assert detail.incident.version == 37
    assert len({row.text for row in detail.log}) == 37
    with store.engines.read() as connection:
        everything = list(connection.execute(sa.text("select seq from incident_log")).scalars())
    # seq order is commit order: nothing appeared behind what had been read
    assert set(seen) <= set(everything)
    assert [seq for seq in sorted(everything) if seq <= seen[-1]] == seen


def test_a_reader_sees_one_state_throughout(store: Store) -> None:
    with store.engines.read() as connection:
        before = connection.execute(sa.text("select count(*) from mutes")).scalar()
        Service(store, CONFIG).mute(
            ADA, entity_id="A", until=datetime(2100, 1, 1, tzinfo=UTC), reason="x"
        )
        assert connection.execute(sa.text("select count(*) from mutes")).scalar() == before


def test_settings_are_kept_once_per_version(store: Store) -> None:
    first = store.save_config("a", "{}", hour(1))
    assert store.save_config("a", "{}", hour(2)) == first
    assert store.save_config("b", "{}", hour(3)) != first


def test_a_store_has_one_identity(store: Store) -> None:
    store_id, lineage = store.identity()
    assert len(store_id) == len(lineage) == 32
    assert store.identity() == (store_id, lineage)


def test_hostile_texts_are_found_and_returned_as_they_are(
    store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    world = World(store, warehouse)
    nasty = "<img src=x onerror=alert(1)> 'é🦆'; drop table events; -- \u202e\u200b" + "y" * 10_000
    world.run(9, {"A' or 1=1 --": Firing(note=nasty)})
    world.sync(9.1)
    detail = store.detail(1)
    assert detail.events[0].evidence["note"] == nasty
    assert detail.incident.entity_id == "A' or 1=1 --"
    assert store.count(QueueFilter(search="or 1=1")) == 1
    assert store.count(QueueFilter(search="%")) == 0


# ---- what a bad store gets


def test_a_missing_store_says_how_to_make_one(store_url: str) -> None:
    with pytest.raises(StoreError, match=r"There is no incident store .* `opsloop store upgrade`"):
        Store.open(store_url)
    with Store.open(store_url, create=True) as store:
        assert store.last_seq() == 0
    with Store.open(store_url, create=True) as store:
        assert store.verify().ok


def test_a_newer_store_is_refused(store: Store) -> None:
    with store.engines.write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    url = store.engines.url.render_as_string(hide_password=False)
    for open_it in (Store.open, Store.upgrade):
        with pytest.raises(StoreError, match=r"schema 9999, which is newer .* Update opsloop"):
            open_it(url)
    with store.engines.write() as connection:
        connection.execute(
            sa.text("update alembic_version set version_num = :head"), {"head": schema.HEAD}
        )


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not answer"):
        Store.open(f"postgresql+psycopg://x@/x?host={tmp_path}", create=True)


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url"])
def test_an_url_of_another_kind(url: str) -> None:
    with pytest.raises(StoreError, match="Use sqlite:///"):
        Store.open(url)


@pytest.fixture
def file(state_dir: Path) -> Path:
    Store.open(f"sqlite:///{state_dir}/incidents.db", create=True).close()
    return state_dir / "incidents.db"


def test_a_file_that_is_no_database(file: Path) -> None:
    file.write_bytes(b"these are notes, not a database " * 100)
    for open_it in (Store.open, Store.upgrade):
        with pytest.raises(StoreError, match="not an opsloop store"):
            open_it(f"sqlite:///{file}")


def test_a_corrupt_file(file: Path) -> None:
    contents = bytearray(file.read_bytes())
    contents[4096:] = b"\xff" * (len(contents) - 4096)
    file.write_bytes(contents)
    with pytest.raises(StoreError, match=r"corrupt|not an opsloop store") as caught:
        Store.open(f"sqlite:///{file}").verify()
    assert "\n" not in str(caught.value)


def test_a_database_of_another_program_is_left_alone(state_dir: Path) -> None:
    path = state_dir / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table theirs (a)")
    for open_it in (lambda url: Store.open(url, create=True), Store.upgrade):
        with pytest.raises(StoreError, match="a database of another program"):
            open_it(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("theirs",)]


def test_an_empty_file_becomes_a_store(state_dir: Path) -> None:
    path = state_dir / "incidents.db"
    path.touch()
    with Store.open(f"sqlite:///{path}", create=True) as store:
        assert store.verify().ok


def test_a_folder_in_its_place(state_dir: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(f"sqlite:///{state_dir}", create=True)


def test_a_locked_store_says_so_after_the_wait(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "WRITE_WAIT_S", 0.1)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("begin immediate")
    with (
        Store.open(f"sqlite:///{file}") as store,
        pytest.raises(StoreBusy, match="locked by another program"),
        store.batch(hour(9)),
    ):
        pass
    holder.execute("rollback")
    with Store.open(f"sqlite:///{file}") as store, store.batch(hour(9)):
        pass


def _hold_write_lock(url: str, holds: Any, done: Any) -> None:
    with Store.open(url) as store, store.engines.write():
        holds.set()
        done.wait(60)


def test_a_writer_that_hangs_is_named_as_the_cause(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "WRITE_WAIT_S", 1.0)
    context = multiprocessing.get_context("spawn")
    holds, done = context.Event(), context.Event()
    url = store.engines.url.render_as_string(hide_password=False)
    holder = context.Process(target=_hold_write_lock, args=(url, holds, done))
    holder.start()
    assert holds.wait(30)
    with pytest.raises(StoreBusy, match="locked by another process"), store.batch(hour(9)):
        pass
    done.set()
    holder.join()


def test_only_one_process_syncs(store: Store) -> None:
    with store.sync_lock(0) as ours:
        assert ours
        with Store.open(store.engines.url.render_as_string(hide_password=False)) as other:
            with other.sync_lock(0.05) as theirs:
                assert not theirs
            with other.batch(hour(9)):  # a failed wait for the lock leaves no time-out behind
                pass
    with store.sync_lock(0) as again:
        assert again
