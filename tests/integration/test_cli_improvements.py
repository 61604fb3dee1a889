"""Improvements and retrospectives from the command line, over published weeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsloop.cli.session import Session
from opsloop.service.judging import review
from tests.integration.cli_project import Run
from tests.integration.improving import PROPOSAL
from tests.integration.weekly_copy import LATE, calm, publish, resolved

WEEKS = 80
# so many whole weeks before the wall clock's, by which the command line registers
TODAY = datetime.now(UTC).date()
THIS_WEEK = TODAY - timedelta(days=TODAY.weekday())
START = THIS_WEEK - timedelta(weeks=8)


@pytest.fixture
def figures(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Publish weeks that end with the last one: a fall over the last eight, and a proposal."""
    monkeypatch.setattr(
        "tests.integration.weekly_copy.FIRST_WEEK", THIS_WEEK - timedelta(weeks=WEEKS)
    )
    publish_figures(18)
    return run


def publish_figures(level: int, **more: Any) -> None:
    session = Session()
    with session.store() as store:
        events = {LATE: [*calm(WEEKS - 8), *calm(8, level)]}
        at = datetime(2026, 6, 1) + timedelta(minutes=level)  # noqa: DTZ001
        extra = {"rpt_proposals": [PROPOSAL]}
        copy = publish(session.paths.serving, store, events=events, at=at, extra=extra, **more)
        review(store, copy, {}, datetime.now(UTC))


def test_from_a_proposal_to_a_verdict(figures: Run) -> None:
    [proposed] = figures("retro", "proposals", "--json").json["proposals"]
    key = proposed["proposal_key"]
    told = figures("retro", "proposals").out
    assert "19 of 20" in told
    assert key in told
    # it is measured by what is published here, and said otherwise than proposed
    made = figures(
        *("improvements", "open", "--proposal", key, "--metric", "events", "--target", "-40%"),
        *("--start", str(START), "--team", "shipping", "--json"),
    ).json
    assert made["improvement_id"] == 1
    assert (made["stage"], made["metric"], made["target"]) == ("proposed", "events", -0.4)
    assert (made["owner"], made["proposal_key"]) == ("mo.bauer", key)
    again = figures("improvements", "open", "--proposal", key, "--metric", "events")
    assert again.code == 1
    assert "comes from the proposal" in again.err
    started = figures("improvements", "start", "1")
    assert started.out == f"Improvement 1 runs from {START} on.\n"
    publish_figures(19)
    [listed] = figures("improvements", "list", "--json").json
    assert listed["title"] == PROPOSAL["title"]
    assert listed["hypothesis"] == PROPOSAL["reason"]
    assert listed["registered_late"] is True
    assert listed["verdict"]["verdict"] == "helped"
    assert figures("improvements", "list", "--stage", "done").out == (
        "No improvement is registered.\n"
    )
    table = figures("improvements", "list").out
    assert "events of monitor mon_late_orders by -40 %" in table
    publish_figures(40)
    shown = figures("improvements", "show", "1", "--json").json
    [kept] = shown["verdicts"]
    assert kept["says_otherwise_today"] is True
    assert kept["today"].startswith("not yet known")
    assert shown["today"]["verdict"] == "not yet known"
    assert (shown["today"]["monitors_began"], shown["today"]["waits_for_week"]) == ([], None)
    assert shown["trouble"] is None
    assert [row["step"] for row in shown["history"]] == ["opened", "started"]
    told = figures("improvements", "show", "1").out
    assert "registered after it had begun" in told
    assert "today's figures say otherwise: not yet known" in told
    assert figures("improvements", "finish", "1", "it stays").out == "Improvement 1 is done.\n"
    assert "finished by mo.bauer: it stays" in figures("improvements", "show", "1").out


