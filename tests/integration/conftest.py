"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.cli import main
from opsloop.store import Store
from tests.integration.cli_project import NASTY, SETTINGS, Ran, Run, open_incident


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with three incidents and go there."""
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (tmp_path / "opsloop.yml").write_text(SETTINGS)
    for name in ("OPSLOOP_HOME", "OPSLOOP_STORE_URL", "OPSLOOP_PROJECT_DIR", "OPSLOOP_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPSLOOP_USER", "mo.bauer")
    monkeypatch.chdir(tmp_path)
    with Store.open(f"sqlite:///{tmp_path}/var/incidents.db", create=True) as store:
        open_incident(store, "mon_late_orders", "7", "Order 7 is late", "shipping", "high")
        open_incident(store, "mon_late_orders", "8", NASTY, "shipping", "critical")
        open_incident(store, "mon_bad_reviews", "9", "Review", "care", "low")
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the project."""

    def run_command(*args: str) -> Ran:
        code = main(list(args))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_command
