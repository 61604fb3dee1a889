"""Where a project keeps its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.errors import ConfigError
from opsloop.paths import Paths, find_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("opsloop.yml", "dbt_project.yml", "monitors/shop/opsloop.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_defaults(project: Path) -> None:
    paths = Paths.of(project, {})
    assert paths.home == project / "var"
    assert paths.warehouse == project / "var/warehouse.duckdb"
    assert paths.store_url == f"sqlite:///{project}/var/incidents.db"
    assert paths.serving == project / "var/serving"
    assert paths.manifest == project / "target/manifest.json"


def test_everything_can_be_moved(project: Path) -> None:
    env = {
        "OPSLOOP_HOME": "/srv/state",
        "OPSLOOP_WAREHOUSE": "lake/w.duckdb",
        "OPSLOOP_STORE_URL": "postgresql+psycopg://desk@db/opsloop",
        "DBT_TARGET_PATH": "/tmp/target",
    }
    paths = Paths.of(project, env)
    assert paths.home == Path("/srv/state")
    assert paths.serving == Path("/srv/state/serving")
    assert paths.warehouse == project / "lake/w.duckdb"
    assert paths.store_url == env["OPSLOOP_STORE_URL"]
    assert paths.manifest == Path("/tmp/target/manifest.json")


def test_a_relative_home_counts_from_the_project(project: Path) -> None:
    assert Paths.of(project, {"OPSLOOP_HOME": "state"}).home == project / "state"


def test_the_project_is_found_from_within(project: Path) -> None:
    assert find_project(project, {}) == find_project(project / "monitors/shop", {}) == project


def test_the_project_can_be_named(project: Path) -> None:
    assert find_project(Path("/"), {"OPSLOOP_PROJECT_DIR": str(project)}) == project


def test_no_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with pytest.raises(ConfigError, match="or above it"):
        find_project(elsewhere, {})
    with pytest.raises(ConfigError, match="OPSLOOP_PROJECT_DIR"):
        find_project(project, {"OPSLOOP_PROJECT_DIR": str(elsewhere)})
