"""A store moved to another place, backed up while in use, and restored as a new life of it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from copy import copy as shallow_copy
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from opsloop.cli.progress import Silent
from opsloop.config import Config
from opsloop.config.calendars import CalendarSettings
from opsloop.errors import StoreError
from opsloop.service.mirror import mirror
from opsloop.service.settings import apply_settings
from opsloop.store import Store, copying
from opsloop.store.backup import KEPT, SKIPPED, backup, restore
from opsloop.store.copying import Copied, copy
from opsloop.store.engine import Engines
from opsloop.store.tables import metadata
from opsloop.types import QueueFilter
from opsloop.warehouse import opened
from tests.integration import test_clocks_in_store
from tests.integration.cli_project import Run
from tests.integration.event_tables import (
    ADA,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    hour,
)
from tests.integration.killing import (
    backup_and_die,
    copy_and_die,
    restore_and_die,
    run_in_child,
)
from tests.integration.mirrored import mirror_tables, store_rows

QUIET = Silent()
Rows = dict[str, list[tuple[Any, ...]]]


RESTING = (2025, 2027, 2028, 2029, 2030)
# open on the Mondays of one month, since each test copies every interval
RARELY = CalendarSettings.model_validate(
    {
        "time_zone": "UTC",
        "hours": {"mon": ["08:00-12:00", "13:00-17:00"]},
        "closed": [
            {"from": "2026-01-01", "to": "2026-03-01"},
            {"from": "2026-04-01", "to": "2026-12-31"},
            *({"from": f"{year}-01-01", "to": f"{year}-12-31"} for year in RESTING),
        ],
    }
)


def settings(**changes: Any) -> Config:
    """Return settings with clocks, by a calendar of few intervals."""
    return test_clocks_in_store.settings(calendars={"office": RARELY}, **changes)


class Lived(NamedTuple):
    """A world that has lived, closed, and where its store is: both to be copied."""

    place: str
    world: World


def live(store: Store, folder: Path) -> World:
    """Return a world with clocks, texts, mutes, absences and versions of settings."""
    world = World(store, DuckDBFile(folder / "warehouse.duckdb"))
    world.config = settings()
    apply_settings(store, world.config, hour(8))
    world.run(9, {"A": 0.1 + 0.2, "é🦆": Firing(-1e300, "high"), "C": None, "D": None})
    world.sync(9.000277)
    world.clock = hour(9.5)
    service = world.service
    service.take(1, ADA)
    service.comment(1, ADA, "line one\nline two: 🦆 \N{COMBINING ACUTE ACCENT}")
    service.escalate(1, ADA, to_kind="team", to_id="care", text="?")
    service.wait(2, ADA, kind="supplier", on="Acme", reason="a part", follow_up_at=hour(30))
    service.link(1, ADA, other=2)
    service.mute(ADA, entity_id="E", until=hour(30), reason="known")
    service.go_away(ADA, "bo.larsen", until=hour(40), reason="leave")
    service.resolve(3, ADA, code="fixed")
    world.config = settings(standard={"targets": {"resolve": {"P3": {"hours": 5}}}})
    apply_settings(store, world.config, hour(10))
    world.run(10, {"A": 50, "é🦆": Firing(3, "critical"), "C": None, "E": None})
    world.sync(10.1)
    return world


@pytest.fixture(scope="module")
def lived_on_sqlite(empty_store_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Return a world that has lived, its store in a file."""
    folder = tmp_path_factory.mktemp("lived")
    shutil.copy(empty_store_file, folder)
    with Store.open(f"sqlite:///{folder}/{empty_store_file.name}") as store:
        world = live(store, folder)
    return Lived(str(folder / empty_store_file.name), world)


