"""Fixtures of the command line's tests, and of those of improvements and imports."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsloop.cli import main
from opsloop.service import Service
from opsloop.store import Store
from tests.integration.cli_project import NASTY, SETTINGS, Ran, Run, open_incident
from tests.integration.event_tables import ROLES
from tests.integration.imported import Desk, desk_on_sqlite
from tests.integration.improving import Clock


@pytest.fixture(scope="session")
def three_incidents(empty_store_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with three incidents that tests copy, which is faster than making one."""
    file = tmp_path_factory.mktemp("three") / "incidents.db"
    shutil.copy(empty_store_file, file)
    with Store.open(f"sqlite:///{file}") as store:
        open_incident(store, "mon_late_orders", "7", "Order 7 is late", "shipping", "high")
        open_incident(store, "mon_late_orders", "8", NASTY, "shipping", "critical")
        open_incident(store, "mon_bad_reviews", "9", "Review", "care", "low")
    return file


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, three_incidents: Path) -> Path:
    """Make a project with three incidents and go there."""
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (tmp_path / "opsloop.yml").write_text(SETTINGS)
    for name in ("OPSLOOP_HOME", "OPSLOOP_STORE_URL", "OPSLOOP_PROJECT_DIR", "OPSLOOP_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPSLOOP_USER", "mo.bauer")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    shutil.copy(three_incidents, tmp_path / "var")
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the project."""

    def run_command(*args: str) -> Ran:
        code = main(list(args))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_command


@pytest.fixture
def clock() -> Clock:
    """Return a clock at the start of an improvement."""
    return Clock()


@pytest.fixture
def service(store: Store, clock: Clock) -> Service:
    """Return the use cases at that clock, with roles in force."""
    return Service(store, ROLES, clock)


@pytest.fixture
def desk(empty_store_file: Path, state_dir: Path) -> Iterator[Desk]:
    """Return a desk on SQLite; what depends on the kind of store makes one of its own."""
    with desk_on_sqlite(empty_store_file, state_dir) as desk:
        yield desk
