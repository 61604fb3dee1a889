"""Monitors as the manifest has them: what each key means, and its default."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.errors import ConfigError, NotFound
from opsloop.monitors import Project, load_monitors, monitor_nodes, project_of
from opsloop.types import Kind, Monitor, Relation, Severity
from tests.unit.monitor_project import CONFIG, FakeProject, definition


@pytest.fixture
def project(tmp_path: Path) -> FakeProject:
    return FakeProject(tmp_path)


def load(project: FakeProject) -> Project:
    return project_of(monitor_nodes(project.manifest, project.folder), CONFIG)


def the_monitor(project: FakeProject, **changes: Any) -> Monitor:
    project.add_monitor(given=definition(**changes))
    found = load(project)
    assert found.faults == ()
    return found.monitors[0]


def test_defaults(project: FakeProject) -> None:
    monitor = the_monitor(project)
    assert monitor == Monitor(
        id="mon_late_orders",
        name="mon_late_orders",
        kind=Kind.STATE,
        entity="order",
        owner="shipping",
        severity=Severity.HIGH,
        title="Order to {country} is late",
        relation=Relation("main", "mon_late_orders", "warehouse"),
        description="Orders not sent in time. One row per order.",
        file="monitors/shop/mon_late_orders.sql",
        type="mon_late_orders",
        population_model="fct_orders",
        params={"hours": 24},
        impact_unit="EUR",
    )


def test_every_key(project: FakeProject) -> None:
    monitor = the_monitor(
        project,
        id="late_orders",
        previously=["mon_slow_orders"],
        impact_unit="EUR",
        group_by=["country"],
        group_title="{events_total} orders to {country}",
        runbook="https://wiki.example/late",
        class_="request",
        type="delay",
        maintainers="maintainers",
        fresh_within={"hours": 6},
        pending_for={"runs": 2},
        keep_for={"minutes": 90},
        reopen_within={"days": 3},
        verify_within={"hours": 12, "minutes": 30},
        worse_by=1,
        on_clear="flag",
        max_new_incidents=5,
        max_new_incidents_first_run=2,
    )
    assert (monitor.id, monitor.previously) == ("late_orders", ("mon_slow_orders",))
    assert (monitor.impact_unit, monitor.group_by) == ("EUR", ("country",))
    assert (monitor.class_, monitor.type, monitor.maintainers) == (
        "request",
        "delay",
        "maintainers",
    )
    assert monitor.fresh_within == timedelta(hours=6)
    assert monitor.reopen_within == timedelta(days=3)
    assert monitor.verify_within == timedelta(hours=12, minutes=30)
    assert (monitor.worse_by, monitor.on_clear) == (1.0, "flag")
    assert (monitor.max_new_incidents, monitor.max_new_incidents_first_run) == (5, 2)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "mon_late_orders"),
        ({"previously": ["mon_first", "mon_second"]}, "mon_first"),
        ({"previously": ["mon_first"], "id": "orders_late"}, "orders_late"),
    ],
)
def test_the_id_survives_renaming(project: FakeProject, keys: Any, expected: str) -> None:
    assert the_monitor(project, **keys).id == expected


def test_a_runbook_is_found_beside_the_definition(project: FakeProject) -> None:
    runbook = project.folder / "monitors/shop/runbooks/late.md"
    runbook.parent.mkdir(parents=True)
    runbook.write_text("# Late orders\n", encoding="utf-8")
    monitor = the_monitor(project, runbook="runbooks/late.md")
    assert monitor.runbook == "monitors/shop/runbooks/late.md"


def test_a_broken_definition_does_not_hide_the_others(project: FakeProject) -> None:
    project.add_monitor("mon_good")
    project.add_monitor("mon_bad", given=definition(id="bad", severity="huge"))
    project.add_monitor("mon_stranger", given=definition(owner="nobody"))
    found = load(project)
    assert [monitor.name for monitor in found.monitors] == ["mon_good"]
    assert found.broken == {"bad": "mon_bad", "mon_stranger": "mon_stranger"}
    assert {fault.monitor for fault in found.faults} == {"mon_bad", "mon_stranger"}


def test_two_monitors_with_one_id_are_both_broken(project: FakeProject) -> None:
    project.add_monitor("mon_a", given=definition(id="same"))
    project.add_monitor("mon_b", given=definition(id="same"))
    found = load(project)
    assert found.monitors == ()
    assert [fault.key for fault in found.faults] == ["id", "id"]


def test_find_by_id_and_by_name(project: FakeProject) -> None:
    project.add_monitor(given=definition(id="late_orders"))
    project.add_monitor("mon_bad", given=definition(kind="sometimes"))
    found = load(project)
    assert found.find("late_orders") is found.find("mon_late_orders") is found.monitors[0]
    with pytest.raises(NotFound, match=r"There is no monitor mon_late_order\. Did you mean"):
        found.find("mon_late_order")
    with pytest.raises(NotFound, match="The definition of mon_bad is broken"):
        found.find("mon_bad")


def test_load_monitors_reads_the_file(project: FakeProject, tmp_path: Path) -> None:
    project.add_monitor()
    path = tmp_path / "target" / "manifest.json"
    path.parent.mkdir()
    path.write_text(json.dumps(project.manifest), encoding="utf-8")
    assert [monitor.name for monitor in load_monitors(path, CONFIG).monitors] == ["mon_late_orders"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_an_unreadable_manifest_says_what_to_do(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="dbt parse"):
        load_monitors(path, CONFIG)
