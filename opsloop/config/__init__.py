"""The project's settings: opsloop.yml and the files it includes, validated as a whole.

Every fault of every file is reported at once, each with its file, line, key and remedy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import Field, ValidationError

from opsloop.config.calendars import CalendarMap, unknown_calendar
from opsloop.config.files import DomainSettings, ProjectSettings, Team, keys_of
from opsloop.config.inhibition import Inhibitions
from opsloop.config.maintenance import Maintenance
from opsloop.config.persons import PersonFigures
from opsloop.config.priorities import PriorityMatrix, priority_faults
from opsloop.config.rates import RateSettings, rate_faults
from opsloop.config.roles import RoleSettings, role_faults
from opsloop.config.routing import Routing, monitor_faults, routing_faults, team_faults
from opsloop.config.schema import Strict, nothing_is_empty
from opsloop.config.service_levels import (
    ServiceLevelMap,
    service_level_faults,
    unknown_service_level,
)
from opsloop.config.suppressions import suppression_faults, suppression_monitor_faults
from opsloop.errors import ConfigError
from opsloop.faults import Fault, dotted, faults_of
from opsloop.paths import CONFIG_FILE
from opsloop.priority import completed, priority_of
from opsloop.roles import Chart, Role, Staff
from opsloop.routing import Rule
from opsloop.suppression import Inhibition, Window
from opsloop.types import ImpactBands, Priority, Severity
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource, read_yaml

__all__ = ["Config", "Team", "check_config", "load_config", "unknown_monitors"]


class Config(Strict):
    """The settings of a project, merged from all files and validated.

    `people` is everybody named anywhere: leads, members, and those listed by themselves.
    """

    teams: dict[str, Team]
    maintainers: str
    people: frozenset[str]
    priorities: PriorityMatrix = Field(default_factory=lambda: completed({}))
    resolution_codes: tuple[str, ...] = ()
    calendars: CalendarMap = Field(default_factory=dict)
    service_levels: ServiceLevelMap = Field(default_factory=dict)
    default_service_level: str | None = None
    routing: Routing = ()
    maintenance: Maintenance = ()
    inhibitions: Inhibitions = ()
    rates: RateSettings | None = None
    roles: RoleSettings | None = None
    person_figures: PersonFigures | None = None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some values changed; what was derived of the old ones is dropped."""
        copied = super().model_copy(update=update, deep=deep)
        for name, value in vars(type(self)).items():
            if isinstance(value, cached_property):
                copied.__dict__.pop(name, None)
        return copied

    def team_of(self, person: str) -> str | None:
        """Return the team that `person` is a member of, else the first that they lead."""
        by_name = sorted(self.teams.values(), key=lambda team: team.name)
        for team in by_name:
            if person in team.members:
                return team.name
        return next((team.name for team in by_name if team.lead == person), None)

    def priority_of(
        self, severity: Severity, impact: float | None = None, bands: ImpactBands | None = None
    ) -> Priority:
        """Return the priority of an incident: its worst event's severity × its impact.

        Args:
            impact: the incident's; None = unknown.
            bands: its monitor's.
        """
        return priority_of(self.priorities, severity, impact, bands)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The routing rules, in their order."""
        return tuple(rule.rule() for rule in self.routing)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The maintenance windows."""
        return tuple(window.window() for window in self.maintenance)

    @cached_property
    def inhibition_rules(self) -> tuple[Inhibition, ...]:
        """Which monitor's open incidents silence which others."""
        return tuple(one.inhibition() for one in self.inhibitions)

    @cached_property
    def chart(self) -> Chart:
        """Who is who, and what each role may do."""
        teams = {team.name: Staff(team.lead, team.members) for team in self.teams.values()}
        maintainers = teams.get(self.maintainers, Staff()).having(Role.MEMBER)
        named = self.roles.admins if self.roles else ()
        needs = self.roles.all_needs() if self.roles else None
        return Chart(self.people, teams, frozenset((*named, *maintainers)), needs)

    def as_json(self) -> str:
        """Return the settings as JSON, the same text for the same settings."""
        body = self.model_dump(mode="json") | {"people": sorted(self.people)}
        return json.dumps(body, sort_keys=True, ensure_ascii=False)

    @cached_property
    def checksum(self) -> str:
        """A fingerprint of the settings: moves when they do, not with comments or order."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


Settings = TypeVar("Settings", bound=DomainSettings)


def load_config(project_dir: Path) -> Config:
    """Return the project's settings.

    Raises:
        ConfigError: anything in any of its files is wrong; `faults` lists all of it.
    """
    config, faults = check_config(project_dir)
    if config is None:
        count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigError(f"The settings have {count}:", [str(fault) for fault in faults])
    return config


def check_config(project_dir: Path) -> tuple[Config | None, list[Fault]]:
    """Return the project's settings and their faults; None for settings that have any."""
    path = project_dir / CONFIG_FILE
    if not path.is_file():
        remedy = f"Create {CONFIG_FILE} with `teams:` and a team named `maintainers`."
        return None, [Fault(CONFIG_FILE, None, "", "The file does not exist.", remedy)]
    faults: list[Fault] = []
    root, source = _read(path, CONFIG_FILE, ProjectSettings, faults)
    parts: list[tuple[YamlSource, DomainSettings]] = []
    if root is not None and source is not None:
        parts.append((source, root))
    # a broken root does not hide the faults of the domains
    for included in _included(project_dir, (root or ProjectSettings()).include):
        name = included.relative_to(project_dir).as_posix()
        domain, domain_source = _read(included, name, DomainSettings, faults)
        if domain is not None and domain_source is not None:
            parts.append((domain_source, domain))
    faults.extend(_twice(parts))
    faults.extend(_double_members(parts))
    if faults or root is None or source is None:
        return None, faults
    config = _config(root, parts)
    # only now: what is named may be missing because its file is broken
    faults.extend(_missing_maintainers(root, source, config.teams))
    faults.extend(_missing_references(root, source, parts, config))
    return (None, faults) if faults else (config, [])


