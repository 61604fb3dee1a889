"""Judge every monitor's definition without running it.

Columns are read from the SELECT's text (warehouse/select_columns.py). Where the text does not give
them away, the materialization checks them when the monitor runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from opsloop.config import Config, check_config, unknown_monitors
from opsloop.definition import Definition, template_fields
from opsloop.faults import Fault, dotted
from opsloop.manifest import refresh_manifest
from opsloop.monitors import (
    MonitorNode,
    monitor_nodes,
    project_of,
    read_definition,
    read_manifest,
    runbook_path,
)
from opsloop.paths import Paths
from opsloop.types import Kind
from opsloop.warehouse.select_columns import columns_of
from opsloop.words import did_you_mean, listed
from opsloop.yaml_source import read_yaml

# dbt configures these folders under models/; a domain of the same name would inherit it
RESERVED_FOLDERS = ("staging", "marts", "retro")
REQUIRED_COLUMNS = ("entity_id", "occurred_at")
OWN_COLUMNS = (
    "event_id",
    "event_key",
    "episode",
    "first_seen_at",
    "ripened_at",
    "absent_since",
    "last_seen_at",
    "runs_seen",
    "cleared_at",
    "cleared_reason",
    "changed_at",
    "changed_run",
)
_PARAM = re.compile(r"\bparam\(\s*['\"](\w+)['\"]\s*\)")


def check_monitors(project_dir: Path) -> list[Fault]:
    """Return every fault of the settings and of the monitors' definitions.

    Runs `dbt parse` if the manifest is missing or older than the project's files.

    Raises:
        DbtFailed: dbt cannot parse the project.
    """
    from opsloop.service.sync.health import HEALTH_ID  # opsloop's own monitor has no file

    config, faults = check_config(project_dir)
    if config is None:
        return faults
    paths = Paths.of(project_dir)
    refresh_manifest(paths)
    manifest = read_manifest(paths.manifest)
    ids = {HEALTH_ID, *(node.id for node in monitor_nodes(manifest, paths.project))}
    return [
        *unknown_monitors(paths.project, config, ids),
        *check_manifest(manifest, config, paths.project),
    ]


def check_manifest(manifest: Mapping[str, Any], config: Config, project_dir: Path) -> list[Fault]:
    """Return the faults of the monitors in a manifest, by file and line."""
    nodes = monitor_nodes(manifest, project_dir)
    faults = [
        *project_of(nodes, config).faults,
        *_no_monitors(manifest, project_dir),
        *_without_sql(manifest, project_dir),
    ]
    models = _models(manifest)
    for node in nodes:
        definition, _ = read_definition(node)
        faults.extend(_place_faults(node, models))
        if definition is not None:
            faults.extend(_reference_faults(node, definition, models))
            faults.extend(_column_faults(node, definition))
    return sorted(faults, key=lambda fault: (fault.file, fault.line or 0, fault.key))


def _models(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what `ref()` can name, by name."""
    kinds = ("model", "seed", "snapshot")
    return {
        node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] in kinds
    }


def _no_monitors(manifest: Mapping[str, Any], project_dir: Path) -> Iterator[Fault]:
    """Yield a fault for each model that looks like a monitor and is none."""
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["config"]["materialized"] == "monitor":
            continue
        model = MonitorNode(node, project_dir)
        is_placed = _folders(model)[:1] == ("monitors",) and model.name.startswith("mon_")
        if is_placed or model.given is not None:
            what = f"{model.name} is built as a {node['config']['materialized']}, not as a monitor."
            remedy = f"Add it to the folder's YAML under the name {model.name}, with "
            yield Fault(model.file, None, "", what, remedy + "`materialized: monitor`.", model.name)


def _without_sql(manifest: Mapping[str, Any], project_dir: Path) -> Iterator[Fault]:
    """Yield a fault for each monitor in a YAML or an empty file: dbt passes over both."""
    disabled = [node for versions in manifest.get("disabled", {}).values() for node in versions]
    nodes = [*manifest["nodes"].values(), *disabled]
    models = {node["name"] for node in nodes if node["resource_type"] == "model"}
    folder = project_dir / "monitors"
    empty = {path.stem: path for path in folder.rglob("*.sql") if path.stem not in models}
    for stem, path in sorted(empty.items()):
        file = path.relative_to(project_dir).as_posix()
        remedy = "Write the SELECT, or remove the file."
        yield Fault(file, None, "", f"{stem} has no SQL.", remedy, stem)
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        file = path.relative_to(project_dir).as_posix()
        source = read_yaml(path, file)
        if isinstance(source, Fault) or not isinstance(source.data, dict):
            continue  # the settings' own faults are told elsewhere, dbt's by dbt
        for place, model in enumerate(source.data.get("models") or []):
            name = model.get("name") if isinstance(model, dict) else None
            if name in models or name in empty or name is None:
                continue
            key = ("models", place, "name")
            what = f"There is no model {name}.{did_you_mean(str(name), models)}"
            remedy = f"Write {path.parent.relative_to(project_dir).as_posix()}/{name}.sql."
            yield Fault(file, source.line_of(key), dotted(key), what, remedy, str(name))