def test_what_cannot_be_registered_says_why(figures: Run) -> None:
    sound = ("improvements", "open", "Ask earlier", "--part", "monitor=mon_late_orders")
    for more, code, says in (
        ((), 2, "Give TITLE, --part and --metric, or a --proposal"),
        (("--metric", "speed"), 2, "'speed' is not one of"),
        (("--metric", "events", "--target", "0.3"), 1, "less is better for events"),
        (("--metric", "events", "--target", "much"), 2, "write -0.3 or -30%"),
        (("--metric", "events", "--horizon", "99"), 1, "horizon of 99 weeks"),
        (("--metric", "events", "--control", "shop"), 2, "no part of the work"),
        (("--metric", "events", "--control", "desk=1"), 1, "told apart by 'desk'"),
        (("--metric", "events", "--control", "monitor=mon_late_order"), 1, "Did you mean"),
        (("--metric", "events", "--owner", "nobody"), 1, "no person 'nobody'"),
        (("--metric", "events", "--start", "soon"), 2, "'soon' is no day"),
        (("--proposal", "automate:x"), 1, "no proposal 'automate:x'"),
        (("--metric", "minutes"), 1, "cannot be read"),  # this copy lacks its table
    ):
        ran = figures(*sound, *more)
        assert (ran.code, says in ran.err) == (code, True), (more, ran.err)
        assert ran.err.count("\n") == 1
    assert figures("improvements", "show", "7").code == 1
    assert figures("improvements", "drop", "7").code == 2  # no reason
    assert figures("improvements", "list", "--json").json == []


def test_a_start_is_moved_and_an_improvement_dropped(figures: Run) -> None:
    part = ("--part", "total", "--metric", "arrivals")
    unknown = figures("improvements", "open", "All of it", *part)
    assert "No figures are told apart by 'total'" in unknown.err
    figures(
        *("improvements", "open", "Ask earlier", "--part", "monitor=mon_late_orders"),
        *("--metric", "arrivals", "--start", str(START)),
    )
    refused = figures("improvements", "move", "1", "--to", str(THIS_WEEK))
    assert refused.code == 1
    assert "another start needs a reason" in refused.err
    moved = figures("improvements", "move", "1", "--to", str(THIS_WEEK), "it came later", "--json")
    assert moved.json["start_moved_late"] == 1
    shown = figures("improvements", "show", "1").out
    assert "Its start was set or moved after it had begun (1)" in shown
    assert figures("improvements", "drop", "1", "too dear").out == "Improvement 1 is dropped.\n"
    assert figures("improvements", "start", "1").code == 1


def test_before_anything_was_published(run: Run) -> None:
    said = run("improvements", "open", "Ask", "--part", "total", "--metric", "arrivals").out
    assert said == (
        "Improvement 1 is proposed: arrivals of everything by -30 %.\n"
        "No figures were published yet, so its part could not be looked up.\n"
    )
    assert run("improvements", "open", "--proposal", "x").err == (
        "opsloop: Nothing was published yet. Run `opsloop run`, or `opsloop publish`.\n"
    )
    assert run("improvements", "changes").code == 1
    run("improvements", "start", "1")
    assert "What happened" in run("improvements", "show", "1").out


def test_changes_of_rules_are_listed(figures: Run) -> None:
    assert figures("improvements", "changes").out == (
        "No change of a monitor's rule or grouping was seen yet.\n"
    )
    runs = [
        ("mon_late_orders", datetime(2025, 1, 6, 6, tzinfo=UTC), "a"),
        ("mon_late_orders", datetime(START.year, START.month, START.day, 6, tzinfo=UTC), "b"),
    ]
    publish_figures(20, runs=runs)
    [found] = figures("improvements", "changes", "--json").json
    assert (found["monitor"], found["aspect"], found["before"]) == ("mon_late_orders", "rule", "a")
    assert found["verdict"] == "helped"
    assert found["adjusted_p_value"] == pytest.approx(found["p_value"])
    assert "mon_late_orders: rule\n  helped: " in figures("improvements", "changes").out
    assert figures("improvements", "changes", "--monitor", "other", "--json").json == []


