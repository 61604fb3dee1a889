"""Work and cost over a random log, computed once more in plain Python: equal on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.service.rates import SCHEMA

from . import retro_reference, work_reference
from .project import Project
from .retro_build import Retro

Works = dict[int, work_reference.Work]


@pytest.fixture(scope="module")
def works(retro: Retro) -> Works:
    """Compute every incident's work from the log."""
    return work_reference.works(retro.histories)


def test_the_random_log_has_what_is_tested(retro: Retro, works: Works) -> None:
    """A comparison of logs in which nothing happens proves nothing."""
    entries = [entry for work in works.values() for entry in work.entries]
    assert any(entry.cost is None for entry in entries)
    assert any(entry.minutes == 0 for entry in entries)
    assert any(work.entries and work.minutes is None for work in works.values())
    assert any(  # finding nothing in one entry leaves the others' cost as it is
        work.cost is not None and any(one.cost is None for one in work.entries)
        for work in works.values()
    )
    assert any(not work.entries and work.estimated_cost is not None for work in works.values())
    corrected = [row["corrects_log_id"] for row in retro.rows if "corrects_log_id" in row]
    assert len(set(corrected)) < len(corrected)


def test_work_entries(retro: Retro, works: Works) -> None:
    expected = {entry.work_id: entry for work in works.values() for entry in work.entries}
    for row in retro.table("fct_work"):
        entry = expected.pop(row["work_id"])
        assert (row["incident_id"], row["team"]) == (entry.incident_id, entry.team)
        assert (row["worked_at"], row["minutes"]) == (entry.worked_at, entry.minutes)
        assert row["cost"] == about(entry.cost)
        assert row["is_corrected"] or row["minutes"] == row["minutes_at_first"]
    assert not expected


def test_incidents_work(retro: Retro, works: Works) -> None:
    built = {row["incident_id"]: row for row in retro.table("fct_incident_work")}
    assert built.keys() == works.keys()
    for number, work in works.items():
        row = built[number]
        assert row["entries"] == len(work.entries)
        assert row["touch_minutes"] == about(work.minutes)
        assert row["active_seconds"] == about(work.active_seconds)
        assert row["recorded_cost"] == about(work.cost)
        assert row["estimated_minutes"] == about(work.estimated_minutes)
        assert row["estimated_cost"] == about(work.estimated_cost)


def test_totals_and_pareto(retro: Retro, works: Works) -> None:
    groups = retro_reference.grouped(
        works.values(),
        lambda work: work.dimensions,
    )
    so_far: dict[str, float] = {}
    for row in sorted(retro.table("rpt_work"), key=lambda row: row["place"]):
        known = groups.pop((row["dimension"], row["dimension_value"]))
        for name, value in work_reference.totals(known).items():
            assert row[name] == about(value), (row, name)
        assert row["currency"] == "EUR"
        before = so_far.get(row["dimension"], 0.0)
        so_far[row["dimension"]] = before + (row["minutes_share"] or 0)
        assert row["minutes_share_so_far"] == about(so_far[row["dimension"]])
    assert not groups
    assert so_far == {dimension: about(1.0) for dimension in so_far}


def test_weekly_work(retro: Retro, works: Works) -> None:
    expected = work_reference.weekly(works.values(), retro_reference.week_of)
    flow = {
        (row["week_start"], row["dimension"], row["dimension_value"]): row["backlog_end"]
        for row in retro.table("rpt_flow_weekly")
    }
    for row in retro.table("rpt_work_weekly"):
        key = row["week_start"], row["dimension"], row["dimension_value"]
        figures = expected.pop(key, {})
        has_minutes = bool(figures.get("minutes"))
        assert row["minutes"] == (about(figures["minutes"]) if has_minutes else None)
        assert row["cost"] == (about(figures["cost"]) if figures.get("known_costs") else None)
        assert row["worked_incidents"] == len(figures.get("numbers", ()))
        for name in ("entries", "ended_incidents", "recorded_incidents"):
            assert row[name] == figures.get(name, 0), (row, name)
        if has_minutes:
            assert row["minutes_without_rate"] == about(figures["minutes_without_rate"])
        assert row["open_at_end"] == flow[key]
    assert not expected


def about(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-6)


def test_the_rates_have_the_columns_that_opsloop_writes(empty: Project) -> None:
    columns = empty.warehouse.rows(
        "select column_name from information_schema.columns "
        "where table_name = 'team_rates' order by ordinal_position"
    )
    assert [row["column_name"] for row in columns] == SCHEMA.names
