"""A fault of a definition fails its monitor, with the file, the key and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .project import SOUND, Project, messages
from .scenario import at

BASE = "'a' as entity_id, cast('2024-03-01' as timestamp) as occurred_at"
SELECT = f"select {BASE}, 5 as minutes"

# name: (what differs from a sound definition, the SELECT, what the message must say)
FAULTS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "kind_missing": ({"kind": None}, SELECT, ["meta.monitor.kind is missing: add it"]),
    "kind_unknown": (
        {"kind": "trend"}, SELECT, ["meta.monitor.kind is 'trend'", "state, event, metric"],
    ),
    "severity_unknown": (
        {"severity": "urgent"}, SELECT, ["severity is 'urgent'", "critical, high, medium, low"],
    ),
    "owner_missing": ({"owner": None}, SELECT, ["meta.monitor.owner is missing"]),
    "title_missing": ({"title": None}, SELECT, ["meta.monitor.title is missing"]),
    "title_not_text": ({"title": 7}, SELECT, ["meta.monitor.title must be a text"]),
    "unknown_key": ({"threshold": 5}, SELECT, ["meta.monitor.threshold is not a key of a monitor"]),
    "title_column": (
        {"title": "{gate} is {minutes:.0f} late"}, SELECT,
        ["title names {gate}", "use one of entity_id, occurred_at, minutes"],
    ),
    "title_brace": ({"title": "{minutes late"}, SELECT, ["title has a brace without its partner"]),
    "group_column": (
        {"group_by": ["gate"]}, SELECT, ["group_by names 'gate'", "entity_id, occurred_at"],
    ),
    "group_title": (
        {"group_by": ["minutes"], "group_title": "{entity_id}: {events_total}"}, SELECT,
        ["group_title names {entity_id}", "minutes, events_total, impact"],
    ),
    "group_text": ({"group_by": "minutes"}, SELECT, ["group_by must be a list: write [minutes]"]),
    "previously_text": (
        {"previously": "mon_old"}, SELECT, ["previously must be a list: write [mon_old]"],
    ),
    "duration_text": (
        {"pending_for": "30m"}, SELECT, ["pending_for is '30m'", "{runs: 3} or {minutes: 30}"],
    ),
    "duration_unit": ({"keep_for": {"weeks": 1}}, SELECT, ["keep_for is '{'weeks': 1}'"]),
    "duration_zero": ({"reopen_within": {"days": 0}}, SELECT, ["reopen_within", "above 0"]),
    "duration_runs": ({"verify_within": {"runs": 2}}, SELECT, ["verify_within", "{minutes: 30}"]),
    "duration_mixed": ({"keep_for": {"runs": 2, "days": 1}}, SELECT, ["meta.monitor.keep_for is"]),
    "event_keeps": (
        {"kind": "event", "keep_for": {"runs": 2}}, SELECT, ["means nothing for kind event"],
    ),
    "fresh_alone": (
        {"fresh_within": {"hours": 1}}, SELECT, ["fresh_within needs population.updated_at"],
    ),
    "population_text": ({"population": "orders"}, SELECT, ["population must name a model"]),
    "population_key": (
        {"population": {"model": "orders", "filter": "x"}},
        f"-- depends_on: {{{{ ref('orders') }}}}\n{SELECT}", ["population.filter is not a key"],
    ),
    "population_unreferenced": (
        {"population": {"model": "orders"}}, SELECT,
        ["-- depends_on: {{ ref('orders') }}", "models/mon_population_unreferenced.sql"],
    ),
    "population_column": (
        {"population": {"model": "orders", "updated_at": "loaded"}},
        f"-- depends_on: {{{{ ref('orders') }}}}\n{SELECT}",
        ["population.updated_at 'loaded' is no column of orders", "id, loaded_at"],
    ),
    "retro_text": (
        {"retro": {"by": "minutes"}}, SELECT, ["meta.monitor.retro is", "write {by: [carrier]}"],
    ),
    "retro_key": ({"retro": {"of": ["minutes"]}}, SELECT, ["write {by: [carrier]}"]),
    "retro_column": (
        {"retro": {"by": ["minutes", "gate"]}}, SELECT,
        ["retro.by names 'gate', which is no evidence", "use one of minutes"],
    ),
    "retro_no_evidence": ({"retro": {"by": ["entity_id"]}}, SELECT, ["retro.by names 'entity_id'"]),
    "params_text": ({"params": "minutes"}, SELECT, ["params must be a mapping"]),
    "param_missing": (
        {"params": {"hours": 3}}, SELECT + " where 5 >= {{ param('minutes') }}",
        ["param('minutes') has no value", "add `minutes` to meta.monitor.params"],
    ),
    "no_entity": (
        {"title": "{minutes}", "group_by": ["minutes"]},
        "select 5 as minutes, cast('2024-03-01' as timestamp) as occurred_at",
        ["returns no entity_id: add `… as entity_id`"],
    ),
    "no_moment": ({}, "select 'a' as entity_id", ["returns no occurred_at"]),
    "entity_type": (
        {}, "select 1.5 as entity_id, cast('2024-03-01' as timestamp) as occurred_at",
        ["entity_id is", "must be text or integer: cast it in the SELECT"],
    ),
    "entity_date": (
        {}, "select date '2024-03-01' as entity_id, cast('2024-03-01' as timestamp) as occurred_at",
        ["entity_id is", "cast it in the SELECT"],
    ),
    "zoned_moment": (
        {}, "select 'a' as entity_id, cast('2024-03-01 00:00+02' as timestamptz) as occurred_at",
        ["occurred_at has a time zone", "at time zone 'UTC'"],
    ),
    "text_moment": (
        {}, "select 'a' as entity_id, '2024-03-01' as occurred_at", ["occurred_at is", "timestamp"],
    ),
    "severity_number": ({}, f"select {BASE}, 1 as severity", ["severity is", "must be text"]),
    "impact_text": ({}, f"select {BASE}, 'much' as impact", ["impact is", "must be integer or"]),
    "own_column": ({}, f"select {BASE}, 1 as episode", ["'episode' is a name that the event"]),
    "own_key": ({}, f"select {BASE}, 'k' as event_key", ["'event_key' is a name that the event"]),
    "own_prefix": ({}, f"select {BASE}, 1 as opsloop_key", ["'opsloop_key' is a name"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """Return the project of the broken definitions."""
    return new_project()


@pytest.fixture(scope="module")
def said(project: Project) -> dict[str, str]:
    """Build one monitor per fault, and say what dbt said of each."""
    project.write_model("orders", "select 1 as id, cast('2024-03-01' as timestamp) as loaded_at")
    for name, (differs, sql, _) in FAULTS.items():
        meta = {key: value for key, value in {**SOUND, **differs}.items() if value is not None}
        project.write_monitor(f"mon_{name}", sql, **meta)
    project.write_model("mon_no_meta", SELECT, config={"materialized": "monitor"})
    for name in ("mon_twin_one", "mon_twin_two"):
        project.write_monitor(name, SELECT, **SOUND, id="mon_twins")
    project.write_monitor(
        "mon_braces", SELECT, **{**SOUND, "title": "{{x}} {minutes!r:>{minutes}}"}
    )
    result = project.dbt("build", as_of=at(0))
    assert result.error is None
    return messages(result)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_the_file_the_key_and_the_remedy(name: str, said: dict[str, str]) -> None:
    message = said[f"mon_{name}"]
    for part in FAULTS[name][2]:
        assert part in message
    assert f"models/mon_{name}." in message


def test_a_monitor_without_a_definition_fails(said: dict[str, str]) -> None:
    assert "meta.monitor is missing: add config.meta.monitor" in said["mon_no_meta"]


def test_two_monitors_with_one_id_fail(said: dict[str, str]) -> None:
    assert "'mon_twins' is also the id of models/mon_twin_two.sql" in said["mon_twin_one"]
    assert "'mon_twins' is also the id of models/mon_twin_one.sql" in said["mon_twin_two"]


def test_a_template_may_hold_braces_and_formats(said: dict[str, str]) -> None:
    assert said["mon_braces"] == "1 firing, 1 appeared, 0 changed, 0 cleared"


def test_a_refused_definition_fails_under_its_own_name(
    project: Project, said: dict[str, str]
) -> None:
    failed = project.warehouse.rows("select monitor_id from monitor_runs where status = 'error'")
    assert {f"mon_{name}" for name in FAULTS} <= {row["monitor_id"] for row in failed}