def _folders(node: MonitorNode) -> tuple[str, ...]:
    return PurePosixPath(node.sql_file).parent.parts


def _place_faults(node: MonitorNode, models: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield what is wrong with where the model stands, what it reads and how it is described."""
    folders = _folders(node)
    if folders[:1] != ("monitors",):
        remedy = "Move it to monitors/<domain>/."
        yield _sql_fault(node, f"{node.name} is a monitor outside monitors/.", remedy)
    elif folders[1:2] and folders[1] in RESERVED_FOLDERS:
        what = f"A domain cannot be named {folders[1]}: it would get that folder's configuration."
        yield _sql_fault(node, what, f"Rename monitors/{folders[1]}/.")
    read = set(node.node["depends_on"]["nodes"])
    for name, model in models.items():
        if model["unique_id"] in read and model["original_file_path"].startswith("models/retro/"):
            what = f"{node.name} reads {name}: a monitor never reads the retro."
            yield _sql_fault(node, what, "The retro is built from what monitors find.")
    if "one row per " not in " ".join(str(node.node["description"]).lower().split()):
        yield node.fault(
            ("description",),
            "The description does not say what a row is.",
            "End it with its grain: `One row per …`.",
            is_blocking=False,
        )


def _sql_fault(node: MonitorNode, what: str, remedy: str) -> Fault:
    return Fault(node.sql_file, None, "", what, remedy, node.name)


def _reference_faults(
    node: MonitorNode, definition: Definition, models: Mapping[str, Mapping[str, Any]]
) -> Iterator[Fault]:
    """Yield what the definition names and the project does not have."""
    runbook = runbook_path(node, definition.runbook)
    if runbook and "://" not in runbook and not (node.project_dir / runbook).is_file():
        beside = PurePosixPath(node.file).parent / runbook
        yield node.fault(
            ("runbook",),
            f"There is no file {runbook}, neither from the project's root nor at {beside}.",
            "Write the runbook, or correct the path.",
            is_blocking=False,
        )
    if definition.population is not None:
        yield from _population_faults(node, definition.population.model, models)
    for name in sorted(set(_PARAM.findall(str(node.node["raw_code"]))) - set(definition.params)):
        what = f"The SQL asks for param('{name}'), which is not there."
        what += did_you_mean(name, definition.params)
        yield node.fault(("params",), what, f"Add `{name}: …` to params.")


def _population_faults(
    node: MonitorNode, name: str, models: Mapping[str, Mapping[str, Any]]
) -> Iterator[Fault]:
    key = ("population", "model")
    if name not in models:
        what = f"There is no model '{name}'.{did_you_mean(name, models)}"
        yield node.fault(key, what, "Name a model of this project.")
    elif models[name]["unique_id"] not in node.node["depends_on"]["nodes"]:
        what = f"{node.sql_file} does not depend on '{name}', so dbt may build it too late."
        remedy = f"Add the line `-- depends_on: {{{{ ref('{name}') }}}}` to it."
        yield node.fault(key, what, remedy)


def _column_faults(node: MonitorNode, definition: Definition) -> Iterator[Fault]:
    """Yield what does not fit the SELECT's columns, if its text tells them."""
    found = columns_of(str(node.node["raw_code"]))
    if found is None:
        return
    columns = [name.lower() for name in found]  # not every engine keeps the case
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            what = f"The SELECT has no column {name}.{did_you_mean(name, columns)}"
            yield _sql_fault(node, what, f"Name the column: `… as {name}`.")
    own = set(OWN_COLUMNS) - ({"event_key"} if definition.kind is Kind.EVENT else set())
    for name in dict.fromkeys(columns):
        if name in own or name.startswith("opsloop_"):
            what = f"The SELECT has a column {name}, which the event table keeps for itself."
            yield _sql_fault(node, what, "Give it another name.")
        if columns.count(name) > 1:
            what = f"The SELECT has the column {name} twice; upper and lower case are the same."
            yield _sql_fault(node, what, "Give one of them another name.")
    yield from _unknown_columns(node, ("title",), template_fields(definition.title), columns)
    yield from _unknown_columns(node, ("group_by",), definition.group_by, columns)
    if "impact" in columns and definition.impact_unit is None:
        what = "The SELECT gives an impact without a unit: figures count it, and cannot sum it."
        yield node.fault(("impact_unit",), what, "Add `impact_unit: EUR`.", is_blocking=False)
    if definition.retro is not None:
        yield from _unknown_columns(node, ("retro", "by"), definition.retro.by, columns)


def _unknown_columns(
    node: MonitorNode, key: tuple[str, ...], names: Iterable[str], columns: list[str]
) -> Iterator[Fault]:
    for name in dict.fromkeys(names):
        if name.lower() not in (*columns, *REQUIRED_COLUMNS):  # those are reported by themselves
            what = f"The SELECT has no column '{name}'.{did_you_mean(name, columns)}"
            yield node.fault(key, what, f"Use {listed(columns)}.")