@pytest.fixture(scope="module")
def lived_on_postgres(
    postgres_url: Callable[..., str],
    empty_store_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Lived:
    """Return a world that has lived, its store in a database."""
    folder = tmp_path_factory.mktemp("lived")
    url = on_psycopg(postgres_url(empty_store_database))
    with Store.open(url) as store:
        world = live(store, folder)
    return Lived(str(store.engines.url.database), world)


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[World]:
    """Yield a world that has lived; after the test its store must still say what its logs say."""
    lived: Lived = request.getfixturevalue(f"lived_on_{request.param}")
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(lived.place, state_dir)}"
    else:
        url = on_psycopg(request.getfixturevalue("postgres_url")(lived.place))
    with Store.open(url) as store:
        world = shallow_copy(lived.world)
        world.store = store
        world.warehouse = DuckDBFile(Path(shutil.copy(lived.world.warehouse.path, state_dir)))
        world.tables = deepcopy(lived.world.tables)
        yield world
        assert store.verify().faults == ()


# one on Postgres is never replaced
in_a_file = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def a_backup(lived_on_sqlite: Lived, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sound backup, to be copied."""
    file = tmp_path_factory.mktemp("backup") / "b.db"
    with Store.open(f"sqlite:///{lived_on_sqlite.place}") as store:
        backup(store.engines, file, QUIET)
    return file


def on_psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgres"])
def target_url(request: pytest.FixtureRequest, state_dir: Path) -> str:
    """Return the URL of an empty place, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{state_dir}/new/copy.db"
    return on_psycopg(request.getfixturevalue("postgres_url")())


@pytest.fixture
def other_url(world: World, request: pytest.FixtureRequest, state_dir: Path) -> str:
    """Return the URL of an empty place of the other kind than the world's store."""
    if world.store.engines.is_sqlite:
        return on_psycopg(request.getfixturevalue("postgres_url")())
    return f"sqlite:///{state_dir}/new/copy.db"


def contents(store: Store) -> Rows:
    """Return every row of every table, in the order of their keys."""
    with store.engines.read() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def copied(store: Store, url: str) -> Copied:
    target = Engines(url)
    try:
        return copy(store.engines, target, QUIET)
    finally:
        target.dispose()


def restored(url: str, file: Path, **how: Any) -> Any:
    target = Engines(url)
    try:
        return restore(target, file, QUIET, **how)
    finally:
        target.dispose()


def numbers(store: Store) -> list[int]:
    found = store.queue(QueueFilter(states=None, limit=1000))
    return sorted(item.incident.incident_id for item in found)


def test_a_copy_is_the_same_store(
    world: World, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGE", 3)
    before = contents(world.store)
    empty = {name for name, rows in before.items() if not rows}
    assert not empty & {"clocks", "texts", "mutes", "absences", "policies", "calendar_intervals"}
    found = copied(world.store, target_url)
    assert found.tables == {name: len(rows) for name, rows in before.items()}
    assert (found.verified.incidents, found.left_behind) == (len(numbers(world.store)), 0)
    with Store.open(target_url) as there:
        assert contents(there) == before
        assert there.identity() == world.store.identity()


def test_a_copy_lives_on(world: World, other_url: str) -> None:
    """Numbers go on where they were, on whatever the database numbers by itself too."""
    last = world.store.last_seq()
    [(mute, _)] = world.store.mutes()
    copied(world.store, other_url)
    original, known = world.store, numbers(world.store)
    with Store.open(other_url) as there:
        world.store = there
        world.run(11, {"A": 50, "new": 1})
        world.sync(11.1)
        world.service.mute(ADA, entity_id="F", until=hour(30), reason="known too")
        assert numbers(there) == [*known, max(known) + 1]
        assert there.last_seq() > last
        assert mute.mute_id + 1 in [one.mute_id for one, _ in there.mutes()]
        assert there.verify().faults == ()
    world.store = original


def test_the_copys_logs_are_append_only(world: World, other_url: str) -> None:
    copied(world.store, other_url)
    with Store.open(other_url) as there:
        for log in ("incident_log", "incident_event_log"):
            for statement in (f"update {log} set batch_id = 'x'", f"delete from {log}"):
                with (
                    pytest.raises(StoreError, match="append-only"),
                    there.engines.write() as connection,
                ):
                    connection.execute(sa.text(statement))


def test_there_and_back(world: World, other_url: str, state_dir: Path) -> None:
    copied(world.store, other_url)
    with Store.open(other_url) as there:
        copied(there, f"sqlite:///{state_dir}/back.db")
    with Store.open(f"sqlite:///{state_dir}/back.db") as back:
        assert contents(back) == contents(world.store)


def test_a_store_is_no_target(store: Store, target_url: str) -> None:
    Store.upgrade(target_url)
    with Store.open(target_url) as there:
        before = contents(there)
        with pytest.raises(StoreError, match=r"is not empty: it holds \d+ tables"):
            copied(store, target_url)
        assert contents(there) == before


def test_another_programs_file_is_no_target(store: Store, state_dir: Path) -> None:
    with sqlite3.connect(state_dir / "theirs.db") as connection:
        connection.execute("create table ledger (amount)")
    before = (state_dir / "theirs.db").read_bytes()
    with pytest.raises(StoreError, match="holds 1 table, among them ledger"):
        copied(store, f"sqlite:///{state_dir}/theirs.db")
    (state_dir / "text.db").write_text("some text " * 500)
    with pytest.raises(StoreError, match="not an opsloop store"):
        copied(store, f"sqlite:///{state_dir}/text.db")
    with pytest.raises(StoreError, match="in memory"):
        copied(store, "sqlite://")
    with pytest.raises(StoreError, match="There can be no folder"):
        copied(store, f"sqlite:///{state_dir}/text.db/copy.db")
    assert (state_dir / "theirs.db").read_bytes() == before


def test_a_store_beside_a_warehouses_tables(store: Store, postgres_url: Callable[..., str]) -> None:
    database = PostgresDatabase(postgres_url())
    database.execute([("create table orders (order_id text)", None)])
    copied(store, on_psycopg(database.url))


def test_what_comes_while_it_is_copied_is_counted(
    world: World, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = copying._checked

    def commented(*given: Any) -> Any:
        world.service.comment(1, ADA, "too late")
        return checked(*given)

    monkeypatch.setattr(copying, "_checked", commented)
    last = world.store.last_seq()
    assert copied(world.store, other_url).left_behind == 1
    with Store.open(other_url) as there:
        assert there.last_seq() == last


def test_a_copy_that_is_not_whole_is_not_kept(
    world: World, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = copying.bulk.insert

    def lossy(connection: Any, table: Any, columns: Any, rows: Any) -> None:
        lost = table.name == "texts"
        insert(connection, table, columns, [(*row[:1], "", None) if lost else row for row in rows])

    with monkeypatch.context() as patched:
        patched.setattr(copying.bulk, "insert", lossy)
        with pytest.raises(StoreError, match="The copy's texts is not what was read"):
            copied(world.store, other_url)
    with pytest.raises(StoreError, match="There is no incident store"):
        Store.open(other_url)
    copied(world.store, other_url)


def test_a_store_at_odds_with_its_log_is_not_copied(world: World, other_url: str) -> None:
    with world.store.engines.write() as connection:
        connection.execute(sa.text("update incidents set team = 'x' where incident_id = 1"))
    with pytest.raises(StoreError, match="differ in 1 place: incident 1: team is 'x'"):
        copied(world.store, other_url)
    with pytest.raises(StoreError, match="There is no incident store"):
        Store.open(other_url)
    with world.store.engines.write() as connection:
        connection.execute(sa.text("update incidents set team = 'shipping' where incident_id = 1"))


@pytest.mark.parametrize("where", ["incident_log", "Comparing"])
def test_a_kill_leaves_the_target_empty(world: World, other_url: str, where: str) -> None:
    source = world.store.engines.url.render_as_string(hide_password=False)
    assert run_in_child(partial(copy_and_die, source, other_url, where), Path())
    with pytest.raises(StoreError, match="There is no incident store"):
        Store.open(other_url)
    copied(world.store, other_url)
    with Store.open(other_url) as there:
        assert contents(there) == contents(world.store)


def test_a_backup_is_one_file_with_everything(world: World, state_dir: Path) -> None:
    folder = state_dir / "backups"
    folder.mkdir()
    size = backup(world.store.engines, folder / "b.db", QUIET)
    assert [one.name for one in folder.iterdir()] == ["b.db"]
    assert (folder / "b.db").stat().st_size == size
    with Store.open(f"sqlite:///{folder}/b.db") as there:
        assert contents(there) == contents(world.store)
        assert there.verify().ok


def test_a_backup_keeps_nothing_of_what_was_redacted(world: World, state_dir: Path) -> None:
    world.service.comment(1, ADA, "call Ada at 555-0199 " * 1000)
    with world.store.engines.write() as connection:
        connection.execute(sa.text("update texts set body = null where body like '%555-0199%'"))
    backup(world.store.engines, state_dir / "b.db", QUIET)
    assert b"555-0199" not in (state_dir / "b.db").read_bytes()


def test_a_backup_overwrites_only_by_force(world: World, state_dir: Path) -> None:
    (state_dir / "b.db").write_text("precious")
    with pytest.raises(StoreError, match="is there already"):
        backup(world.store.engines, state_dir / "b.db", QUIET)
    assert (state_dir / "b.db").read_text() == "precious"
    backup(world.store.engines, state_dir / "b.db", QUIET, force=True)
    with Store.open(f"sqlite:///{state_dir}/b.db") as there:
        assert there.identity() == world.store.identity()
    with pytest.raises(StoreError, match="There is no folder"):
        backup(world.store.engines, state_dir / "nowhere" / "b.db", QUIET)
    with pytest.raises(StoreError, match="is a folder"):
        backup(world.store.engines, state_dir, QUIET, force=True)
    for part in ("", "-wal"):
        if path := world.store.engines.path:
            with pytest.raises(StoreError, match="is the store itself"):
                backup(world.store.engines, Path(f"{path}{part}"), QUIET, force=True)


def test_a_backup_while_others_write(world: World, state_dir: Path) -> None:
    """Each backup is a state that the store had: whole, and never older than the one before."""
    written, over = 0, threading.Event()

    def write() -> None:
        nonlocal written
        while not over.is_set():
            world.service.comment(1, ADA, "again")
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        places = []
        for number in range(3):
            backup(world.store.engines, state_dir / f"{number}.db", QUIET)
            with Store.open(f"sqlite:///{state_dir}/{number}.db") as there:
                assert there.verify().faults == ()
                places.append(there.last_seq())
    finally:
        over.set()
        writer.join()
    assert written > 0
    assert places == sorted(places)


def test_a_restored_store_gives_no_number_twice(world: World, state_dir: Path) -> None:
    url = world.store.engines.url.render_as_string(hide_password=False)
    backup(world.store.engines, state_dir / "b.db", QUIET)
    last = max(numbers(world.store))
    world.run(11, {"A": 50, "X": 1, "Y": 1})
    world.sync(11.1)
    lost = numbers(world.store)
    store_id, lineage = world.store.identity()
    versions = world.store.versions()
    if world.store.engines.is_sqlite:
        found = restored(url, state_dir / "b.db", force=True)
        assert found.kept == state_dir / f"incidents.db{KEPT}"
        with Store.open(f"sqlite:///{found.kept}") as kept:
            assert (numbers(kept), kept.identity()) == (lost, (store_id, lineage))
    else:
        with pytest.raises(StoreError, match="is not empty"):
            restored(url, state_dir / "b.db", force=True)
        url = f"sqlite:///{state_dir}/restored.db"
        assert restored(url, state_dir / "b.db").kept is None
    with Store.open(url) as there:
        assert there.identity()[0] == store_id
        assert there.identity()[1] != lineage
        assert max(numbers(there)) == last
        world.store, original = there, world.store
        world.run(12, {"A": 50, "Z": 1})
        world.sync(12.1)
        assert min(set(numbers(there)) - set(range(last + 1))) == last + SKIPPED + 1
        world.config = settings(standard={"targets": {"resolve": {"P3": {"hours": 7}}}})
        assert versions is not None
        after = apply_settings(there, world.config, hour(13))
        assert after.policy_version > versions.policy_version + SKIPPED
        world.store = original


@in_a_file
def test_a_restore_into_an_empty_place(world: World, target_url: str, state_dir: Path) -> None:
    backup(world.store.engines, state_dir / "b.db", QUIET)
    found = restored(target_url, state_dir / "b.db")
    assert found.next_incident == max(numbers(world.store)) + SKIPPED + 1
    before = contents(world.store)
    with Store.open(target_url) as there:
        after = contents(there)
        assert there.identity() == (world.store.identity()[0], found.lineage)
        assert there.verify().ok
    for changed in ("store_info", "counters"):
        assert before.pop(changed) != after.pop(changed)
    assert before == after
    assert not list(state_dir.glob(".*"))


@in_a_file
def test_more_numbers_than_are_skipped(world: World, state_dir: Path) -> None:
    """The store that is replaced knows how far it had come."""
    backup(world.store.engines, state_dir / "b.db", QUIET)
    with world.store.engines.write() as connection:
        connection.execute(sa.text("update counters set value = 70000"))
    found = restore(world.store.engines, state_dir / "b.db", QUIET, force=True)
    assert found.next_incident == 70_001


@in_a_file
def test_who_has_the_store_open_sees_the_restored_one(world: World, state_dir: Path) -> None:
    backup(world.store.engines, state_dir / "b.db", QUIET)
    known = numbers(world.store)
    world.run(11, {"A": 50, "X": 1})
    world.sync(11.1)
    with world.store.engines.read() as reading:
        many = reading.execute(sa.text("select count(*) from incidents")).scalar_one()
        restored(str(world.store.engines.url), state_dir / "b.db", force=True)
        again = reading.execute(sa.text("select count(*) from incidents")).scalar_one()
        assert many == again == len(known) + 1  # one state throughout a transaction
    assert numbers(world.store) == known
    world.service.comment(1, ADA, "and on it goes")


@in_a_file
def test_the_mirror_rebuilds_itself(world: World, state_dir: Path) -> None:
    world.warehouse.execute([(statement, None) for statement in mirror_tables()])
    backup(world.store.engines, state_dir / "b.db", QUIET)
    world.service.comment(1, ADA, "lost")
    with opened(world.warehouse.target, read_only=False) as warehouse:
        mirror(world.store, warehouse)
        restore(world.store.engines, state_dir / "b.db", QUIET, force=True)
        world.service.comment(1, ADA, "another")
        found = mirror(world.store, warehouse)
    assert found.rebuilt
    assert found.rows == sum(map(len, store_rows(world.store).values()))


def test_a_store_in_the_way_is_not_replaced_in_passing(world: World, state_dir: Path) -> None:
    url = world.store.engines.url.render_as_string(hide_password=False)
    backup(world.store.engines, state_dir / "b.db", QUIET)
    before = contents(world.store)
    with pytest.raises(StoreError, match=r"a store at .* already|is not empty"):
        restored(url, state_dir / "b.db")
    with pytest.raises(StoreError, match="There is no backup"):
        restored(url, state_dir / "none.db", force=True)
    if path := world.store.engines.path:
        with pytest.raises(StoreError, match="is the present store"):
            restored(url, path, force=True)
        path.with_name(path.name + KEPT).write_text("from before")
        with pytest.raises(StoreError, match="from an earlier restore"):
            restored(url, state_dir / "b.db", force=True)
    assert contents(world.store) == before


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[20 * 4096 : 60 * 4096] = b"\x5a" * 40 * 4096
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 30 * 4096])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("create table ledger (amount)")


def tampered(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("update incidents set team = 'x'")


def from_the_future(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("update alembic_version set version_num = '9999'")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "corrupt|damaged"),
        (cut, "corrupt|damaged"),
        (emptied, "holds no incident store"),
        (foreign, "of another program"),
        (tampered, "its log differ: incident 1: team"),
        (from_the_future, "newer than this opsloop"),
    ],
)
def test_what_is_no_sound_backup_replaces_nothing(
    a_backup: Path,
    empty_store_file: Path,
    state_dir: Path,
    spoil: Callable[[Path], None],
    said: str,
) -> None:
    spoil(Path(shutil.copy(a_backup, state_dir)))
    (state_dir / "place").mkdir()
    place = f"sqlite:///{shutil.copy(empty_store_file, state_dir / 'place')}"
    with Store.open(place) as there:
        before = contents(there)
        with pytest.raises(StoreError, match=f"cannot be restored: .*({said}).* Nothing was"):
            restored(place, state_dir / "b.db", force=True)
        assert contents(there) == before
    assert not (state_dir / "place" / f"incidents.db{KEPT}").exists()


def test_a_corrupt_store_is_moved_aside_with_all_that_belongs_to_it(
    a_backup: Path, state_dir: Path
) -> None:
    place = state_dir / "place" / "incidents.db"
    place.parent.mkdir()
    place.write_text("no database at all " * 500)
    place.with_name("incidents.db-wal").write_text("its changes")
    restored(f"sqlite:///{place}", a_backup, force=True)
    assert place.with_name(f"incidents.db{KEPT}").read_text().startswith("no database")
    assert place.with_name(f"incidents.db{KEPT}-wal").read_text() == "its changes"
    with Store.open(f"sqlite:///{place}") as there:
        assert there.verify().ok
        assert numbers(there)


@in_a_file
def test_a_kill_while_restoring_leaves_the_store_before(world: World, state_dir: Path) -> None:
    path = world.store.engines.path
    assert path is not None
    backup(world.store.engines, state_dir / "b.db", QUIET)
    world.service.comment(1, ADA, "after the backup")
    before = contents(world.store)
    assert run_in_child(partial(restore_and_die, state_dir / "b.db"), path)
    assert contents(world.store) == before
    with Store.open(f"sqlite:///{path}{KEPT}") as kept:
        assert contents(kept) == before
    assert len(list(state_dir.glob(".incidents.db-*"))) == 1
    restored(f"sqlite:///{path}", state_dir / "b.db", force=True)  # what was kept is no obstacle
    assert list(state_dir.glob(".*")) == []
    with Store.open(f"sqlite:///{path}{KEPT}") as kept:
        assert contents(kept) == before
    with pytest.raises(StoreError, match="from an earlier restore"):
        restored(f"sqlite:///{path}", state_dir / "b.db", force=True)


@in_a_file
def test_a_killed_backup_leaves_nothing_for_long(world: World, state_dir: Path) -> None:
    """Its folder stays until the next backup; that of one at work is left alone."""
    folder = state_dir / "backups"
    (folder / ".b.db-another").mkdir(parents=True)  # not ours to judge
    source = str(world.store.engines.url)
    for _ in range(2):
        assert run_in_child(partial(backup_and_die, source), folder / "b.db")
        assert len(list(folder.iterdir())) == 2
    backup(world.store.engines, folder / "b.db", QUIET)
    assert sorted(one.name for one in folder.iterdir()) == [".b.db-another", "b.db"]


def test_the_commands(run: Run, project: Path) -> None:
    wrote = run("store", "backup", "b.db", "--json")
    assert (wrote.code, wrote.json["file"]) == (0, "b.db")
    assert run("store", "backup", "b.db").code == 1
    moved = run("store", "copy", "--to", "sqlite:///copy.db", "--json")
    assert (moved.code, moved.json["tables"]["incidents"], moved.json["left_behind"]) == (0, 3, 0)
    again = run("store", "copy", "--to", "sqlite:///copy.db")
    assert (again.code, "is not empty" in again.err) == (1, True)
    refused = run("store", "restore", "b.db")
    assert (refused.code, "--force" in refused.err) == (1, True)
    back = run("store", "restore", "b.db", "--force", "--json")
    assert (back.code, back.json["next_incident"]) == (0, 10_004)
    assert back.json["kept"].endswith(KEPT)
    assert run("store", "verify").code == 0
    assert "Restored" not in run("store", "restore", "none.db", "--force").out
    assert "Copied" in run("store", "copy", "--to", "sqlite:///copy2.db").out
    assert "Wrote b2.db" in run("store", "backup", "b2.db").out
