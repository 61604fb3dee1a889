"""The demo starts over with its own state, and touches no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
import pytest

from opsloop.demo.places import StoreFile
from opsloop.demo.state import DemoState
from opsloop.errors import OpsloopError, Refused, StoreBusy
from opsloop.paths import Paths
from opsloop.store import Store
from opsloop.types import Action, Actor, ActorKind, Change, State

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PERSON = Actor(ActorKind.PERSON, "ada.moreno", "app")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoState:
    for name in ("OPSLOOP_TARGET", "OPSLOOP_WAREHOUSE", "OPSLOOP_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPSLOOP_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return DemoState.of(Paths.of(ROOT))


def file_of(state: DemoState) -> Path:
    """Return the file of the demo's store."""
    assert isinstance(state.store, StoreFile)
    return state.store.file


@pytest.fixture
def store(state: DemoState) -> Iterator[Store]:
    with Store.open(state.store_url, create=True) as store:
        yield store


def finished(state: DemoState, store: Store) -> None:
    state.note(
        {"status": "finished", "store_id": store.identity()[0], "seq": store.last_seq()},
    )


def open_incident(store: Store) -> None:
    with store.batch(NOW) as batch:
        [number] = batch.new_incident_ids(1)
        after = {"state": State.NEW, "opened_at": NOW}
        batch.open(number, Change(Action.OPENED, NOW, after, text="a title"), PERSON)


def test_an_empty_place_is_taken(state: DemoState) -> None:
    state.start_over(even_if_used=False)
    assert json.loads(state.marker.read_text()) == {"status": "unfinished"}


def test_its_own_state_is_removed(state: DemoState, store: Store) -> None:
    finished(state, store)
    store.close()
    duckdb.connect(str(state.warehouse)).close()
    state.serving.mkdir()
    (state.serving / "current").write_text("a.duckdb")
    state.start_over(even_if_used=False)
    assert sorted(path.name for path in state.home.iterdir()) == ["demo.json"]


@pytest.mark.parametrize("content", [b"", b"half", b"SQLite format 3\0 and no more"])
def test_what_a_stopped_demo_left_is_removed(state: DemoState, content: bytes) -> None:
    state.note({"status": "unfinished"})
    file_of(state).write_bytes(content)
    state.warehouse.write_bytes(content)
    state.start_over(even_if_used=False)
    assert not file_of(state).exists()
    assert not state.warehouse.exists()


def test_somebody_elses_store_is_refused(state: DemoState, store: Store) -> None:
    open_incident(store)
    store.close()
    with pytest.raises(Refused, match=r"is not the demo's.*OPSLOOP_HOME"):
        state.start_over(even_if_used=True)
    assert file_of(state).exists()


def test_a_store_put_in_the_demos_place_is_refused(state: DemoState, store: Store) -> None:
    state.note({"status": "finished", "store_id": "another", "seq": 0})
    store.close()
    with pytest.raises(Refused, match="is not the demo's"):
        state.start_over(even_if_used=True)


def test_work_done_since_is_kept_unless_asked_for(state: DemoState, store: Store) -> None:
    finished(state, store)
    open_incident(store)
    store.close()
    with pytest.raises(Refused, match=r"1 change since.*--replace"):
        state.start_over(even_if_used=False)
    assert file_of(state).exists()
    state.start_over(even_if_used=True)
    assert not file_of(state).exists()


def test_a_store_that_is_open_is_refused(state: DemoState, store: Store) -> None:
    finished(state, store)
    assert store.last_seq() == 0  # connected
    with pytest.raises(StoreBusy, match=r"has the store .* open"):
        state.start_over(even_if_used=False)
    assert file_of(state).exists()


def test_somebody_elses_warehouse_is_refused(state: DemoState) -> None:
    with duckdb.connect(str(state.warehouse)) as connection:
        connection.execute("create table orders as select 1 as order_id")
    with pytest.raises(Refused, match="data that is not the demo's"):
        state.start_over(even_if_used=False)


def test_an_empty_warehouse_is_taken(state: DemoState) -> None:
    """`dbt build` on a fresh clone leaves one."""
    with duckdb.connect(str(state.warehouse)) as connection:
        connection.execute("create table monitor_runs (monitor_id text)")
    state.start_over(even_if_used=False)
    assert not state.warehouse.exists()


def test_one_demo_at_a_time(state: DemoState) -> None:
    with (
        state.only_one(),
        pytest.raises(StoreBusy, match="Another demo is at work"),
        state.only_one(),
    ):
        pass


def test_a_warehouse_on_a_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSLOOP_TARGET", "postgres")
    with pytest.raises(OpsloopError, match="Unset OPSLOOP_TARGET"):
        DemoState.of(Paths.of(ROOT))


@pytest.fixture
def database(
    state: DemoState, postgres_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Let the demo's store be on a server, in a database that holds another table as well."""
    url = postgres_url()
    with psycopg.connect(url) as connection:
        connection.execute("create table orders as select 7 as order_id")
    store_url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    monkeypatch.setenv("OPSLOOP_STORE_URL", store_url)
    return url


def test_a_store_on_a_server_is_its_own_too(state: DemoState, database: str) -> None:
    """It is made, known again, and removed with all of it; another table beside it stays."""
    there = DemoState.of(Paths.of(ROOT))
    there.start_over(even_if_used=False)
    for _ in range(2):
        with Store.open(there.store_url, create=True) as store:
            open_incident(store)
            finished(there, store)
        there.start_over(even_if_used=False)
        assert not Store.exists(there.store_url)
    with psycopg.connect(database) as connection:
        names = "select table_name from information_schema.tables where table_schema = 'public'"
        assert connection.execute(names).fetchall() == [("orders",)]
        functions = "select count(*) from pg_proc where proname like '%append_only%'"
        assert connection.execute(functions).fetchone() == (0,)


def test_somebody_elses_store_on_a_server_is_refused(state: DemoState, database: str) -> None:
    there = DemoState.of(Paths.of(ROOT))
    with Store.open(there.store_url, create=True) as store:
        with pytest.raises(Refused, match="is not the demo's"):
            there.start_over(even_if_used=False)
        finished(there, store)
        open_incident(store)
        with pytest.raises(Refused, match="has 1 change since"):
            there.start_over(even_if_used=False)
        assert store.last_seq() == 1
