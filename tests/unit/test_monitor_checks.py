"""Every fault that `monitors check` finds, with its file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsloop.monitor_checks import check_manifest
from tests.unit.monitor_project import CONFIG, SQL, FakeProject, definition

YAML = "monitors/shop/_shop__monitors.yml"
WITHOUT_IMPACT = SQL.replace("    amount as impact,\n", "")


@pytest.fixture
def project(tmp_path: Path) -> FakeProject:
    return FakeProject(tmp_path)


def faults(project: FakeProject) -> list[str]:
    return [str(fault) for fault in check_manifest(project.manifest, CONFIG, project.folder)]


def test_a_sound_project_has_none(project: FakeProject) -> None:
    project.add_monitor()
    project.add_monitor("mon_b", given=definition(runbook="https://wiki.example/b"))
    assert faults(project) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"owner": "shiping"},
            f"{YAML}:10 owner: There is no team 'shiping'. Did you mean 'shipping'? "
            "Define it under `teams` in an opsloop.yml, or name another.",
        ),
        (
            {"maintainers": "x"},
            "There is no team 'x'.",
        ),
        (
            {"severity": "hihg"},
            f"{YAML}:11 severity: 'hihg' is not one of critical, high, medium or low. "
            "Did you mean 'high'?",
        ),
        ({"severity": None}, f"{YAML}:7 severity: 'severity' is missing. Add `severity: …`."),
        (
            {"kind": "states"},
            "'states' is not one of state, event or metric. Did you mean 'state'?",
        ),
        ({"entity": " "}, "entity: It is empty. Write a text, or remove the key."),
        ({"title": 7}, "title: It should be string, but it says 7."),
        (
            {"groupby": ["country"]},
            f"{YAML}:19 groupby: 'groupby' is not a known key. Did you mean 'group_by'? "
            "Known keys: kind, entity, owner",
        ),
        (
            {"population": {"model": "fct_orders", "update_at": "x"}},
            f"{YAML}:15 population.update_at: 'update_at' is not a known key. "
            "Did you mean 'updated_at'? Known keys: model, where, updated_at.",
        ),
        (
            {"population": {"model": "fct_order"}},
            f"{YAML}:14 population.model: There is no model 'fct_order'. "
            "Did you mean 'fct_orders'? Name a model of this project.",
        ),
        ({"retro": {"by": []}}, "retro.by: It"),
        ({"retro": {"by": ["severity"]}}, "retro: 'severity' is no evidence"),
        (
            {"retro": {"by": ["county"]}},
            "retro.by: The SELECT has no column 'county'. Did you mean 'country'?",
        ),
        ({"fresh_within": "6h"}, "fresh_within: '6h' is not a duration. Write {minutes: 30}, with"),
        ({"fresh_within": {"hour": 6}}, "'hour' is not a unit of time. Did you mean 'hours'?"),
        ({"reopen_within": {"days": 0}}, "reopen_within: 0 days is not a time above 0."),
        ({"reopen_within": {"days": True}}, "reopen_within: True days is not a time above 0."),
        ({"verify_within": {"runs": 2}}, "'runs' is not a unit of time."),
        ({"verify_within": {"days": 1e12}}, "That is longer than any calendar."),
        ({"pending_for": {"runs": 1.5}}, "1.5 is not a whole number of runs."),
        ({"pending_for": {"runs": 2, "days": 1}}, "'days' is not a unit of time."),
        (
            {"population": {"model": "fct_orders"}, "fresh_within": {"hours": 6}},
            "fresh_within: It needs population.updated_at.",
        ),
        (
            {"kind": "event", "keep_for": {"runs": 2}},
            "keep_for: It means nothing for kind event, which never clears. Remove it.",
        ),
        ({"title": "Order {country is late"}, "title: The template is malformed: "),
        ({"title": "Order {} is late"}, "The template is malformed: '{}' is not a column's name."),
        ({"title": "Order {0}"}, "'0' is not a column's name"),
        ({"title": "{country.__class__}"}, "'country.__class__' is not a column's name"),
        ({"title": "{country!r}"}, "'country' may have a format such as :.0f, and nothing else"),
        ({"title": "{impact:{country}}"}, "'impact' may have a format such as :.0f"),
        (
            {"title": "Order to {contry}"},
            f"{YAML}:12 title: The SELECT has no column 'contry'. Did you mean 'country'? "
            "Use entity_id, occurred_at, impact or country.",
        ),
        ({"group_by": ["region"]}, "group_by: The SELECT has no column 'region'."),
        ({"group_by": []}, "group_by: "),
        ({"group_by": ["country", "country"]}, "group_by: A name stands there twice. Keep one."),
        (
            {"group_by": ["country"], "group_title": "{event_total} to {country}"},
            "group_title: 'event_total' is none of group_by's columns. Did you mean "
            "'events_total'? Use country, events_total or impact.",
        ),
        ({"params": {"hour": 24}}, "params: The SQL asks for param('hours'), which is not there."),
        ({"worse_by": 0}, "worse_by: "),
        ({"max_new_incidents": 0}, "max_new_incidents: "),
        ({"on_clear": "close"}, "'close' is not one of resolve or flag."),
        (
            {"class_": "bug"},
            "class: 'bug' is not one of exception, request, question or improvement",
        ),
        ({"runbook": "runbooks/late.md"}, "runbook: There is no file runbooks/late.md, neither"),
        (
            {"previously": ["mon_late_orders"]},
            "'mon_late_orders' is still a monitor of this project",
        ),
    ],
    ids=str,
)
def test_a_faulty_key(project: FakeProject, changes: dict[str, Any], expected: str) -> None:
    project.add_monitor(given=definition(**changes))
    (fault,) = faults(project)
    assert fault.startswith(f"{YAML}:")
    assert expected in fault


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("entity_id", "entity", "The SELECT has no column entity_id."),
        ("occurred_at", "occured_at", "Did you mean 'occured_at'? Name the column"),
        ("country", "country, 1 as episode", "has a column episode, which the event table keeps"),
        ("country", "country, 1 as event_key", "has a column event_key, which"),
        ("country", "country, 1 as opsloop_x", "has a column opsloop_x, which"),
        ("country", "country, 1 as Country", "has the column country twice"),
    ],
)
def test_faulty_columns(project: FakeProject, before: str, after: str, expected: str) -> None:
    project.add_monitor(sql=SQL.replace(before, after))
    (fault,) = faults(project)
    assert fault.startswith("monitors/shop/mon_late_orders.sql: ")
    assert expected in fault


def test_columns_that_the_text_does_not_tell_are_left_to_the_run(project: FakeProject) -> None:
    project.add_monitor(sql="select * from {{ ref('fct_orders') }}")
    assert faults(project) == []


def test_an_event_may_name_its_key(project: FakeProject) -> None:
    sql = SQL.replace("country", "country, order_line as event_key")
    project.add_monitor(given=definition(kind="event"), sql=sql)
    assert faults(project) == []


def test_a_missing_dependency_on_the_population(project: FakeProject) -> None:
    project.add_monitor(reads=())
    (fault,) = faults(project)
    assert fault == (
        f"{YAML}:14 population.model: monitors/shop/mon_late_orders.sql does not depend on "
        "'fct_orders', so dbt may build it too late. Add the line "
        "`-- depends_on: {{ ref('fct_orders') }}` to it."
    )


def test_an_impact_without_a_unit_hinders_no_run(project: FakeProject) -> None:
    project.add_monitor(given=definition(impact_unit=None))
    (fault,) = check_manifest(project.manifest, CONFIG, project.folder)
    assert "gives an impact without a unit" in fault.what
    assert not fault.is_blocking
    project.add_monitor("mon_b", given=definition(impact_unit=None), sql=WITHOUT_IMPACT)
    assert len(faults(project)) == 1


def test_a_description_without_its_grain(project: FakeProject) -> None:
    node = project.add_monitor(description="Orders not sent in time.")
    (fault,) = check_manifest(project.manifest, CONFIG, project.folder)
    assert (fault.line, fault.key, fault.is_blocking) == (3, "description", False)
    assert fault.monitor == node["name"]


def test_a_missing_runbook_does_not_stop_the_monitor(project: FakeProject) -> None:
    project.add_monitor(given=definition(runbook="late.md"))
    (fault,) = check_manifest(project.manifest, CONFIG, project.folder)
    assert not fault.is_blocking


@pytest.mark.parametrize("folder", ["staging", "marts", "retro"])
def test_a_domain_that_would_inherit_a_folders_configuration(
    project: FakeProject, folder: str
) -> None:
    project.add_monitor(folder=f"monitors/{folder}")
    (fault,) = faults(project)
    assert f"A domain cannot be named {folder}" in fault


def test_a_monitor_outside_its_folder(project: FakeProject) -> None:
    project.add_monitor(folder="models/marts/shop")
    (fault,) = faults(project)
    assert "is a monitor outside monitors/. Move it to monitors/<domain>/." in fault


def test_a_monitor_never_reads_the_retro(project: FakeProject) -> None:
    project.add_model("fct_incidents", "models/retro/fct_incidents.sql")
    project.add_monitor(reads=("fct_orders", "fct_incidents"))
    (fault,) = faults(project)
    assert "reads fct_incidents: a monitor never reads the retro" in fault


def test_a_model_that_looks_like_a_monitor_and_is_none(project: FakeProject) -> None:
    project.add_model("mon_forgotten", "monitors/shop/mon_forgotten.sql")
    (fault,) = faults(project)
    assert "mon_forgotten is built as a table, not as a monitor." in fault


def test_a_monitor_without_a_definition(project: FakeProject) -> None:
    project.add_monitor(given=definition())["config"]["meta"] = {}
    (fault,) = faults(project)
    assert "The monitor has no definition. Add `config.meta.monitor` with kind" in fault


@pytest.mark.parametrize("given", [[], "state", 3])
def test_a_definition_that_is_no_mapping(project: FakeProject, given: Any) -> None:
    project.add_monitor(given=given)
    (fault,) = faults(project)
    assert "Keys and values belong here" in fault


def test_all_faults_of_a_monitor_at_once(project: FakeProject) -> None:
    project.add_monitor(given=definition(kind="x", severity="y", titel="z", title=None))
    assert len(faults(project)) == 4


def test_an_empty_file_is_no_monitor(project: FakeProject) -> None:
    project.add_monitor()
    (project.folder / "monitors/shop/mon_late_orders.sql").write_text(SQL)
    (project.folder / "monitors/shop/mon_empty.sql").write_text("\n")
    assert faults(project) == [
        "monitors/shop/mon_empty.sql: mon_empty has no SQL. Write the SELECT, or remove the file."
    ]


def test_a_definition_without_a_file(project: FakeProject) -> None:
    project.add_monitor()
    project.add_monitor("mon_lost")
    del project.nodes["model.shop.mon_lost"]
    (fault,) = faults(project)
    assert fault.startswith(f"{YAML}:")
    assert fault.endswith(
        "models[1].name: There is no model mon_lost. Write monitors/shop/mon_lost.sql."
    )


def test_a_disabled_monitor_is_not_missed(project: FakeProject) -> None:
    project.add_monitor()
    node = project.add_monitor("mon_off")
    del project.nodes["model.shop.mon_off"]
    manifest = project.manifest | {"disabled": {"model.shop.mon_off": [node]}}
    assert check_manifest(manifest, CONFIG, project.folder) == []
