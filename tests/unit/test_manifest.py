"""When dbt has to parse the project again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsloop.manifest import is_stale
from opsloop.paths import Paths

NOW = 1_800_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project whose manifest is newer than everything else."""
    files = {
        "dbt_project.yml": "model-paths: [models, monitors]\n",
        "models/a.sql": "select 1",
        "monitors/shop/b.sql": "select 2",
        "monitors/shop/opsloop.yml": "teams: {}",
        "macros/c.sql": "",
        "target/manifest.json": "{}",
        "var/warehouse.duckdb": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in [tmp_path, *tmp_path.rglob("*")]:
        touch(path, NOW - 10)
    touch(tmp_path / "target/manifest.json", NOW)
    return tmp_path


def touch(path: Path, at: int) -> None:
    os.utime(path, (at, at))


def stale(project: Path, **env: str) -> bool:
    return is_stale(Paths.of(project, env))


def test_nothing_changed(project: Path) -> None:
    assert not stale(project)


@pytest.mark.parametrize(
    "name", ["dbt_project.yml", "models/a.sql", "monitors/shop/b.sql", "macros/c.sql"]
)
def test_a_file_that_dbt_reads_is_newer(project: Path, name: str) -> None:
    touch(project / name, NOW + 1)
    assert stale(project)


@pytest.mark.parametrize("name", ["monitors/shop/opsloop.yml", "var/warehouse.duckdb"])
def test_a_file_that_dbt_does_not_read_is_newer(project: Path, name: str) -> None:
    touch(project / name, NOW + 1)
    assert not stale(project)


def test_a_file_was_deleted(project: Path) -> None:
    (project / "monitors/shop/b.sql").unlink()
    touch(project / "monitors/shop", NOW + 1)  # as the file system does
    assert stale(project)


def test_no_manifest(project: Path) -> None:
    assert stale(project, DBT_TARGET_PATH="elsewhere")
