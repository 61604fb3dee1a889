"""Who asks whom, and teams' load, over the random log, once more in Python: equal on both."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from opsloop.service.rosters import SCHEMA

from . import figures_settings, load_reference, work_reference
from .comparing import about
from .project import Project
from .retro_build import Retro
from .retro_log import AS_OF

Questions = list[load_reference.Question]
Works = dict[int, work_reference.Work]


OF_PERSONS = (
    *("minutes", "used_share", "detect_minutes", "resolve_minutes", "improve_minutes"),
    *("acts", "acts_outside"),
)


@pytest.fixture(scope="module")
def works(retro: Retro) -> Works:
    """Compute every incident's work from the log."""
    return work_reference.works(retro.histories)


@pytest.fixture(scope="module")
def asked(retro: Retro) -> Questions:
    """Return every question that was asked."""
    return [
        question
        for history in retro.histories.values()
        for question in load_reference.questions(history)
    ]


def test_the_random_log_has_what_is_tested(asked: Questions) -> None:
    """A comparison of logs in which nothing happens proves nothing."""
    assert {one.receiver for one in asked} == {"desk", "night", "tech", "(a person)"}
    assert {one.group[1] for one in asked} == {"desk", "night", load_reference.SMALL}
    assert sum(not one.is_answered for one in asked) > 5
    assert sum(one.after_nudge is not None for one in asked) > 5


def test_ways_of_escalations(retro: Retro, asked: Questions) -> None:
    expected = load_reference.routes(asked)
    keys = ("dimension", "dimension_value", "receiver_kind", "receiver", "escalation_type")
    for row in retro.table("rpt_escalation_routes"):
        own = expected.pop(tuple(row[key] for key in keys))
        for name, value in load_reference.route_figures(own).items():
            assert row[name] == (about(value) if isinstance(value, float) else value), (row, name)
    assert not expected


def test_what_receivers_bear(retro: Retro, asked: Questions, works: Works) -> None:
    expected = load_reference.received(asked, retro.known_rows, works)
    built = retro.table("rpt_escalations_received_weekly")
    for row in built:
        key = row["week_start"], row["receiver_kind"], row["receiver"]
        figures = expected.pop(key, {})
        for name in ("asked", "nudged", "answered"):
            assert row[name] == figures.get(name, 0), (row, name)
        assert row["minutes"] == (about(figures["minutes"]) if "minutes" in figures else None)
        week_end = datetime.combine(row["week_start"], datetime.min.time()) + timedelta(days=7)
        assert row["waiting_at_end"] == load_reference.waiting_at(asked, *key[1:], week_end)
    assert not expected
    named = {row["receiver"] for row in built if row["minutes"]}
    assert named == {"desk", "night", load_reference.SMALL}


def test_load(retro: Retro, works: Works) -> None:
    acts = load_reference.acts(retro.histories.values())
    openings = load_reference.openings(retro.histories.values())
    kinds = load_reference.kinds(works.values())
    flow = {
        (row["week_start"], row["dimension_value"]): row
        for row in retro.table("rpt_flow_weekly")
        if row["dimension"] == "team"
    }
    for row in retro.table("rpt_load_weekly"):
        key = row["week_start"], row["team"]
        moved = flow.pop(key)
        arrivals = moved["opened"] + moved["reopened"] + moved["moved_in"]
        assert (row["arrivals"], row["open_at_end"]) == (arrivals, moved["backlog_end"])
        assert moved["backlog_start"] + arrivals - row["completions"] == row["open_at_end"]
        if row["team"] in figures_settings.MEMBERS:
            open_minutes, minutes = load_reference.capacity(row["team"], row["week_start"], AS_OF)
            assert row["open_minutes"] == about(open_minutes)
            assert row["capacity_minutes"] == about(minutes)
        else:
            assert row["capacity_minutes"] is row["used_share"] is None
        if row["used_share"] is not None:
            assert row["used_share"] == about(row["minutes"] / row["capacity_minutes"])
        own = kinds.pop(key, {})
        if load_reference.group_of(row["team"]) != row["team"]:
            assert row["capacity_minutes"] > 0
            assert {row[name] for name in OF_PERSONS} == {None}
            assert row["opened_outside"] is None or row["opened"] >= row["opened_outside"]
            acts.pop(key, None)
            openings.pop(key, None)
            continue
        assert row["resolve_minutes"] == (about(own["resolve"]) if own.get("resolve") else None)
        assert row["improve_minutes"] == (about(own["improve"]) if own.get("improve") else None)
        has_hours = row["team"] in load_reference.HOURS
        for name, found in (("acts", acts), ("opened", openings)):
            outside = found.pop(key, [])
            assert row[f"{name}_outside"] == (sum(outside) if has_hours else None), row
            if has_hours:
                assert row[name] == len(outside)
    for left_over in (flow, kinds, acts, openings):
        assert not left_over


def test_the_roster_has_the_columns_that_opsloop_writes(empty: Project) -> None:
    columns = empty.warehouse.rows(
        "select column_name from information_schema.columns "
        "where table_name = 'team_members' order by ordinal_position"
    )
    assert [row["column_name"] for row in columns] == SCHEMA.names
