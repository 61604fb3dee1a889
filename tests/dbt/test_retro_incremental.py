"""Facts are built anew for the incidents that changed, weeks for those that have any of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from .project import ROOT, Project
from .retro_build import FACTS, with_retro
from .retro_log import AS_OF, Row, inserts

LATER = AS_OF + timedelta(days=1)
OPENED = {"action": "opened", "state": "new", "actor_kind": "sync", "team": "desk"}
RESOLVED = {"action": "resolved", "state": "resolved", "actor_kind": "person", "actor_id": "a"}
MARK = "marked by the test"
REF = re.compile(r"ref\('(\w+)'\)")
LONG_AGO = AS_OF - timedelta(days=60)


@pytest.fixture(scope="module")
def built(new_project: Callable[[], Project]) -> Project:
    """Build facts of five incidents, of which the second is open, and mark them."""
    project = with_retro(new_project())
    assert project.dbt("run", "--select", "stg_imported_sources", as_of=AS_OF).success
    rows = [
        *(row(number, 1, AS_OF - timedelta(days=9), OPENED) for number in (1, 2, 3, 4)),
        *(row(number, 2, AS_OF - timedelta(days=8), RESOLVED) for number in (1, 3, 4)),
        row(6, 1, LONG_AGO, OPENED),
        row(6, 2, LONG_AGO + timedelta(hours=1), RESOLVED),
    ]
    project.warehouse.execute(inserts("incident_log", rows))
    build_facts(project, AS_OF)
    mark(project)
    return project


def test_what_neither_changed_nor_ages_is_left_alone(built: Project) -> None:
    undone = {"action": "undone", "actor_kind": "person", "reverses_batch_id": "b3.2"}
    new = [
        row(3, 3, AS_OF, {**undone, "state": "new"}),
        row(5, 1, AS_OF + timedelta(hours=1), OPENED),
    ]
    gone = "delete from incident_log where incident_id = 4"
    built.warehouse.execute([gone, *inserts("incident_log", new)])
    # facts that know more than is kept of them, as after a build that broke off
    assert built.dbt("run", "--select", "+int_incidents", as_of=LATER).success
    build_facts(built, LATER)
    assert marked(built) == {1, 6}
    assert marked_weeks(built) == {monday(LONG_AGO)}
    found = built.warehouse.rows("select incident_id, state from fct_incidents")
    states = {one["incident_id"]: one["state"] for one in found}
    assert states == {1: "resolved", 2: "new", 3: "new", 5: "new", 6: "resolved"}
    found = built.warehouse.rows("select incident_id from fct_activities where version = 1")
    assert {one["incident_id"] for one in found} == {1, 2, 3, 5, 6}
    ages = built.warehouse.rows("select seconds_in_it from fct_incident_transitions where is_open")
    assert max(one["seconds_in_it"] or 0 for one in ages) == timedelta(days=10).total_seconds()


def test_facts_made_by_other_rules_are_built_whole(built: Project) -> None:
    settings = ["delete from mirrored_settings", "insert into mirrored_settings values ('other')"]
    built.warehouse.execute(settings)
    assert built.dbt("run", "--select", "fct_incident_transitions", as_of=LATER).success
    assert marked(built) == {1, 6}, "what was not asked for stays as it was"
    build_facts(built, LATER)
    assert not marked(built)
    assert not marked_weeks(built)
    mark(built)
    build_facts(built, LATER)
    assert marked(built) == {1, 6}, "and then by what changed again"


def test_nothing_counts_as_built_before_all_of_it_is() -> None:
    """A build that breaks off before some fact leaves its incidents to the next one."""
    folder = ROOT / "models/retro"
    reads = {path.stem: set(REF.findall(path.read_text())) for path in folder.rglob("*.sql")}
    known: set[str] = set()
    waiting = {"int_incidents_built"}
    while waiting:
        known |= waiting
        waiting = set().union(*(reads.get(name, set()) for name in waiting)) - known
    built = [*(folder / "incidents").glob("*.sql"), *(folder / "weeks").glob("*.sql")]
    assert built
    assert {path.stem for path in built} <= known


def build_facts(project: Project, as_of: datetime) -> None:
    """Build what is built of what changed, and all that it reads."""
    result = project.dbt("run", "--select", FACTS, as_of=as_of)
    assert result.success, result.failed or result.error


def row(incident: int, version: int, at: datetime, what: Row) -> Row:
    """Return a row of the log, the only one of its batch."""
    key = f"{incident}.{version}"
    return {
        "seq": incident * 100 + version,
        "log_id": f"l{key}",
        "batch_id": f"b{key}",
        "incident_id": incident,
        "version": version,
        "recorded_at": at,
        "effective_at": at,
        "monitor_id": "m",
        **what,
    }


def mark(project: Project) -> None:
    """Mark the facts that stand: whatever is built anew has lost it."""
    project.warehouse.execute(
        [
            f"update int_incidents set root_cause = '{MARK}'",
            "update int_turnaround_weeks set finished_share = -1",
        ]
    )


def marked(project: Project) -> set[int]:
    """Return the incidents whose facts were not built since they were marked."""
    sql = f"select incident_id from int_incidents where root_cause = '{MARK}'"
    return {one["incident_id"] for one in project.warehouse.rows(sql)}


def marked_weeks(project: Project) -> set[date]:
    """Return the weeks that were not counted since they were marked."""
    sql = "select week_start from int_turnaround_weeks where finished_share = -1"
    return {one["week_start"] for one in project.warehouse.rows(sql)}


def monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())
