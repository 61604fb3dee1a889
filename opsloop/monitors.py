"""The monitors of a project, read from dbt's manifest. Needs no dbt and no warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from opsloop.config import Config
from opsloop.definition import Definition, keys_at
from opsloop.errors import ConfigError, NotFound
from opsloop.faults import Fault, dotted, faults_of
from opsloop.types import Monitor, Relation
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource, read_yaml

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """The monitors of a project.

    `broken` maps the id of each monitor whose definition cannot be used to its model's name: it
    exists, and nothing of it may be taken for gone. `faults` says why.
    """

    monitors: tuple[Monitor, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def by_id(self) -> dict[str, Monitor]:
        """Return the usable monitors by their id."""
        return {monitor.id: monitor for monitor in self.monitors}

    def find(self, name: str) -> Monitor:
        """Return the monitor with this id or model name.

        Raises:
            NotFound: there is none, or its definition is broken.
        """
        for monitor in self.monitors:
            if name in (monitor.id, monitor.name):
                return monitor
        if name in self.broken or name in self.broken.values():
            raise NotFound(f"The definition of {name} is broken.", "Run `opsloop monitors check`.")
        known = [monitor.name for monitor in self.monitors]
        raise NotFound(
            f"There is no monitor {name}.{did_you_mean(name, known)}",
            "`opsloop monitors list` shows all.",
        )


@dataclass(frozen=True, slots=True)
class MonitorNode:
    """A monitor's model in the manifest, before its definition is judged."""

    node: Mapping[str, Any]
    project_dir: Path

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.node["name"])

    @property
    def given(self) -> Any:
        """What stands under `meta.monitor`; None if nothing does."""
        return self.node["config"].get("meta", {}).get("monitor")

    @property
    def id(self) -> str:
        """The monitor's stable id, as far as its definition can be read."""
        given = self.given if isinstance(self.given, dict) else {}
        previously = given.get("previously")
        first = previously[0] if isinstance(previously, list) and previously else None
        return str(given.get("id") or first or self.name)

    @property
    def sql_file(self) -> str:
        """The model's SQL file, from the project's root."""
        return str(self.node["original_file_path"])

    @property
    def file(self) -> str:
        """The file with the definition: the YAML, or the SQL if no YAML names the model."""
        patch = self.node.get("patch_path")
        return str(patch).split("://", 1)[-1] if patch else self.sql_file

    def fault(self, key: KeyPath, what: str, remedy: str, *, is_blocking: bool = True) -> Fault:
        """Return a fault at a key of the definition."""
        line = self._line_in(self._source(), key)
        return Fault(self.file, line, dotted(key), what, remedy, self.name, is_blocking)

    def schema_faults(self, error: ValidationError) -> Iterator[Fault]:
        """Yield what pydantic found in the definition, with the lines of the YAML."""
        source = self._source()
        return faults_of(
            error,
            file=self.file,
            line_of=lambda key: self._line_in(source, key),
            keys_at=keys_at,
            monitor=self.name,
        )

    def _source(self) -> YamlSource | None:
        if not self.file.endswith((".yml", ".yaml")):
            return None
        source = read_yaml(self.project_dir / self.file, self.file)
        return None if isinstance(source, Fault) else source

    def _line_in(self, source: YamlSource | None, key: KeyPath) -> int | None:
        if source is None or not isinstance(source.data, dict):
            return None
        for place, model in enumerate(source.data.get("models") or []):
            if isinstance(model, dict) and model.get("name") == self.name:
                return source.line_of(("models", place, *_yaml_path(model, key)))
        return None


def _yaml_path(model: Mapping[str, Any], key: KeyPath) -> KeyPath:
    if key == ("description",):
        return key
    # `meta` may stand beside `config` too
    return ("meta", "monitor", *key) if "meta" in model else ("config", "meta", "monitor", *key)


