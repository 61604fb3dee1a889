"""Where a project keeps its files. Everything can be moved by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opsloop.errors import ConfigError

CONFIG_FILE = "opsloop.yml"


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one project. Relative settings count from the project's root, as dbt has it."""

    project: Path
    home: Path
    warehouse: Path
    store_url: str
    serving: Path
    manifest: Path

    @classmethod
    def of(cls, project_dir: Path, env: Mapping[str, str] | None = None) -> Paths:
        """Return the places of the project at `project_dir`.

        Args:
            project_dir: the project's root.
            env: the environment; None = this process's.
        """
        env = os.environ if env is None else env
        project = project_dir.resolve()
        home = project / (env.get("OPSLOOP_HOME") or "var")
        return cls(
            project=project,
            home=home,
            warehouse=project / (env.get("OPSLOOP_WAREHOUSE") or home / "warehouse.duckdb"),
            store_url=env.get("OPSLOOP_STORE_URL") or f"sqlite:///{home / 'incidents.db'}",
            serving=home / "serving",
            manifest=project / (env.get("DBT_TARGET_PATH") or "target") / "manifest.json",
        )


def find_project(start: Path, env: Mapping[str, str] | None = None) -> Path:
    """Return the root of the project around `start`, or the one OPSLOOP_PROJECT_DIR names.

    Raises:
        ConfigError: no folder from `start` upwards holds an opsloop.yml.
    """
    env = os.environ if env is None else env
    if named := env.get("OPSLOOP_PROJECT_DIR"):
        start = Path(named).resolve()
        candidates = [start]
    else:
        start = start.resolve()
        candidates = [start, *start.parents]
    for folder in candidates:
        # a domain's own opsloop.yml is no project: the project's stands beside dbt_project.yml
        if (folder / CONFIG_FILE).is_file() and (folder / "dbt_project.yml").is_file():
            return folder
    raise ConfigError(
        f"There is no opsloop project in {start}"
        + (" (OPSLOOP_PROJECT_DIR)." if named else " or above it."),
        remedy="Go to a folder that has dbt_project.yml and opsloop.yml, or set "
        "OPSLOOP_PROJECT_DIR to it.",
    )
