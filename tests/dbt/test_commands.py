"""What dbt's own commands do to a monitor: refreshing, emptying, replaying, renaming, failing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from opsloop.dbt_runner import run_dbt
from opsloop.warehouse.profile import read_target

from .project import SOUND, Project, messages
from .scenario import at
from .warehouse import Row

ORDERS = "select id, late_minutes from {{ target.schema }}.raw_orders"
LATE = """
select id as entity_id, cast('2024-03-01' as timestamp) as occurred_at, late_minutes
from {{ ref('orders') }}
where late_minutes >= {{ param('minutes') }}
"""
LISTED = """
select id as entity_id, cast('2024-03-01' as timestamp) as occurred_at
from {{ ref('orders') }}
where id in {{ param('ids') }}
"""
UNIT_TEST = {
    "name": "late_orders_only",
    "model": "mon_late",
    "overrides": {"vars": {"minutes": 180}},
    "given": [
        {"input": "ref('orders')", "rows": [
            {"id": "a", "late_minutes": 179}, {"id": "b", "late_minutes": 180},
        ]},
    ],
    "expect": {"rows": [{"entity_id": "b", "late_minutes": 180}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(new_project: Callable[[], Project]) -> Project:
    """Return the project that the tests of this module take turns with."""
    return new_project()


@pytest.fixture
def project(shared: Project) -> Project:
    """Return an empty warehouse and a project with one monitor over one model."""
    shared.clear()
    shared.write_model("orders", ORDERS)
    shared.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60})
    shared.warehouse.execute(["create table raw_orders (id text, late_minutes integer)"])
    load(shared, a=90, b=120)
    return shared


def load(project: Project, **late_minutes: int) -> None:
    """Replace the input."""
    rows = [f"insert into raw_orders values ('{id_}', {n})" for id_, n in late_minutes.items()]
    project.warehouse.execute(["delete from raw_orders", *rows])


def events(project: Project, table: str = "mon_late") -> list[Row]:
    return project.warehouse.rows(f"select * from {table} order by entity_id, episode")


def runs(project: Project, monitor: str = "mon_late") -> list[Row]:
    return project.warehouse.rows(
        f"select * from monitor_runs where monitor_id = '{monitor}' order by run_number"
    )


def test_a_full_refresh_keeps_the_history(project: Project) -> None:
    project.dbt("build", as_of=at(0))
    load(project, a=90)
    project.dbt("build", as_of=at(1))
    before = events(project)
    assert project.dbt("build", "--full-refresh", as_of=at(2)).success
    assert events(project) == before
    assert len({run["generation"] for run in runs(project)}) == 1


@pytest.mark.parametrize("flag", ["--empty", "--sample=3 days"])
def test_a_partial_input_is_refused_and_clears_nothing(project: Project, flag: str) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    result = project.dbt("build", flag, as_of=at(1))
    assert not result.success
    assert f"{flag.split('=')[0]} is refused" in messages(result)["mon_late"]
    assert events(project) == before
    assert len(runs(project)) == 1


def test_the_past_is_refused_and_the_same_moment_is_a_rerun(project: Project) -> None:
    project.dbt("build", as_of=at(5))
    before = events(project)
    refused = project.dbt("build", as_of=at(4))
    assert "is before the last run" in messages(refused)["mon_late"]
    assert "OPSLOOP_SCHEMA" in messages(refused)["mon_late"]
    again = project.dbt("build", as_of=at(5))
    assert again.success
    assert events(project) == before
    assert [run["status"] for run in runs(project)] == ["ok", "error", "ok"]


def test_a_rerun_does_not_count_as_another_run(project: Project) -> None:
    meta = {**SOUND, "params": {"minutes": 60}, "pending_for": {"runs": 2}}
    project.write_monitor("mon_late", LATE, **meta)
    for _ in range(2):
        project.dbt("build", as_of=at(0))
    assert {event["ripened_at"] for event in events(project)} == {None}
    project.dbt("build", as_of=at(1))
    assert {event["ripened_at"] for event in events(project)} == {at(1)}
    assert {event["runs_seen"] for event in events(project)} == {2}


def test_a_replay_of_the_past_goes_into_a_schema_of_its_own(project: Project) -> None:
    project.dbt("build", as_of=at(5))
    project.warehouse.execute(["create schema replay"])
    project.warehouse.execute(["create table replay.raw_orders as select * from raw_orders"])
    assert project.dbt("build", as_of=at(1), OPSLOOP_SCHEMA="replay").success
    replayed = events(project, "replay.mon_late")
    assert [event["event_id"] for event in replayed] == [e["event_id"] for e in events(project)]
    assert {event["first_seen_at"] for event in replayed} == {at(1)}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2024-03-01T08:00:00Z", "2024-03-01 08:00:00"),
        ("2024-03-01 10:00:00+02:00", "2024-03-01 08:00:00"),
        ("2024-03-01 08:00:00.250000", "2024-03-01 08:00:00.250000"),
        ("2024-03-01", "2024-03-01 00:00:00"),
    ],
)
def test_as_of_is_read_as_utc(project: Project, given: str, meant: str) -> None:
    assert project.dbt("build", as_of=given).success
    assert [str(run["as_of"]) for run in runs(project)] == [meant]


def test_a_malformed_as_of_is_refused(project: Project) -> None:
    result = project.dbt("build", as_of="yesterday'; drop table raw_orders; --")
    assert not result.success
    assert "OPSLOOP_AS_OF is" in str(result)


def test_without_as_of_it_is_now(project: Project) -> None:
    assert project.dbt("build").success
    (run,) = runs(project)
    assert abs((run["started_at"] - run["as_of"]).total_seconds()) < 60
    assert run["as_of"].microsecond == 0


def test_a_renamed_monitor_goes_on_under_its_first_id(project: Project) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    project.remove_model("mon_late")
    meta = {**SOUND, "params": {"minutes": 60}, "previously": ["mon_late"]}
    project.write_monitor("mon_overdue", LATE, **meta)
    load(project, a=90, c=99)
    assert project.dbt("build", as_of=at(1)).success
    after = {event["entity_id"]: event for event in events(project, "mon_overdue")}
    assert after["a"] == before[0]
    assert after["b"]["cleared_reason"] == "condition_cleared"
    assert after["c"]["changed_run"] == 2
    assert [run["run_number"] for run in runs(project, "mon_late")] == [1, 2]
    assert len({run["generation"] for run in runs(project, "mon_late")}) == 1
    seen = project.warehouse.rows("select * from mon_overdue_seen where entity_id = 'a'")
    assert seen[0]["runs_seen"] == 2
    load(project, c=99)
    assert project.dbt("build", as_of=at(2)).success


def test_an_earlier_name_that_is_in_use_is_refused(project: Project) -> None:
    meta = {**SOUND, "params": {"minutes": 60}, "id": "other", "previously": ["mon_late"]}
    project.write_monitor("mon_overdue", LATE, **meta)
    result = project.dbt("build", as_of=at(0))
    assert "'mon_late', which still is a monitor" in messages(result)["mon_overdue"]


def test_an_earlier_name_given_too_late_is_refused_until_one_history_is_dropped(
    project: Project,
) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    project.remove_model("mon_late")
    project.write_monitor("mon_overdue", LATE, **SOUND, params={"minutes": 60})
    assert project.dbt("build", as_of=at(1)).success
    meta = {**SOUND, "params": {"minutes": 60}, "previously": ["mon_late"]}
    project.write_monitor("mon_overdue", LATE, **meta)
    message = messages(project.dbt("build", as_of=at(2)))["mon_overdue"]
    assert "hold events: drop" in message
    assert "to go on with the history of mon_late" in message
    project.warehouse.execute(["drop view mon_overdue_seen", "drop table mon_overdue"])
    assert project.dbt("build", as_of=at(3)).success
    assert events(project, "mon_overdue") == before


def test_an_id_that_changes_is_refused(project: Project) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60}, id="other")
    message = messages(project.dbt("build", as_of=at(1)))["mon_late"]
    assert "mon_late\" holds events of another id than 'other'" in message
    assert events(project) == before
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60})
    assert project.dbt("build", as_of=at(2)).success


def test_a_dropped_table_is_a_new_generation(project: Project) -> None:
    project.dbt("build", as_of=at(3))
    project.warehouse.execute(["drop view mon_late_seen", "drop table mon_late"])
    assert project.dbt("build", as_of=at(1)).success
    first, second = runs(project)
    assert first["generation"] != second["generation"]
    assert [first["run_number"], second["run_number"]] == [1, 2]


def test_one_failing_monitor_leaves_the_others_and_clears_nothing(project: Project) -> None:
    project.write_monitor("mon_other", LATE, **SOUND, params={"minutes": 60})
    project.dbt("build", as_of=at(0))
    before = events(project)
    broken = LATE.replace("late_minutes >=", "1 / 0 + no_such_column >=")
    project.write_monitor("mon_late", broken, **SOUND, params={"minutes": 60})
    load(project, a=90)
    result = project.dbt("build", as_of=at(1))
    assert not result.success
    assert [node.name for node in result.failed] == ["mon_late"]
    assert events(project) == before
    assert events(project, "mon_other")[1]["cleared_at"] == at(1)
    failed = runs(project)[-1]
    assert (failed["status"], failed["run_number"], failed["as_of"]) == ("error", 2, at(1))
    assert "no_such_column" in failed["message"]
    assert "\n" not in failed["message"]
    assert failed["firing_rows"] is None
    assert failed["generation"] == runs(project)[0]["generation"]


def test_a_failure_in_the_last_statement_rolls_everything_back(project: Project) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    project.warehouse.execute(["alter table monitor_runs rename column checksum to checksums"])
    load(project, a=1000, c=99)
    assert not project.dbt("build", as_of=at(1)).success
    project.warehouse.execute(["alter table monitor_runs rename column checksums to checksum"])
    assert events(project) == before


def test_a_monitor_behind_a_failure_is_recorded_as_skipped(project: Project) -> None:
    project.dbt("build", as_of=at(0))
    before = events(project)
    project.write_model("orders", "select no_such_column from {{ target.schema }}.raw_orders")
    project.dbt("build", as_of=at(1))
    assert runs(project)[-1]["status"] == "skipped"
    assert events(project) == before
    project.write_model("orders", ORDERS)
    assert project.dbt("build", as_of=at(2)).success
    assert [run["run_number"] for run in runs(project)] == [1, 2, 3]


def test_a_population_that_fell_may_be_accepted(project: Project) -> None:
    population = {"population": {"model": "orders"}}
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60}, **population)
    load(project, a=90, b=90, c=90)
    project.dbt("build", as_of=at(0))
    load(project, a=90)
    project.dbt("build", as_of=at(1), OPSLOOP_ACCEPT_POPULATION="mon_other")
    assert runs(project)[-1]["status"] == "held"
    project.dbt("build", as_of=at(2), OPSLOOP_ACCEPT_POPULATION="mon_other, mon_late")
    assert (runs(project)[-1]["status"], runs(project)[-1]["cleared"]) == ("ok", 2)


def test_a_population_that_is_no_longer_named_is_not_compared(project: Project) -> None:
    population = {"population": {"model": "orders"}}
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60}, **population)
    project.dbt("build", as_of=at(0))
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60})
    project.dbt("build", as_of=at(1))
    assert [(run["status"], run["population"]) for run in runs(project)] == [
        ("ok", 2),
        ("ok", None),
    ]


def test_the_age_of_zoned_data_is_read_in_utc(project: Project) -> None:
    loaded_at = "cast('2024-03-01 08:00:00+02:00' as timestamptz) as loaded_at"
    project.write_model("orders", ORDERS.replace("late_minutes", f"late_minutes, {loaded_at}"))
    population = {"model": "orders", "updated_at": "loaded_at"}
    meta = {"population": population, "fresh_within": {"hours": 1}}
    project.write_monitor("mon_late", LATE, **SOUND, params={"minutes": 60}, **meta)
    project.dbt("build", as_of=at(1))
    project.dbt("build", as_of=at(2))
    assert [(run["status"], run["data_updated_at"]) for run in runs(project)] == [
        ("ok", at(0)), ("held", at(0)),
    ]  # fmt: skip


def test_parameters_and_unit_tests(project: Project) -> None:
    meta = {**SOUND, "params": {"ids": ["a", "it's"]}}
    project.write_monitor("mon_listed", LISTED, **meta)
    load(project, **{"a": 1, "b": 200})
    project.write_properties("units", {"unit_tests": [UNIT_TEST]})
    result = project.dbt("build", as_of=at(0))
    assert result.success
    assert {node.name: node.status for node in result.nodes}["late_orders_only"] == "pass"
    assert [event["entity_id"] for event in events(project, "mon_listed")] == ["a"]


def test_a_custom_alias_and_schema(project: Project) -> None:
    config = {
        "materialized": "monitor", "alias": "select", "schema": "desk", "tags": ["x"],
        "meta": {"monitor": {**SOUND, "params": {"minutes": 60}}},
    }  # fmt: skip
    project.write_model("mon_late", LATE, config=config)
    assert project.dbt("build", as_of=at(0)).success
    schema = "public_desk" if project.warehouse.engine == "postgres" else "main_desk"
    load(project, b=120)
    assert project.dbt("build", as_of=at(1)).success
    found = {event["entity_id"]: event for event in events(project, f'{schema}."select"')}
    assert found["a"]["cleared_at"] == at(1)
    assert len(runs(project)) == 2


def test_what_is_no_event_table_is_not_touched(project: Project) -> None:
    project.warehouse.execute(["create table mon_late as select 1 as precious"])
    result = project.dbt("build", as_of=at(0))
    assert "is not an event table: drop it" in messages(result)["mon_late"]
    assert project.warehouse.rows("select * from mon_late") == [{"precious": 1}]


def test_an_unchanged_run_is_three_calls_and_a_lock(project: Project) -> None:
    for hour in range(2):
        project.dbt("build", as_of=at(hour))
    project.dbt("build", "--log-level-file=debug", as_of=at(2))
    log = (project.directory / "logs" / "dbt.log").read_text()
    calls = log.split("On model.opsloop.mon_late: ")[1:]
    statements = [call for call in calls if not call.startswith(("BEGIN", "COMMIT", "Close"))]
    assert len(statements) == (3 if project.warehouse.engine == "duckdb" else 4)
    for changing in ("update ", "drop table", "alter ", "create table", "create view"):
        assert not any(changing in call.split("SQL status")[0] for call in statements)


def test_docs_are_generated(project: Project) -> None:
    assert project.dbt("build", as_of=at(0)).success
    assert project.dbt("docs", "generate", as_of=at(0)).success


def test_dbt_builds_where_the_profile_is_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("project", "profiles"):
        (tmp_path / folder / "models").mkdir(parents=True)
    settings = {"name": "shop", "version": "1.0", "config-version": 2, "profile": "shop"}
    (tmp_path / "project" / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    (tmp_path / "project" / "models" / "orders.sql").write_text("select 1 as id")
    output = {"type": "duckdb", "path": str(tmp_path / "elsewhere.duckdb"), "schema": "main"}
    profile = {"shop": {"target": "dev", "outputs": {"dev": output}}}
    (tmp_path / "profiles" / "profiles.yml").write_text(yaml.safe_dump(profile))
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "profiles"))

    assert run_dbt(["build"], project_dir=tmp_path / "project").success

    assert read_target(tmp_path / "project").duckdb_path.is_file()


def test_a_locked_warehouse_is_named(project: Project) -> None:
    if project.warehouse.engine != "duckdb":
        pytest.skip("only a DuckDB file is locked by its process")
    import subprocess
    import sys

    path = project.warehouse.env["OPSLOOP_WAREHOUSE"]
    holder = f"import duckdb; c = duckdb.connect({path!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        result = run_dbt(["build"], project_dir=project.directory, env=project.warehouse.env)
        process.communicate("\n")
    assert not result.success
    assert "Could not set lock on file" in (result.error or "")
    assert f"PID {process.pid}" in (result.error or "")


def test_two_runs_of_one_monitor_at_once_take_turns(project: Project) -> None:
    if project.warehouse.engine != "postgres":
        pytest.skip("a DuckDB file belongs to one process")
    import threading

    import psycopg

    project.dbt("build", as_of=at(0))
    load(project, a=90, c=99)
    outcome: list[bool] = []
    url = project.warehouse.url  # type: ignore[attr-defined]
    with psycopg.connect(url) as other:
        other.execute("lock table mon_late in share row exclusive mode")
        run = threading.Thread(
            target=lambda: outcome.append(project.dbt("build", as_of=at(2)).success)
        )
        run.start()
        _wait_until_somebody_waits(url)
        other.execute(  # what the run ahead of it would have written
            "insert into monitor_runs (monitor_id, generation, run_number, as_of, status)"
            " select monitor_id, generation, 2, as_of + interval '1 hour', status"
            " from monitor_runs"
        )
    run.join()
    assert outcome == [True]
    assert [row["run_number"] for row in runs(project)] == [1, 2, 3]
    assert {row["changed_run"] for row in events(project)} == {1, 3}


def _wait_until_somebody_waits(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(3000):
            query = "select count(*) from pg_locks where not granted"
            if connection.execute(query).fetchone() != (0,):
                return
            connection.execute("select pg_sleep(0.01)")
    raise AssertionError("the run did not wait for the lock")
