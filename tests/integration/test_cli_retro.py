"""The retro's weeks from the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from opsloop.cli.session import Session
from opsloop.warehouse.serving import Published, replace_serving
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


FIRST_WEEK = date(2025, 1, 6)
WEEKS = 60  # and one that is not over


@pytest.fixture
def long_published(run: Run) -> Run:
    """Publish more than a year of weeks."""
    publish_weeks(WEEKS)
    return run


NOTHING_ELSE = (
    "reopened", "moved_in", "resolved", "merged", "moved_out", "backlog_start", "backlog_end",
    "self_resolved",
)  # fmt: skip


def publish_weeks(
    count: int, part: tuple[str, str] = ("total", "all"), complete_for: str = "opened"
) -> None:
    """Publish weeks of about 40 incidents, 70 in the last, and one of them without minutes."""
    session = Session()
    mondays = [FIRST_WEEK + timedelta(weeks=week) for week in range(count + 1)]
    shared = [
        {
            "week_start": monday,
            "is_complete": number < count,
            "dimension": part[0],
            "dimension_value": part[1],
        }
        for number, monday in enumerate(mondays)
    ]
    tables: dict[str, list[dict[str, object]]] = {
        "dim_parts": [{"dimension": part[0], "dimension_value": part[1], "incidents": 1}],
        "rpt_flow_weekly": [
            row
            | {
                "opened": 70 if number == count - 1 else 38 + number % 5,
                **dict.fromkeys(NOTHING_ELSE, 0),
                "iso_week": f"{row['week_start']:%G-W%V}",
            }
            for number, row in enumerate(shared)
        ],
        "rpt_work_weekly": [
            row | {"minutes": None if number == 30 else 400.0 + 10 * (number % 4)}
            for number, row in enumerate(shared)
        ],
        "rpt_turnaround_weekly": [
            row
            | {"measure": "resolve", "median_seconds": 3600.0 + 60 * (number % 7)}
            | {"running": 0}
            for number, row in enumerate(shared)
        ],
        "rpt_events_weekly": [row | {"events": 40, "monitors_run": 1} for row in shared],
        "rpt_imports": [
            {
                "import_id": 1,
                "imported_at": datetime(2026, 3, 4),  # noqa: DTZ001
                "file_name": "desk.csv",
                "rows_imported": 900,
                "source": part[1],
                "window_from": FIRST_WEEK + timedelta(days=1),
                "window_to": mondays[-1],
                "complete_for": complete_for,
            }
        ],
        "fct_incidents": [
            {
                "incident_id": 1,
                "monitor_id": None,
                "source": part[1] if part[0] == "source" else None,
            }
        ],
        "fct_incident_transitions": [
            {
                "incident_id": 1,
                "changed_at": datetime(2025, 1, 6),  # noqa: DTZ001
                "from_state": None,
                "was_open": False,
                "is_open": True,
                "is_reopening": False,
                "from_team": None,
                "to_team": "shipping",
            }
        ],
    }
    with session.store() as store:
        store_id, lineage = store.identity()
        published = Published(store_id, lineage, 0, datetime(2026, 3, 5), datetime(2026, 3, 5))  # noqa: DTZ001
    found = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    replace_serving(session.paths.serving, published, found.items())


def test_a_forecast_has_its_interval_and_how_often_such_ones_held(long_published: Run) -> None:
    found = long_published("retro", "forecast", "--weeks", "3", "--json").json
    arrivals, minutes = found["figures"]
    assert [one["figure"] for one in (arrivals, minutes)] == ["arrivals", "minutes"]
    after = FIRST_WEEK + timedelta(weeks=WEEKS)
    starts = [str(after + timedelta(weeks=week)) for week in range(3)]
    for figure, low, high in ((arrivals, 35, 60), (minutes, 390, 440)):
        assert [week["week_start"] for week in figure["weeks"]] == starts
        for week in figure["weeks"]:
            assert low < week["expected"] < high
            assert week["low"] <= week["expected"] <= week["high"]
            assert 0 < week["covered"] <= week["checked"]
        assert figure["total"]["expected"] == pytest.approx(
            sum(week["expected"] for week in figure["weeks"]), rel=0.2
        )
    told = long_published("retro", "forecast").out
    assert told.count("all of them") == 2
    assert f"{after:%Y-%m-%d}" in told


def test_a_week_that_is_unlike_the_others_is_a_signal(long_published: Run) -> None:
    arrivals, resolve = long_published("retro", "stability", "--json").json["figures"]
    assert (arrivals["figure"], arrivals["is_predictable"]) == ("arrivals", False)
    last = FIRST_WEEK + timedelta(weeks=WEEKS - 1)
    assert {"day": str(last), "value": 70.0, "kind": "above the limits"} in arrivals["signals"]
    # the log begins within its first week, and the last is not over
    assert len(arrivals["points"]) == WEEKS - 1
    assert resolve["is_predictable"] is True
    assert resolve["expected_false_signals"] > 0
    told = long_published("retro", "stability").out
    assert "not predictable" in told
    assert "usual: " in told


def test_a_few_weeks_are_not_yet_enough(run: Run) -> None:
    publish_weeks(3)
    assert run("retro", "stability").out.count("not yet known") == 2
    told = run("retro", "forecast").out
    assert told.count("not yet known") == 2
    assert "week from" not in told


def test_weeks_add_up(published: Run) -> None:
    found = published("retro", "weekly", "--json").json
    assert (found["dimension"], found["dimension_value"]) == ("total", "all")
    assert found["data_through"] == "2026-03-05T12:30:00Z"
    assert [week["iso_week"] for week in found["weeks"]] == ["2026-W08", "2026-W09", "2026-W10"]
    for week in found["weeks"]:
        assert week["arrivals"] == week["opened"] + week["reopened"] + week["moved_in"]
        assert week["completions"] == week["resolved"] + week["merged"] + week["moved_out"]
        assert week["backlog_start"] + week["arrivals"] - week["completions"] == week["backlog_end"]


def test_an_imported_log_is_looked_at_alone(run: Run) -> None:
    publish_weeks(30, ("source", "helpdesk"))
    found = run("retro", "forecast", "--source", "helpdesk", "--json").json
    assert (found["dimension"], found["dimension_value"]) == ("source", "helpdesk")
    assert len(found["figures"][0]["weeks"]) == 8
    assert run("retro", "stability", "--source", "helpdesk").out.count("usual: ") == 2
    weeks = run("retro", "weekly", "--source", "helpdesk", "--json").json
    assert weeks["doubt"] is None
    # the window begins on a Tuesday, and ends before the last week does
    within = [week["is_within_window"] for week in weeks["weeks"]]
    assert within == [False, *[True] * 29, False]
    table = run("retro", "weekly", "--source", "helpdesk").out
    assert table.count("not whole") == 2
    unknown = run("retro", "weekly", "--source", "help")
    assert (unknown.code, unknown.out) == (1, "")
    assert "Nothing was imported from 'help'. Did you mean 'helpdesk'?" in unknown.err


def test_a_log_without_a_window_is_doubted(run: Run) -> None:
    publish_weeks(30, ("source", "helpdesk"), complete_for="closed")
    told = run("retro", "weekly", "--source", "helpdesk")
    assert told.out.startswith("Do not believe arrivals and backlog: The log of 'helpdesk' is")
    for word in ("forecast", "stability"):
        assert "rise from nothing" in run("retro", word, "--source", "helpdesk").out


def test_options_before_a_command_are_refused_and_not_lost(published: Run) -> None:
    found = published("retro", "--source", "helpdesk", "--json", "weekly")
    assert (found.code, found.out) == (2, "")
    assert "--source stands before 'weekly'" in found.err


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


@pytest.mark.parametrize("command", ["weekly", "service-levels", "forecast", "stability"])
def test_a_part_that_there_is_not(published: Run, command: str) -> None:
    found = published("retro", command, "--team", "shiping")
    assert (found.code, found.out) == (1, "")
    assert "Did you mean 'shipping'?" in found.err
    both = published("retro", command, "--team", "shipping", "--monitor", "mon_late_orders")
    assert (both.code, both.out) == (2, "")


@pytest.mark.parametrize("command", ["weekly", "service-levels", "forecast", "stability"])
def test_nothing_is_published(run: Run, command: str) -> None:
    found = run("retro", command)
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("Run `opsloop run`, or `opsloop publish`.\n")
