"""Scenarios: what a monitor's input looks like at each run, and what became of it.

All scenarios of a session are played together, one `dbt build` per step and engine, since what dbt
does around a monitor takes longer than the monitor. A test looks at the snapshots of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from .project import SOUND, Project
from .warehouse import Row, Warehouse

START = datetime(2024, 3, 1, 6)  # noqa: DTZ001  the warehouse's times are UTC without a zone
COLUMNS = {"entity_id": "text", "occurred_at": "timestamp", "minutes": "integer"}
SCENARIOS: list[Scenario] = []


def at(step: int) -> datetime:
    """Return the as_of of a step: an hour apart."""
    return START + timedelta(hours=step)


@dataclass(frozen=True)
class Step:
    """The input of one run; what is None stays as it was."""

    rows: Sequence[Mapping[str, Any]] = ()
    columns: Mapping[str, str] = field(default_factory=lambda: COLUMNS)
    sql: str | None = None
    meta: Mapping[str, Any] | None = None
    population: int | None = None
    loaded_at: datetime | None = None


@dataclass(frozen=True)
class Scenario:
    """A monitor and the steps of its input."""

    name: str
    steps: Sequence[Step]
    sql: str
    meta: Mapping[str, Any]


def scenario(
    name: str, *steps: Step, sql: str | None = None, meta: Mapping[str, Any] | None = None
) -> Scenario:
    """Register a scenario; without SQL its monitor selects its input as it is."""
    if any(existing.name == name for existing in SCENARIOS):
        raise ValueError(f"two scenarios are called {name}")
    default = "select * from {{ target.schema }}.raw_" + name
    made = Scenario(name, steps, sql or default, {**SOUND, **(meta or {})})
    SCENARIOS.append(made)
    return made


def firing(*entities: str | tuple[str, int] | Mapping[str, Any], **step: Any) -> Step:
    """Return a step in which these entities fire: an id, (id, minutes), or a row."""
    rows = []
    for entity in entities:
        if isinstance(entity, Mapping):
            row: dict[str, Any] = dict(entity)
        else:
            name, minutes = entity if isinstance(entity, tuple) else (entity, 10)
            row = {"entity_id": name, "minutes": minutes}
        rows.append({"occurred_at": START, **row})
    return Step(rows=rows, **step)


@dataclass(frozen=True)
class Snapshot:
    """A monitor's tables after one step."""

    events: list[Row]
    runs: list[Row]
    rejects: list[Row]
    seen: dict[str, Row]

    @property
    def run(self) -> Row:
        """Return the last run."""
        return self.runs[-1]

    def event(self, entity_id: str, episode: int = 1) -> Row:
        """Return the one event of an entity's episode."""
        (found,) = (
            row
            for row in self.events
            if row["entity_id"] == entity_id and row["episode"] == episode
        )
        return found

    @property
    def open(self) -> set[str]:
        """Return the entities that fire."""
        return {row["entity_id"] for row in self.events if row["cleared_at"] is None}


@dataclass(frozen=True)
class Played:
    """Every scenario's snapshots, by step."""

    engine: str
    warehouse: Warehouse
    snapshots: Mapping[str, Sequence[Snapshot]]

    def __call__(self, scenario: Scenario) -> Sequence[Snapshot]:
        return self.snapshots[scenario.name]


def play(project: Project) -> Played:
    """Play all registered scenarios, a build per step."""
    snapshots: dict[str, list[Snapshot]] = {scenario.name: [] for scenario in SCENARIOS}
    for number in range(max(len(scenario.steps) for scenario in SCENARIOS)):
        current = [scenario for scenario in SCENARIOS if number < len(scenario.steps)]
        statements: list[str] = []
        for scenario in current:
            step = scenario.steps[number]
            _write_files(project, scenario, step)
            statements += _input_statements(scenario, step)
        project.warehouse.execute(statements)
        selected = " ".join(f"+{scenario.name}" for scenario in current)
        project.dbt("build", "--select", selected, as_of=at(number))
        for scenario in current:
            snapshots[scenario.name].append(_snapshot(project.warehouse, scenario))
    return Played(project.warehouse.engine, project.warehouse, snapshots)


def _write_files(project: Project, scenario: Scenario, step: Step) -> None:
    sql = step.sql or scenario.sql
    if "population" in scenario.meta:
        population = scenario.meta["population"]["model"]
        project.write_model(population, "select * from {{ target.schema }}.raw_" + population)
        sql = f"-- depends_on: {{{{ ref('{population}') }}}}\n{sql}"
    project.write_monitor(scenario.name, sql, **{**scenario.meta, **(step.meta or {})})


def _input_statements(scenario: Scenario, step: Step) -> list[str]:
    statements = _table_statements(f"raw_{scenario.name}", step.columns, step.rows)
    if step.population is not None:
        rows = [{"id": n, "loaded_at": step.loaded_at or START} for n in range(step.population)]
        name = f"raw_{scenario.meta['population']['model']}"
        # views of the population stand on this table: it is emptied, not dropped
        statements.append(f"create table if not exists {name} (id integer, loaded_at timestamp)")
        statements += [f"delete from {name}", *_inserts(name, rows)]
    return statements


def _table_statements(
    name: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    definition = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    return [
        f"drop table if exists {name}",
        f"create table {name} ({definition})",
        *_inserts(name, rows),
    ]


def _inserts(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"insert into {name} ({', '.join(row)}) values ({', '.join(map(_literal, row.values()))})"
        for row in rows
    ]


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | datetime):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)


def _snapshot(warehouse: Warehouse, scenario: Scenario) -> Snapshot:
    monitor = scenario.meta.get("id", scenario.name)
    of_monitor = f"where monitor_id = '{monitor}' order by run_number"
    runs = warehouse.rows(f"select * from monitor_runs {of_monitor}")
    if not any(run["status"] in ("ok", "held") for run in runs):
        return Snapshot([], runs, [], {})
    seen = warehouse.rows(f"select * from {scenario.name}_seen")
    return Snapshot(
        events=warehouse.rows(f"select * from {scenario.name} order by entity_id, episode"),
        runs=runs,
        rejects=warehouse.rows(f"select * from monitor_rejects {of_monitor}, reason, entity_id"),
        seen={row["event_id"]: row for row in seen},
    )


__all__ = ["SCENARIOS", "Played", "Scenario", "Step", "at", "firing", "play", "replace", "scenario"]
