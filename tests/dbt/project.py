"""Small dbt projects that use this repository's macros, written by the tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from opsloop.dbt_runner import DbtResult, run_dbt

from .warehouse import Warehouse

ROOT = Path(__file__).parents[2]

PROJECT = {
    "name": "opsloop",
    "version": "1.0",
    "config-version": 2,
    "profile": "opsloop",
    "model-paths": ["models"],
    "macro-paths": [str(ROOT / "macros")],
    "target-path": "target",
    # no test reads what dbt writes beside its results: a third of a small run
    "flags": {"send_anonymous_usage_stats": False, "write_json": False, "log_level_file": "none"},
    "on-run-start": ["{{ create_system_tables() }}"],
    "on-run-end": ["{{ record_unfinished_runs(results) }}"],
}

SOUND = {
    "kind": "state",
    "entity": "order",
    "owner": "desk",
    "severity": "high",
    "title": "{entity_id} is late",
}


@dataclass(frozen=True)
class Project:
    """A dbt project in a directory of its own, on one warehouse."""

    directory: Path
    warehouse: Warehouse

    @classmethod
    def create(cls, directory: Path, warehouse: Warehouse) -> Project:
        """Write the project's frame."""
        (directory / "models").mkdir(parents=True)
        (directory / "dbt_project.yml").write_text(yaml.safe_dump(PROJECT))
        shutil.copy(ROOT / "profiles.yml", directory)
        return cls(directory, warehouse)

    def write_model(self, name: str, sql: str, **properties: Any) -> None:
        """Write a model and, if there are any, its properties."""
        (self.directory / "models" / f"{name}.sql").write_text(sql)
        if properties:
            self.write_properties(name, {"models": [{"name": name, **properties}]})

    def write_properties(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a YAML file beside the models."""
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        (self.directory / "models" / f"{name}.yml").write_text(text)

    def write_monitor(self, name: str, sql: str, **meta: Any) -> None:
        """Write a monitor; `meta` is its definition."""
        config = {"materialized": "monitor", "meta": {"monitor": meta}}
        self.write_model(name, sql, config=config)

    def remove_model(self, name: str) -> None:
        """Remove a model and its properties."""
        for suffix in (".sql", ".yml"):
            (self.directory / "models" / f"{name}{suffix}").unlink()

    def clear(self) -> None:
        """Remove all models and empty the warehouse."""
        for path in (self.directory / "models").iterdir():
            path.unlink()
        self.warehouse.clear()

    def dbt(self, *args: str, as_of: datetime | str | None = None, **env: str) -> DbtResult:
        """Run a dbt command as of a moment, in a thread of its own.

        dbt looks up the source of every frame that called it, eight times a command: of pytest's
        many and xdist's nameless ones that takes longer than the command. A thread begins anew.
        """
        moment = {"OPSLOOP_AS_OF": str(as_of)} if as_of else {}
        settings = {**self.warehouse.env, **moment, **env}
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(run_dbt, args, project_dir=self.directory, env=settings)
            return done.result()


def messages(result: DbtResult) -> dict[str, str]:
    """Return what dbt said about each node."""
    return {node.name: node.message for node in result.nodes}