def test_ways_of_resolving(figures: Run) -> None:
    incidents = [
        resolved("mon_late_orders", week, code, seconds)
        for week in range(15)
        for code, seconds in (("fixed", 7200.0), ("fixed", 7300.0), ("accepted", 1800.0))
    ]
    publish_figures(21, incidents=incidents)
    found = figures("retro", "ways", "--monitor", "mon_late_orders", "--json").json
    assert [(one["way"], one["incidents"]) for one in found["ways"]] == [
        ("fixed", 30),
        ("accepted", 15),
    ]
    [compared] = found["compared"]
    assert (compared["way"], compared["against"], compared["weeks"]) == ("accepted", "fixed", 15)
    assert compared["change"] == pytest.approx(-0.75, abs=0.01)
    told = figures("retro", "ways", "--monitor", "mon_late_orders", "--by", "team").out
    assert "shipping" in told
    assert "accepted against fixed: quicker: 75 % shorter" in (
        figures("retro", "ways", "--monitor", "mon_late_orders").out
    )
    assert figures("retro", "ways", "--monitor", "mon_none").code == 1
    assert figures("retro", "ways").code == 2


def test_a_retrospective_from_end_to_end(figures: Run) -> None:
    assert figures("retrospectives", "list").out == "No retrospective was held.\n"
    assert "No retrospective was held" in figures("retrospectives", "show").err
    opened = figures(
        *("retrospectives", "open", "--team", "shipping"),
        *("--from", str(START), "--to", str(THIS_WEEK), "--json"),
    ).json
    assert (opened["retrospective_id"], opened["begins_with"]) == (1, [])
    figures(
        *("improvements", "open", "Ask earlier", "--part", "monitor=mon_late_orders"),
        *("--metric", "events", "--start", str(START), "--retrospective", "1"),
    )
    figures("improvements", "start", "1")
    publish_figures(22)
    noted = figures("retrospectives", "note", "1", "Late [bold]again[/bold]\x1b[31m")
    assert noted.out == "Agenda 1: on the agenda.\n"
    figures("retrospectives", "decide", "1", "Ask earlier", "--improvement", "1")
    acted = figures(
        *("retrospectives", "act", "1", "Call them", "--owner", "kim.larsen"),
        *("--due", str(START), "--improvement", "1", "--json"),
    ).json
    assert (acted["item_id"], acted["owner"], acted["due_day"]) == (3, "kim.larsen", str(START))
    assert figures("retrospectives", "act", "1", "x").code == 2  # nobody to do it
    assert figures("retrospectives", "close", "1").out == "Retrospective 1 is closed.\n"
    assert figures("retrospectives", "note", "1", "late").code == 1
    told = figures("retrospectives", "open", "--team", "shipping").out
    assert "What became of the actions before" in told
    assert f"3 Call them (kim.larsen, due {START}) - still open, overdue" in told
    assert "improvement 1 (running): helped: " in told
    figures("retrospectives", "done", "3", "they answered", "--as", "kim.larsen")
    shown = figures("retrospectives", "show", "--json").json
    [began] = shown["begins_with"]
    assert (began["state"], began["settled_text"]) == ("done", "they answered")
    assert began["improvement"]["verdict"]["verdict"] == "helped"
    first = figures("retrospectives", "show", "1").out
    assert "\x1b" not in first
    assert "Agenda\n  1 Late [bold]again[/bold]" in first
    assert "Decided\n  2 Ask earlier" in first
    assert figures("retrospectives", "drop", "3", "no").code == 1  # it is done
    listed = figures("retrospectives", "list", "--json").json
    assert [(one["retrospective_id"], one["closed_at"] is None) for one in listed] == [
        (2, True),
        (1, False),
    ]
    assert "shipping" in figures("retrospectives", "list").out
