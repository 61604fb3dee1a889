"""The retro's weeks from the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opsloop.cli.session import Session
from tests.app import retro_copy
from tests.integration.cli_project import Run


@pytest.fixture
def published(run: Run) -> Run:
    """Publish a few weeks of figures."""
    session = Session()
    with session.store() as store:
        at = datetime(2026, 3, 5, 13, tzinfo=UTC)
        retro_copy.publish(session.paths.serving, store, published_at=at)
    return run


def test_weeks_add_up(published: Run) -> None:
    found = published("retro", "weekly", "--json").json
    assert (found["dimension"], found["dimension_value"]) == ("total", "all")
    assert found["data_through"] == "2026-03-05T12:30:00Z"
    assert [week["iso_week"] for week in found["weeks"]] == ["2026-W08", "2026-W09", "2026-W10"]
    for week in found["weeks"]:
        assert week["arrivals"] == week["opened"] + week["reopened"] + week["moved_in"]
        assert week["completions"] == week["resolved"] + week["merged"] + week["moved_out"]
        assert week["backlog_start"] + week["arrivals"] - week["completions"] == week["backlog_end"]


def test_weeks_as_a_table(published: Run) -> None:
    lines = published("retro", "weekly", "--team", "shipping").out.splitlines()
    assert lines[0].split() == [
        "week",
        "before",
        "arrivals",
        "completions",
        "after",
        "by",
        "itself",
    ]
    assert lines[3].split()[:3] == ["2026-W10", "so", "far"]


def test_service_levels_say_what_was_kept_and_why_not(published: Run) -> None:
    weeks = published("retro", "service-levels", "--monitor", "mon_late_orders", "--json").json[
        "weeks"
    ]
    assert [(week["met"], week["missed"], week["running"]) for week in weeks] == [
        (7, 2, 3),
        (7, 2, 3),
        (0, 0, 12),
    ]
    assert weeks[2]["met_share"] is None
    told = published("retro", "service-levels").out
    assert "7 of 9" in told
    assert "nobody had taken it (2)" in told


@pytest.mark.parametrize("command", ["weekly", "service-levels"])
def test_a_part_that_there_is_not(published: Run, command: str) -> None:
    found = published("retro", command, "--team", "shiping")
    assert (found.code, found.out) == (1, "")
    assert "Did you mean 'shipping'?" in found.err
    both = published("retro", command, "--team", "shipping", "--monitor", "mon_late_orders")
    assert (both.code, both.out) == (2, "")


@pytest.mark.parametrize("command", ["weekly", "service-levels"])
def test_nothing_is_published(run: Run, command: str) -> None:
    found = run("retro", command)
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("Run `opsloop run`, or `opsloop publish`.\n")
