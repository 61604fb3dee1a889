"""The process map and the work of the retro from the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from opsloop.cli.session import Session
from opsloop.warehouse.serving import Published, replace_serving
from tests.app import retro_copy
from tests.integration.cli_project import Run

AT = datetime(2026, 3, 5, 13, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 9)  # noqa: DTZ001, as the warehouse has it
WAYS = {
    1: ("shipping", ["opened", "taken", "resolved"]),
    2: ("shipping", ["opened", "resolved", "reopened", "resolved"]),
    3: ("care", ["opened", "taken"]),
}


@pytest.fixture
def mapped(run: Run) -> Run:
    """Publish three incidents, a day after another; the last one is open."""
    at = AT.replace(tzinfo=None)
    published = Published("store", "lineage", 1, at, at)
    replace_serving(Session().paths.serving, published, tables().items())
    return run


def tables() -> dict[str, pa.Table]:
    incidents, activities, paths = [], [], []
    for number, (team, way) in WAYS.items():
        opened_at = MONDAY + timedelta(days=number)
        incidents.append(
            {
                "incident_id": number,
                "team": team,
                "monitor_id": "mon_a",
                "source": None,
                "opened_at": opened_at,
            }
        )
        activities += [
            {
                "incident_id": number,
                "place": place,
                "activity": activity,
                "next_activity": following,
                "seconds_to_next": None if following == "end" else 600.0 * place,
                "is_while_open": activity != "resolved",
            }
            for place, (activity, following) in enumerate(
                zip(way, [*way[1:], "still_open" if number == 3 else "end"], strict=True), start=1
            )
        ]
        path = " > ".join(way + (["still_open"] if number == 3 else []))
        paths.append(
            {
                "incident_id": number,
                "path_id": str(number),
                "path": path,
                "is_ended": number != 3,
                "seconds": 600.0,
            }
        )
    loop = {
        "incident_id": 2,
        "kind": "returned",
        "activity": "resolved",
        "via_activity": "reopened",
        "seconds": 900.0,
    }
    known = [("total", "all"), ("team", "shipping"), ("team", "care"), ("monitor", "mon_a")]
    headline = [
        {"dimension": one, "dimension_value": value, "incidents": 1} for one, value in known
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "fct_incidents": incidents,
        "fct_activities": activities,
        "fct_process_paths": paths,
        "fct_process_loops": [loop],
        "dim_parts": headline,
    }
    return {name: pa.Table.from_pylist(own) for name, own in rows.items()}


def edges(found: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(edge["from"], edge["to"]): edge["count"] for edge in found["edges"]}


def test_edges_are_between_activities_and_ends_stand_apart(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--json").json
    assert edges(found) == {
        ("opened", "taken"): 2,
        ("opened", "resolved"): 1,
        ("reopened", "resolved"): 1,
        ("resolved", "reopened"): 1,
        ("taken", "resolved"): 1,
    }
    assert found["starts"] == [{"to": "opened", "count": 3}]
    assert found["ends"] == [{"from": "resolved", "count": 2}]
    assert [(row["from"], row["count"]) for row in found["still_open"]] == [("taken", 1)]
    assert found["activities"][0] == {"activity": "opened", "count": 3, "incidents": 3}
    assert [edge["from"] for edge in found["edges"] if edge["is_slowest"]] == ["reopened"]
    assert found["data_through"] == "2026-03-05T13:00:00Z"


def test_every_edge_has_its_times(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--json").json
    assert found["edges"][0] == {
        "from": "opened",
        "to": "taken",
        "count": 2,
        "median_seconds": 600.0,
        "total_seconds": 1200.0,
        "is_slowest": False,
    }


def test_ways_and_what_is_done_again(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--json").json
    assert found["variants_total"] == 3
    assert [(one["activities"], one["is_ended"]) for one in found["variants"]] == [
        (way, number != 3) for number, (_, way) in WAYS.items()
    ]
    assert [(one["kind"], one["activity"], one["via"]) for one in found["rework"]] == [
        ("returned", "resolved", "reopened")
    ]


@pytest.mark.parametrize(
    ("options", "incidents"),
    [
        (["--team", "care"], 1),
        (["--monitor", "mon_a"], 3),
        (["--team", "shipping", "--from", "2026-03-04"], 1),
        (["--to", "2026-03-03"], 0),
        (["--from", "2026-03-03", "--to", "2026-03-04"], 1),
        (["--from", "2026-W10", "--to", "2026-W11"], 3),
    ],
)
def test_a_part_of_the_work(mapped: Run, options: list[str], incidents: int) -> None:
    found = mapped("retro", "process-map", *options, "--json").json
    assert found["incidents"] == incidents
    assert sum(row["count"] for row in found["starts"]) == incidents


def test_a_period_that_holds_no_day(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--from", "2026-03-04", "--to", "2026-03-03")
    assert (found.code, found.out) == (2, "")
    assert "holds no day" in found.err


def test_nothing_opened_is_said(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--to", "2026-03-01")
    assert (found.code, found.out) == (0, "No incident was opened there.\n")


def test_the_map_as_a_table(mapped: Run) -> None:
    lines = mapped("retro", "process-map", "--min-count", "2").out.splitlines()
    assert lines[1].split() == ["(start)", "opened", "3"]
    assert lines[2].split()[:3] == ["opened", "taken", "2"]
    assert lines[2].endswith("slowest")
    assert "3 incidents, 3 ways through it." in lines


def test_a_team_that_there_is_not(mapped: Run) -> None:
    found = mapped("retro", "process-map", "--team", "shiping")
    assert (found.code, found.out) == (1, "")
    assert "Did you mean 'shipping'?" in found.err


@pytest.mark.parametrize("command", ["process-map", "work"])
def test_nothing_is_published(run: Run, command: str) -> None:
    found = run("retro", command)
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("Run `opsloop run`, or `opsloop publish`.\n")


@pytest.fixture
def published(run: Run) -> Run:
    """Publish a few weeks of figures."""
    session = Session()
    with session.store() as store:
        retro_copy.publish(session.paths.serving, store, published_at=AT)
    return run


def test_work_is_recorded_and_estimated(published: Run) -> None:
    found = published("retro", "work", "--by", "type", "--json").json
    late, lost = found["figures"]
    assert (late["recorded_cost"], late["estimated_cost"], late["currency"]) == (120, 200, "EUR")
    assert (late["recorded_incidents"], late["incidents"]) == (6, 10)
    assert (lost["recorded_minutes"], lost["recorded_cost"]) == (None, None)
    assert [week["minutes"] for week in found["weeks"]] == [60, 60, None]


def test_work_as_a_table(published: Run) -> None:
    lines = published("retro", "work", "--by", "type").out.splitlines()
    assert "6 of 10" in lines[1]
    assert "120 EUR" in lines[1]
    assert lines[2].split()[:1] == ["lost"]
    assert "EUR" not in lines[2]


def test_the_headline_has_the_work_beside_it(published: Run) -> None:
    figures = published("retro", "--json").json["figures"]
    assert figures[0]["recorded_minutes"] == 80
    assert figures[0]["estimated_cost"] == 140
    assert figures[0]["resolve_business_median_seconds"] == 2 * 3600


@pytest.mark.parametrize("command", [("retro",), ("retro", "work")])
def test_an_imported_log_is_told_as_one(mapped: Run, command: tuple[str, ...]) -> None:
    found = mapped(*command, "--source", "desk", "--by", "team")
    assert (found.code, found.out) == (2, "")
    assert "Give --by or --source" in found.err
