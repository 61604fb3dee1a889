"""The process map over a random log, computed once more in plain Python: equal on both engines."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from opsloop.cli.process_map import document
from opsloop.service.figures.periods import Period
from opsloop.service.figures.process import Chosen
from opsloop.warehouse.serving import Published, ServingCopy, replace_serving

from . import process_reference as reference
from .retro_build import Retro
from .retro_log import AS_OF, START

SERVED = ("fct_incidents", "fct_activities", "fct_process_paths", "fct_process_loops")


@pytest.fixture(scope="module")
def copy(retro: Retro, tmp_path_factory: pytest.TempPathFactory) -> ServingCopy:
    """Publish what the command reads."""
    published = Published("store", "lineage", 1, AS_OF, AS_OF)
    tables = ((name, pa.Table.from_pylist(retro.table(name))) for name in SERVED)
    return ServingCopy(replace_serving(tmp_path_factory.mktemp("serving"), published, tables))


def test_the_random_log_has_what_is_tested(retro: Retro) -> None:
    """A comparison of logs in which nothing happens proves nothing."""
    seen = Counter(name for path in retro.paths for name in path.names)
    assert reference.ACTIVITIES - {"split"} <= seen.keys()
    assert {"handed_over", "cleared_by_itself"} <= seen.keys()
    assert "commented" not in seen
    assert any(path.is_open for path in retro.paths)


def test_activities(retro: Retro) -> None:
    built = retro.table("fct_activities")
    assert len(built) == sum(len(path.names) for path in retro.paths)
    by_incident: dict[int, list[dict[str, Any]]] = {}
    for row in sorted(built, key=lambda row: (row["incident_id"], row["place"])):
        by_incident.setdefault(row["incident_id"], []).append(row)
    for number, path in zip(retro.histories, retro.paths, strict=True):
        rows = by_incident[number]
        assert [(row["activity"], row["happened_at"]) for row in rows] == path.activities
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        assert [(row["activity"], row["next_activity"]) for row in rows] == [
            (one, other) for one, other, _ in path.steps()
        ][1:]


def test_edges(retro: Retro) -> None:
    expected = reference.edges(retro.paths)
    for row in retro.table("rpt_process_edges"):
        key = (
            row["dimension"],
            row["dimension_value"],
            row["from_activity"],
            row["to_activity"],
        )
        assert_equal(row, expected.pop(key))
    assert not expected


def test_an_incidents_steps_are_one_more_than_its_activities(retro: Retro) -> None:
    """What goes into an activity comes out of it: the map loses nobody on the way."""
    edges = [row for row in retro.table("rpt_process_edges") if row["dimension"] == "total"]
    into: Counter[str] = Counter()
    out_of: Counter[str] = Counter()
    for row in edges:
        into[row["to_activity"]] += row["steps"]
        out_of[row["from_activity"]] += row["steps"]
    assert (
        out_of.pop("start")
        == into.pop("end") + into.pop("still_open")
        == sum(path.lives_here for path in retro.paths)
    )
    assert into == out_of


def test_times_and_incidents_of_activities(retro: Retro) -> None:
    assert {
        (row["dimension"], row["dimension_value"], row["activity"]): (
            row["times"],
            row["incidents"],
        )
        for row in retro.table("rpt_process_activities")
    } == reference.activities(retro.paths)


def test_variants(retro: Retro) -> None:
    expected = reference.variants(retro.paths)
    by_dimension: dict[reference.Dimension, list[dict[str, Any]]] = {}
    for row in sorted(retro.table("rpt_process_variants"), key=lambda row: row["place"]):
        by_dimension.setdefault((row["dimension"], row["dimension_value"]), []).append(row)
    assert by_dimension.keys() == expected.keys()
    for dimension, rows in by_dimension.items():
        known = dict(expected[dimension])
        incidents = sum(len(seconds) for seconds in known.values())
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        assert sum(row["incidents"] for row in rows) == incidents
        assert sum(row["variants"] for row in rows) == len(known)
        shown = [row for row in rows if row["path"]]
        assert [row["incidents"] for row in shown] == [
            len(seconds) for _, seconds in expected[dimension][: len(shown)]
        ]
        for row in shown:
            seconds = known[row["path"]]
            assert_equal(
                row,
                {
                    "incidents": len(seconds),
                    "incidents_share": len(seconds) / incidents,
                    "median_seconds": reference.median(seconds),
                    "total_seconds": sum(seconds),
                    "is_ended": not row["path"].endswith("still_open"),
                },
            )


def test_what_is_not_among_the_most_frequent_is_one_row(retro: Retro) -> None:
    whole = [row for row in retro.table("rpt_process_variants") if row["dimension"] == "total"]
    [rest] = [row for row in whole if row["path"] is None]
    assert rest["place"] == 101 == len(whole)
    assert rest["variants"] > 1
    assert rest["median_seconds"] is None


def test_rework(retro: Retro) -> None:
    expected = reference.rework(retro.paths)
    assert {key[2] for key in expected} == {"repeated", "returned"}
    for row in retro.table("rpt_process_rework"):
        key = tuple(
            row[name]
            for name in ("dimension", "dimension_value", "kind", "activity", "via_activity")
        )
        assert_equal(row, expected.pop(key))
    assert not expected


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"team": "desk"},
        {"monitor": "mon_2", "team": "night"},
        {"monitor": "(none)"},
        {"source": "helpdesk"},
        {"period": Period(START.date() + timedelta(days=20), START.date() + timedelta(days=41))},
    ],
    ids=str,
)
def test_the_command_counts_what_was_chosen(
    retro: Retro, copy: ServingCopy, chosen: dict[str, Any]
) -> None:
    ways = [
        path
        for path in retro.paths
        if ("source" in chosen or path.lives_here)
        and all(_is_chosen(path, name, value) for name, value in chosen.items())
    ]
    assert ways
    found = document(copy, Chosen(**chosen))
    whole = ("source", chosen["source"]) if "source" in chosen else ("total", "all")
    expected = {
        key[2:]: figures for key, figures in reference.edges(ways).items() if key[:2] == whole
    }
    for row in found["edges"] + [row | {"to": "still_open"} for row in found["still_open"]]:
        figures = expected.pop((row["from"], row["to"]))
        del figures["is_while_open"], figures["incidents"]
        assert_equal({"steps": row["count"], **row}, figures)
    ends = [("start", row["to"], row["count"]) for row in found["starts"]]
    ends += [(row["from"], "end", row["count"]) for row in found["ends"]]
    assert sorted(ends) == sorted((*key, row["steps"]) for key, row in expected.items())
    assert found["incidents"] == len(ways)
    assert {
        (*whole, row["activity"]): (row["count"], row["incidents"]) for row in found["activities"]
    } == {key: row for key, row in reference.activities(ways).items() if key[:2] == whole}
    assert found["variants_total"] == len(dict(reference.variants(ways)[whole]))
    assert sum(row["count"] for row in found["rework"]) == sum(
        row["times"] for key, row in reference.rework(ways).items() if key[:2] == whole
    )


def test_the_slowest_edge_is_one_in_which_somebody_had_something_to_do(
    retro: Retro, copy: ServingCopy
) -> None:
    found = document(copy, Chosen(), min_count=5)
    taken_by = {
        key[2:]: figures["incidents"]
        for key, figures in reference.edges(retro.paths).items()
        if key[:2] == ("total", "all")
    }
    assert all(edge["count"] >= 5 for edge in found["edges"])
    [slowest] = [edge for edge in found["edges"] if edge["is_slowest"]]
    at_work = [
        edge
        for edge in found["edges"]
        if edge["from"] not in reference.ENDING
        and taken_by[edge["from"], edge["to"]] >= found["incidents"] / 20
    ]
    assert slowest in at_work
    assert slowest["median_seconds"] == max(edge["median_seconds"] for edge in at_work)


def _is_chosen(path: reference.Path, name: str, value: Any) -> bool:
    if name in ("team", "monitor", "source"):
        return (name, value) in path.dimensions
    return bool(value.since <= path.activities[0][1].date() < value.until)


def assert_equal(row: dict[str, Any], figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        close = pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
        assert row[name] == close, (row, name)
