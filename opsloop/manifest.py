"""Keep dbt's manifest as new as the files it is made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opsloop.errors import DbtFailed
from opsloop.faults import Fault
from opsloop.paths import CONFIG_FILE, Paths
from opsloop.words import one_line
from opsloop.yaml_source import read_yaml

# where dbt looks when dbt_project.yml does not say
_DEFAULT_FOLDERS = {
    "model-paths": ["models"],
    "macro-paths": ["macros"],
    "seed-paths": ["seeds"],
    "snapshot-paths": ["snapshots"],
    "test-paths": ["tests"],
}
_READ_BY_DBT = {".sql", ".yml", ".yaml", ".csv", ".md"}


def is_stale(paths: Paths) -> bool:
    """Return whether the manifest is missing or older than a file or folder that dbt reads."""
    if not paths.manifest.is_file():
        return True
    made_at = paths.manifest.stat().st_mtime
    return any(path.stat().st_mtime > made_at for path in _inputs(paths.project))


def refresh_manifest(paths: Paths) -> None:
    """Run `dbt parse` if the manifest is stale.

    Raises:
        DbtFailed: the project cannot be parsed.
    """
    if is_stale(paths):
        make_manifest(paths)


def make_manifest(paths: Paths) -> None:
    """Run `dbt parse`: one that is fresh may yet name the tables of another warehouse.

    Raises:
        DbtFailed: the project cannot be parsed.
    """
    # dbt takes seconds to import, and a fresh manifest does not need it
    from opsloop.dbt_runner import run_dbt

    result = run_dbt(
        ["parse", "--target-path", str(paths.manifest.parent)], project_dir=paths.project
    )
    if not result.success:
        said = one_line(result.error or "it does not say why")
        raise DbtFailed(f"dbt cannot parse the project: {said}.", "Mend it and try again.")


def _inputs(project: Path) -> Iterator[Path]:
    """Yield the files that dbt reads, and their folders: a deleted file touches its folder."""
    settings = project / "dbt_project.yml"
    source = read_yaml(settings, settings.name)
    given: dict[str, Any] = {} if isinstance(source, Fault) else source.data
    yield settings
    for key, default in _DEFAULT_FOLDERS.items():
        for name in given.get(key, default):
            folder = project / name
            if folder.is_dir():
                yield folder
                yield from (path for path in folder.rglob("*") if _is_input(path))


def _is_input(path: Path) -> bool:
    return path.is_dir() or (path.suffix in _READ_BY_DBT and path.name != CONFIG_FILE)
