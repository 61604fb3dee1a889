"""The dbt profile, read without dbt (importing it takes seconds): where the warehouse is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsloop.errors import WarehouseError


@dataclass(frozen=True, slots=True)
class Target:
    """One output of a dbt profile."""

    name: str
    type: str
    schema: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    project_dir: Path = Path()

    @property
    def duckdb_path(self) -> Path:
        """The DuckDB file; relative paths are relative to the project."""
        return self.project_dir / str(self.settings.get("path", ""))


def read_target(project_dir: Path, env: Mapping[str, str] | None = None) -> Target:
    """Return the output that dbt would use.

    Looks where dbt looks: DBT_PROFILES_DIR, the project, ~/.dbt. Renders `env_var()` as dbt does.

    Raises:
        WarehouseError: there is no profile, it cannot be read, or names no such target.
    """
    env = os.environ if env is None else env
    project_file = project_dir / "dbt_project.yml"
    profile_name = env.get("DBT_PROFILE") or _rendered(
        _yaml(project_file).get("profile"), env, project_file
    )
    path = _profiles_file(project_dir, env)
    profile = _yaml(path).get(profile_name)
    if not isinstance(profile, dict):
        raise WarehouseError(
            f"{path} has no profile {profile_name!r}.", "Name it in dbt_project.yml as it is there."
        )
    name = env.get("DBT_TARGET") or _rendered(profile.get("target", "default"), env, path)
    outputs = profile.get("outputs") or {}
    if not isinstance(outputs.get(name), dict):
        known = ", ".join(outputs) or "none"
        raise WarehouseError(
            f"{path} has no target {name!r} in profile {profile_name!r}.", f"Targets: {known}."
        )
    # only the output in use: another may need variables that are not set
    output = _rendered(outputs[name], env, path)
    return Target(
        str(name), str(output.get("type")), output.get("schema", "main"), output, project_dir
    )


def _profiles_file(project_dir: Path, env: Mapping[str, str]) -> Path:
    folders = [Path(env["DBT_PROFILES_DIR"])] if env.get("DBT_PROFILES_DIR") else []
    for folder in (*folders, project_dir, Path.home() / ".dbt"):
        if (folder / "profiles.yml").is_file():
            return folder / "profiles.yml"
    raise WarehouseError(
        "There is no profiles.yml.", "Keep one beside dbt_project.yml, or set DBT_PROFILES_DIR."
    )


def _yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file as it stands."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe").load(path.read_text())
    except FileNotFoundError as error:
        raise WarehouseError(
            f"There is no {path.name} in {path.parent}.", "Run opsloop from the project's root."
        ) from error
    except YAMLError as error:
        raise WarehouseError(f"{path} is not YAML: {error}.") from error
    return data if isinstance(data, dict) else {}


def _rendered(value: Any, env: Mapping[str, str], path: Path) -> Any:
    """Fill in the Jinja expressions of a value, over the environment alone."""
    if isinstance(value, dict):
        return {key: _rendered(inner, env, path) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rendered(inner, env, path) for inner in value]
    if not (isinstance(value, str) and "{{" in value):
        return value
    from jinja2 import Environment, TemplateError

    def env_var(name: str, default: str | None = None) -> str:
        if name in env:
            return env[name]
        if default is None:
            raise WarehouseError(
                f"{path} needs the environment variable {name}.", "Set it and try again."
            )
        return default

    environment = Environment()
    environment.filters.update(as_number=str, as_bool=str, as_native=str)  # dbt's own
    try:
        return environment.from_string(value).render(env_var=env_var)
    except TemplateError as error:
        raise WarehouseError(f"{path}: {value!r} cannot be rendered: {error}.") from error
