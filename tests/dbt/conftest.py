"""Fixtures of the tests with dbt: every one of them runs on DuckDB and on Postgres."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from opsloop.warehouse.serving import ServingCopy

from .periods import publish
from .project import Project
from .retro_build import Retro, built_of_a_random_log, built_of_nothing
from .scenario import Played, play
from .warehouse import DuckDbWarehouse, PostgresWarehouse, Warehouse

NewWarehouse = Callable[[], Warehouse]


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def new_warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewWarehouse:
    """Return a function that makes a fresh warehouse on one engine."""
    if request.param == "postgres":
        new_database = request.getfixturevalue("postgres_url")
        return lambda: PostgresWarehouse(new_database())
    return lambda: DuckDbWarehouse(tmp_path_factory.mktemp("duckdb") / "warehouse.duckdb")


@pytest.fixture(scope="session")
def new_project(
    new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Project]:
    """Return a function that makes an empty project on a fresh warehouse."""

    def create() -> Project:
        directory: Path = tmp_path_factory.mktemp("project") / "dbt"
        return Project.create(directory, new_warehouse())

    return create


@pytest.fixture(scope="session")
def played(new_project: Callable[[], Project]) -> Played:
    """Play all scenarios once on this engine."""
    return play(new_project())


@pytest.fixture(scope="session")
def empty(new_project: Callable[[], Project]) -> Project:
    """Build the retro of a project in which nothing ever happened, unit tests included."""
    return built_of_nothing(new_project())


@pytest.fixture(scope="session")
def retro(empty: Project, new_project: Callable[[], Project]) -> Retro:
    """Build the retro of a random log, once the unit tests have passed."""
    return built_of_a_random_log(new_project())


@pytest.fixture(scope="session")
def copy(retro: Retro, tmp_path_factory: pytest.TempPathFactory) -> ServingCopy:
    """Publish what figures of a period are counted from."""
    return publish(retro, tmp_path_factory.mktemp("serving"))
