"""Builds of the retro that its tests share: of nothing at all, and of a random log."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import yaml

from . import figures_settings, process_reference, work_reference
from . import retro_reference as reference
from .project import ROOT, SOUND, Project
from .retro_log import AS_OF, CHOSEN, REPLACED, Row, event_table, inserts, made_up
from .retro_settings import mirrored

KNOWN_BEFORE = AS_OF + timedelta(seconds=1)
EARLIER = AS_OF - timedelta(days=30)
FACTS = "+int_rules_built"  # what is built of what changed, and all that it reads
WITHOUT_UNIT_TESTS = ("build", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Retro:
    """A built retro, and the log it was built from as far as it may know it."""

    project: Project
    rows: list[Row]
    events: list[Row]

    @cached_property
    def known_rows(self) -> list[Row]:
        """What the retro may know: recorded by then, and no import that was replaced."""
        return [
            row
            for row in self.rows
            if row["recorded_at"] < KNOWN_BEFORE and row.get("import_id") != REPLACED
        ]

    @cached_property
    def histories(self) -> dict[int, reference.History]:
        return reference.histories(
            self.known_rows, AS_OF, reference.chosen_evidence(self.events, event_table(self.events))
        )

    @cached_property
    def paths(self) -> list[process_reference.Path]:
        return process_reference.paths(self.histories.values())

    def table(self, name: str) -> list[Row]:
        return self.project.warehouse.rows(f"select * from {name}")


def built_of_nothing(project: Project) -> Project:
    """Build the retro of a project in which nothing ever happened, unit tests included."""
    result = with_retro(project).dbt("build", as_of=AS_OF)
    assert result.success, result.failed or result.error
    return project


def built_of_a_random_log(project: Project) -> Retro:
    """Build the retro of a random log: facts as of a month ago, then all of what came since."""
    with_retro(project)
    project.write_monitor(CHOSEN, "select 1 as entity_id", **SOUND, retro={"by": ["carrier"]})
    rows, events = made_up(seed=7, incidents=480)
    # the hook of any command makes the mirror's tables
    assert project.dbt("run", "--select", "stg_imported_sources", as_of=AS_OF).success
    project.warehouse.execute(
        [
            *inserts("incident_log", rows),
            *inserts("incident_event_log", events),
            *(statement for table in mirrored() for statement in inserts(*table)),
            *inserts("team_rates", work_reference.rate_rows()),
            *inserts("team_members", figures_settings.members()),
            *inserts("monitor_runs", figures_settings.runs()),
            f"create table {CHOSEN} (event_id varchar, carrier varchar)",
            *inserts(CHOSEN, event_table(events)),
        ]
    )
    for arguments, as_of in (
        (("run", "--select", FACTS), EARLIER),
        ((*WITHOUT_UNIT_TESTS, "--exclude", CHOSEN), AS_OF),
    ):
        result = project.dbt(*arguments, as_of=as_of)
        assert result.success, result.failed or result.error
    return Retro(project, rows, events)


def with_retro(project: Project) -> Project:
    """Put this repository's retro models and their data tests into a project."""
    shutil.copytree(ROOT / "models/retro", project.directory / "models/retro")
    shutil.copytree(ROOT / "tests/dbt/data/retro", project.directory / "tests/retro")
    shutil.copy(ROOT / "selectors.yml", project.directory)
    file = project.directory / "dbt_project.yml"
    settings = yaml.safe_load(file.read_text())
    own = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    settings["models"] = {"opsloop": {"retro": own["models"]["opsloop"]["retro"]}}
    settings["on-run-start"] = own["on-run-start"]
    settings["vars"] = figures_settings.THRESHOLDS
    file.write_text(yaml.safe_dump(settings))
    return project