def read_manifest(path: Path) -> dict[str, Any]:
    """Return dbt's manifest.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no manifest at {path}.", remedy="Run `dbt parse`, or `opsloop run`."
        ) from None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or "nodes" not in manifest:
        raise ConfigError(f"{path} is not a dbt manifest.", remedy="Run `dbt parse` anew.")
    return manifest


def monitor_nodes(manifest: Mapping[str, Any], project_dir: Path) -> list[MonitorNode]:
    """Return the enabled models that are monitors, by name."""
    found = [
        MonitorNode(node, project_dir)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "monitor"
    ]
    return sorted(found, key=lambda node: node.name)


def load_monitors(manifest: Path, config: Config, project_dir: Path | None = None) -> Project:
    """Return the project's monitors; those with a broken definition are set apart, not raised.

    Args:
        manifest: dbt's manifest.json.
        config: the settings, for the teams.
        project_dir: where the manifest's paths begin; None = two folders above the manifest.

    Raises:
        ConfigError: the manifest is missing or unreadable.
    """
    root = manifest.parent.parent if project_dir is None else project_dir
    nodes = monitor_nodes(read_manifest(manifest), root)
    return project_of(nodes, config)


def project_of(nodes: Iterable[MonitorNode], config: Config) -> Project:
    """Return the monitors of these models, and the faults of those that cannot be used."""
    nodes = list(nodes)
    monitors, faults = [], list(_shared_ids(nodes))
    for node in nodes:
        definition, found = read_definition(node)
        if definition is not None:
            found = list(team_faults(node, definition, config))
            monitors.append(_monitor(node, definition))
        faults.extend(found)
    names = {fault.monitor for fault in faults}
    return Project(
        monitors=tuple(monitor for monitor in monitors if monitor.name not in names),
        broken={node.id: node.name for node in nodes if node.name in names},
        faults=tuple(faults),
    )


def read_definition(node: MonitorNode) -> tuple[Definition | None, list[Fault]]:
    """Return a model's definition, or what is wrong with its keys and values."""
    if node.given is None:
        what = "The monitor has no definition."
        remedy = "Add `config.meta.monitor` with kind, entity, owner, severity and title."
        return None, [node.fault((), what, remedy)]
    try:
        definition = Definition.model_validate(node.given)
    except ValidationError as error:
        return None, list(node.schema_faults(error))
    faults = [node.fault((key,), what, remedy) for key, what, remedy in definition.mismatches()]
    return (None if faults else definition), faults


def team_faults(node: MonitorNode, definition: Definition, config: Config) -> Iterator[Fault]:
    """Yield a fault for each team that the definition names and no settings define."""
    for key, team in (("owner", definition.owner), ("maintainers", definition.maintainers)):
        if team is not None and team not in config.teams:
            yield node.fault(
                (key,),
                f"There is no team '{team}'.{did_you_mean(team, config.teams)}",
                "Define it under `teams` in an opsloop.yml, or name another.",
            )


def _shared_ids(nodes: list[MonitorNode]) -> Iterator[Fault]:
    """Yield a fault for each monitor that shares an id with another or claims its name."""
    names = {node.name for node in nodes}
    first: dict[str, MonitorNode] = {}
    for node in nodes:
        other = first.setdefault(node.id, node)
        if other is not node:
            remedy = "Give one of them an id of its own: events are told apart by it."
            yield node.fault(("id",), f"{other.name} has the id '{node.id}' as well.", remedy)
            yield other.fault(("id",), f"{node.name} has the id '{node.id}' as well.", remedy)
        given = node.given if isinstance(node.given, dict) else {}
        previously = given.get("previously")
        for name in previously if isinstance(previously, list) else ():
            if name in names:
                remedy = "Remove the old model, or the name."
                what = f"'{name}' is still a monitor of this project."
                yield node.fault(("previously",), what, remedy)


def _monitor(node: MonitorNode, definition: Definition) -> Monitor:
    population, bands = definition.population, definition.impact_bands
    place = node.node
    return Monitor(
        id=node.id,
        name=node.name,
        kind=definition.kind,
        entity=definition.entity,
        owner=definition.owner,
        severity=definition.severity,
        title=definition.title,
        relation=Relation(place["schema"], place["alias"], place.get("database")),
        description=" ".join(str(place.get("description") or "").split()),
        file=node.sql_file,
        previously=definition.previously,
        impact_unit=definition.impact_unit,
        group_by=definition.group_by,
        group_title=definition.group_title,
        runbook=runbook_path(node, definition.runbook),
        class_=definition.class_,
        type=definition.type or node.id,
        maintainers=definition.maintainers,
        population_model=population.model if population else None,
        params=definition.params,
        fresh_within=definition.fresh_within,
        reopen_within=definition.reopen_within,
        verify_within=definition.verify_within,
        worse_by=definition.worse_by,
        on_clear=definition.on_clear,
        max_new_incidents=definition.max_new_incidents,
        max_new_incidents_first_run=definition.max_new_incidents_first_run,
        impact_bands=bands.bands() if bands else None,
    )


def runbook_path(node: MonitorNode, runbook: str | None) -> str | None:
    """Return the runbook from the project's root; a path beside the definition is found too."""
    if runbook is None or "://" in runbook:
        return runbook
    beside = Path(node.file).parent / runbook
    return beside.as_posix() if (node.project_dir / beside).is_file() else runbook