def unknown_monitors(
    project_dir: Path, config: Config, monitors: Collection[str]
) -> Iterator[Fault]:
    """Yield a fault for each monitor that the settings name and the project does not have.

    Args:
        monitors: the ids of all monitors, broken ones and opsloop's own among them.
    """
    source = read_yaml(project_dir / CONFIG_FILE, CONFIG_FILE)
    if isinstance(source, Fault):  # it was read a moment ago
        return
    windows, inhibitions = config.maintenance, config.inhibitions
    for fault in (
        *monitor_faults(source, config.routing, monitors),
        *suppression_monitor_faults(source, windows, inhibitions, monitors),
    ):
        yield replace(fault, is_blocking=False)  # every monitor can run


def _read(
    path: Path, name: str, schema: type[Settings], faults: list[Fault]
) -> tuple[Settings | None, YamlSource | None]:
    """Return a file's settings and its text; what is wrong with it goes to `faults`."""
    source = read_yaml(path, name)
    if isinstance(source, Fault):
        faults.append(source)
        return None, None

    def keys_at(place: tuple[str | int, ...]) -> list[str]:
        return keys_of(schema, place)

    try:
        return schema.model_validate(nothing_is_empty(source.data)), source
    except ValidationError as error:
        faults.extend(faults_of(error, file=name, line_of=source.line_of, keys_at=keys_at))
        return None, source


def _included(project_dir: Path, globs: Iterable[str]) -> list[Path]:
    root = project_dir / CONFIG_FILE
    found = {path for glob in globs for path in project_dir.glob(glob) if path.is_file()}
    return sorted(found - {root})


def _twice(parts: list[tuple[YamlSource, DomainSettings]]) -> Iterator[Fault]:
    """Yield a fault for each team, calendar or service level that two files define."""
    files: dict[tuple[str, str], str] = {}
    for source, settings in parts:
        for key, one in (
            ("teams", "team"),
            ("calendars", "calendar"),
            ("service_levels", "service level"),
        ):
            for name in getattr(settings, key):
                first = files.setdefault((key, name), source.file)
                if first != source.file:
                    what = f"The {one} '{name}' is already defined in {first}."
                    line = source.line_of((key, name))
                    remedy = "Keep one, or rename one."
                    yield Fault(source.file, line, f"{key}.{name}", what, remedy)


def _double_members(parts: list[tuple[YamlSource, DomainSettings]]) -> Iterator[Fault]:
    """Yield a fault for each person who is a member of two teams: load is counted per team."""
    home: dict[str, str] = {}
    for source, settings in parts:
        for name, team in settings.teams.items():
            for place, person in enumerate(team.members):
                if home.setdefault(person, name) == name:
                    continue
                path = ("teams", name, "members", place)
                yield Fault(
                    source.file,
                    source.line_of(path),
                    dotted(path),
                    f"'{person}' is already a member of '{home[person]}'.",
                    "A person is a member of one team and may lead several: keep one.",
                )


def _missing_maintainers(
    root: ProjectSettings, source: YamlSource, teams: Mapping[str, Team]
) -> Iterator[Fault]:
    if root.maintainers in teams:
        return
    yield Fault(
        source.file,
        source.line_of(("maintainers",)),
        "maintainers",
        f"There is no team '{root.maintainers}' to look after the monitors themselves."
        + did_you_mean(root.maintainers, teams),
        "Define it under `teams`, or name another team here.",
    )


def _missing_references(
    root: ProjectSettings,
    source: YamlSource,
    parts: list[tuple[YamlSource, DomainSettings]],
    config: Config,
) -> Iterator[Fault]:
    """Yield what the files name and no file defines."""
    for file, settings in parts:
        for name, team in settings.teams.items():
            path = ("teams", name, "calendar")
            yield from unknown_calendar(file, path, team.calendar, config.calendars)
        yield from team_faults(file, settings.teams)
        yield from service_level_faults(
            file,
            settings.service_levels,
            config.calendars,
            teams=config.teams,
            people=config.people,
        )
    yield from priority_faults(source, root.priorities)
    yield from routing_faults(
        source,
        root.routing,
        teams=config.teams,
        service_levels=config.service_levels,
        calendars=config.calendars,
    )
    yield from suppression_faults(source, root.maintenance, root.inhibitions)
    yield from role_faults(source, root.roles, people=config.people, admins=config.chart.admins)
    yield from rate_faults(source, root.rates, frozenset(config.teams))
    yield from unknown_service_level(
        source, ("default_service_level",), root.default_service_level, config.service_levels
    )


def _config(root: ProjectSettings, parts: list[tuple[YamlSource, DomainSettings]]) -> Config:
    people = {person for _, settings in parts for person in settings.people}
    teams, calendars, service_levels = {}, {}, {}
    for _, settings in parts:
        calendars.update(settings.calendars)
        service_levels.update(settings.service_levels)
        for name, team in settings.teams.items():
            teams[name] = Team(name=name, **team.model_dump())
            people.update(team.members, [team.lead] if team.lead else [])
    return Config(
        teams=teams,
        maintainers=root.maintainers,
        people=frozenset(people),
        priorities=completed(root.priorities),
        resolution_codes=root.resolution_codes,
        calendars=calendars,
        service_levels=service_levels,
        default_service_level=root.default_service_level,
        routing=root.routing,
        maintenance=root.maintenance,
        inhibitions=root.inhibitions,
        rates=root.rates,
        person_figures=root.person_figures,
        roles=root.roles,
    )
