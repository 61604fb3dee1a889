"""The retro models over a mirrored log: empty, random, later than as_of, on both engines.

The random log is computed once more in plain Python (`retro_reference`) and must come out equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import yaml

from opsloop.store import settings_export
from opsloop.store.tables import incident_event_log, incident_log

from . import retro_reference as reference
from .project import ROOT, Project
from .retro_build import KNOWN_BEFORE, Retro
from .retro_log import AS_OF, REPLACED, WINDOWS, Row

FLOWS = ("opened", "reopened", "moved_in", "resolved", "merged", "moved_out", "self_resolved")
MEASURES = ("acknowledge", "resolve", "final_resolve", "resolve_by_people", "close")
QUANTILES = {"median": Fraction(1, 2), "p85": Fraction(85, 100), "p95": Fraction(95, 100)}


def test_the_mirror_has_the_columns_of_the_store(empty: Project) -> None:
    expected = {name: list(columns) for name, columns in settings_export.TABLES.items()}
    for table in (incident_log, incident_event_log):
        names = [column.name for column in table.columns]
        expected[table.name] = [name for name in names if name != "payload"]
    for name, columns in expected.items():
        mirrored = empty.warehouse.rows(
            "select column_name from information_schema.columns "
            f"where table_name = '{name}' order by ordinal_position"
        )
        assert [row["column_name"] for row in mirrored] == columns


def test_an_empty_log_is_green_and_empty(empty: Project) -> None:
    names = [model.stem for model in (ROOT / "models/retro").rglob("*.sql")]
    counts = (f"select '{name}' as name, count(*) as n from {name}" for name in names)
    found = {row["name"]: row["n"] for row in empty.warehouse.rows(" union all ".join(counts))}
    with_a_row = {name for name, count in found.items() if count}
    assert with_a_row == {"dim_parts", "rpt_headline", "rpt_built", "int_rules_built"}
    assert found["dim_parts"] == found["rpt_headline"] == found["rpt_built"] == 1
    headline = empty.warehouse.rows("select * from rpt_headline")[0]
    assert headline["incidents"] == headline["resolve_count"] == 0
    assert headline["resolve_median_seconds"] is None


def test_every_model_says_its_grain() -> None:
    folder = ROOT / "models/retro"
    files = folder.glob("*__models.yml")
    models = [model for file in files for model in yaml.safe_load(file.read_text())["models"]]
    assert sorted(model["name"] for model in models) == sorted(
        path.stem for path in folder.rglob("*.sql")
    )
    for model in models:
        assert "One row" in model["description"].split(". ")[-1], model["name"]


def test_the_random_log_has_what_is_tested(retro: Retro) -> None:
    """A comparison of logs in which nothing happens proves nothing."""
    figures = [reference.incident_figures(h) for h in retro.histories.values()]
    assert sum(f["ping_pongs_count"] > 0 for f in figures) > 5
    assert sum(f["reopened_count"] > 1 for f in figures) > 5
    assert sum(f["is_self_resolved"] for f in figures) > 10
    assert sum(f["is_open"] for f in figures) > 20
    assert any(row["recorded_at"] >= KNOWN_BEFORE for row in retro.rows)
    assert any(row.get("merged_into") for row in retro.rows)
    assert sum("reverses_batch_id" in row for row in retro.rows) > 20
    sources = {history.incident.source for history in retro.histories.values()}
    assert sources == {None, "helpdesk", "old"}
    assert any(row.get("import_id") == REPLACED for row in retro.rows)
    assert any(row["effective_at"] < row["recorded_at"] for row in retro.rows)
    ends = {history.incident.source: history.known_until for history in retro.histories.values()}
    assert ends[None] == AS_OF > ends["old"] > ends["helpdesk"] == WINDOWS[1]
    assert sum(map(reference.is_implied, retro.known_rows)) > 5
    carriers = {history.evidence.get("carrier") for history in retro.histories.values()}
    assert {None, "(other)"} < carriers


def test_incidents(retro: Retro) -> None:
    built = {row["incident_id"]: row for row in retro.table("fct_incidents")}
    assert built.keys() == retro.histories.keys()
    for number, history in retro.histories.items():
        expected = reference.incident_figures(history)
        expected["seconds_to_detect"] = reference.detected_after(history, retro.events)
        for key, value in expected.items():
            close = pytest.approx(value) if isinstance(value, float) else value
            assert built[number][key] == close, (number, key)


def test_transitions(retro: Retro) -> None:
    built = {
        (row["incident_id"], row["version"]): row for row in retro.table("fct_incident_transitions")
    }
    steps = {
        (number, step.row["version"]): (step.at, step.state, step.team, step.assignee)
        for number, history in retro.histories.items()
        for step in history.steps
    }
    # what is only counted changes nothing, and stands there too
    counted = {key for key, row in built.items() if key not in steps}
    assert counted
    assert counted <= {key for key, row in built.items() if row["is_reassignment"]}
    assert {
        key: (row["changed_at"], row["to_state"], row["to_team"], row["to_assignee"])
        for key, row in built.items()
        if key not in counted
    } == steps


def test_a_nightly_build_does_not_count_all_time(retro: Retro) -> None:
    """The views are made, and asked for nothing: a test would count them for all there is."""
    views = {path.stem for path in (ROOT / "models/retro/all_time").glob("*.sql")}
    selected = ("--selector", "retro")
    tested = retro.project.dbt(
        "test", *selected, "--exclude-resource-type", "unit_test", as_of=AS_OF
    )
    assert tested.success, tested.failed
    names = {node.name for node in tested.nodes}
    assert "assert_backlog_adds_up" in names
    assert not {name for name in names if any(view in name for view in views)}
    assert "assert_process_map_loses_nobody" not in names
    made = retro.project.dbt("run", *selected, as_of=AS_OF)
    assert made.success
    assert views <= {node.name for node in made.nodes}


def test_daily_flow(retro: Retro) -> None:
    built = retro.table("rpt_flow_daily")
    days = sorted({row["day"] for row in built})
    first = min(history.opened_at for history in retro.histories.values())
    assert (days[0], days[-1]) == (reference.week_of(first), AS_OF.date())
    expected = reference.flow(retro.histories.values(), days[0], days[-1])
    for row in built:
        figures = expected.pop((row["day"], row["dimension"], row["dimension_value"]), {})
        for name in (*FLOWS, "backlog_end"):
            assert row[name] == figures.get(name, 0), (row, name)
    assert not expected


def test_weekly_flow(retro: Retro) -> None:
    daily = reference.grouped(
        retro.table("rpt_flow_daily"),
        lambda row: [
            (
                row["day"] - timedelta(days=row["day"].weekday()),
                row["dimension"],
                row["dimension_value"],
            )
        ],
    )
    weekly = retro.table("rpt_flow_weekly")
    assert len(weekly) == len(daily)
    for row in weekly:
        days = sorted(
            daily[row["week_start"], row["dimension"], row["dimension_value"]],
            key=lambda day: day["day"],
        )
        assert row["backlog_start"] == days[0]["backlog_start"]
        assert row["backlog_end"] == days[-1]["backlog_end"]
        for name in FLOWS:
            assert row[name] == sum(day[name] for day in days)
        assert row["iso_week"] == "{}-W{:02}".format(*row["week_start"].isocalendar())
        assert row["is_complete"] == (row["week_start"] + timedelta(days=7) <= AS_OF.date())


def test_weekly_turnaround(retro: Retro) -> None:
    samples = reference.grouped(
        (
            (history, measure, duration)
            for history in retro.histories.values()
            for measure, duration in reference.durations(history).items()
            if measure != "close"
        ),
        lambda item: [
            (reference.week_of(item[0].opened_at), *dimension, item[1])
            for dimension in owner(item[0])
        ],
    )
    opened = reference.grouped(
        retro.histories.values(),
        lambda history: [(reference.week_of(history.opened_at), *d) for d in owner(history)],
    )
    for row in retro.table("rpt_turnaround_weekly"):
        if row["measure"].endswith("_business"):
            continue  # tests/dbt/test_service_levels.py
        key = (row["week_start"], row["dimension"], row["dimension_value"], row["measure"])
        sample = [duration for _, _, duration in samples.pop(key, [])]
        assert_quantiles(row, sample, counts=("incidents", "finished", "running"))
        assert row["ended_otherwise"] == count(sample, "otherwise")
        assert row["left_out"] == len(opened.get(key[:3], [])) - len(sample)
        assert row["is_median_reached"] == (row["median_seconds"] is not None)
    assert not samples


def test_headline(retro: Retro) -> None:
    by_dimension = reference.grouped(retro.histories.values(), owner)
    asked = reference.grouped(
        (a for h in retro.histories.values() for a in reference.escalations(h)),
        lambda a: a.dimensions,
    )
    for row in retro.table("rpt_headline"):
        key = row["dimension"], row["dimension_value"]
        known = by_dimension.pop(key, [])
        figures = [reference.incident_figures(history) for history in known]
        assert row["incidents"] == len(known) == row["open"] + row["resolved"] + row["closed"]
        assert row["open"] == sum(f["is_open"] for f in figures)
        assert row["closed"] == sum(f["state"] == "closed" for f in figures)
        assert row["reopened_incidents"] == sum(f["reopened_count"] > 0 for f in figures)
        assert row["reassigned_incidents"] == sum(f["reassignments_count"] > 0 for f in figures)
        assert row["escalated_incidents"] == sum(f["escalations_count"] > 0 for f in figures)
        assert row["escalations"] == sum(f["escalations_count"] for f in figures)
        assert row["self_resolved"] == sum(f["is_self_resolved"] for f in figures)
        for measure in MEASURES:
            sample = [
                durations[measure]
                for durations in (reference.durations(history) for history in known)
                if measure in durations
            ]
            assert_quantiles(row, sample, prefix=f"{measure}_", counts=(None, "count", "running"))
        answers = [as_duration(question) for question in asked.get(key, [])]
        assert_quantiles(row, answers, prefix="answer_", counts=(None, "count", "running"))
    assert not by_dimension


def test_weekly_escalations(retro: Retro) -> None:
    asked = reference.grouped(
        (a for h in retro.histories.values() for a in reference.escalations(h)),
        lambda a: [(reference.week_of(a.asked_at), *d) for d in a.dimensions],
    )
    opened = reference.grouped(
        retro.histories.values(),
        lambda history: [(reference.week_of(history.opened_at), *d) for d in owner(history)],
    )
    for row in retro.table("rpt_escalations_weekly"):
        key = row["week_start"], row["dimension"], row["dimension_value"]
        questions, new = asked.pop(key, []), opened.pop(key, [])
        escalated = sum(any(reference.escalations(h)) for h in new)
        assert row["escalated_incidents"] == len({q.incident_id for q in questions})
        assert (row["incidents_opened"], row["opened_escalated"]) == (len(new), escalated)
        assert row["escalated_share"] == pytest.approx(escalated / len(new) if new else None)
        renamed = {**row, "median_seconds": row["answer_median_seconds"]}
        renamed["p85_seconds"] = row["answer_p85_seconds"]
        assert_quantiles(
            renamed,
            [as_duration(question) for question in questions],
            counts=("escalations", "answered", "unanswered"),
            names=("median", "p85"),
        )
    assert not asked
    assert not opened


def test_precision(retro: Retro) -> None:
    by_monitor = reference.grouped(
        (reference.incident_figures(history) for history in retro.histories.values()),
        lambda figures: (
            [(figures["monitor_id"],)] if figures["monitor_id"] and not figures["source"] else []
        ),
    )
    for row in retro.table("rpt_monitor_precision"):
        figures = by_monitor.pop((row["monitor_id"],))
        codes = [f["resolution_code"] for f in figures if not f["is_open"]]
        confirmed = sum(code in ("fixed", "our_own_code") for code in codes)
        assert (row["incidents"], row["ended"]) == (len(figures), len(codes))
        assert (row["confirmed"], row["false_alarms"]) == (confirmed, codes.count("false_alarm"))
        assert row["precision_low"] <= row["precision_share"] <= row["precision_high"]
        assert row["precision_low"] < row["precision_high"]
    assert not by_monitor


def test_reopen_rate(retro: Retro) -> None:
    window = timedelta(days=14)
    counts: dict[tuple[str, str], list[int]] = {}
    for history in retro.histories.values():
        for before, after in history.moves:
            if not (before.is_open and after.state == "resolved"):
                continue
            back = [
                s.at for s in history.steps if s.row["version"] > after.row["version"] and s.is_open
            ]
            matured = after.at <= history.known_until - window
            for dimension in reference.dimensions(before.team, history):
                tally = counts.setdefault(dimension, [0, 0, 0])
                tally[0] += 1
                tally[1] += matured
                tally[2] += bool(matured and back and back[0] <= after.at + window)
    assert {
        (row["dimension"], row["dimension_value"]): [
            row["resolves"],
            row["matured"],
            row["reopened"],
        ]
        for row in retro.table("rpt_reopen_rate")
    } == counts


@pytest.mark.parametrize(
    "tampering",
    [
        "update rpt_flow_daily set resolved = resolved + 1 where dimension_value = 'desk'",
        "update rpt_flow_weekly set backlog_end = backlog_end + 1 where dimension_value = 'desk'",
        "delete from rpt_flow_weekly where dimension_value = 'desk'",
        "delete from rpt_flow_weekly where dimension_value = 'helpdesk'",
    ],
)
def test_a_backlog_that_does_not_add_up_fails_the_build(
    retro: Retro, tampering: str, request: pytest.FixtureRequest
) -> None:
    def tests() -> bool:
        selection = "assert_backlog_adds_up assert_backlog_is_what_was_open"
        return retro.project.dbt("test", "--select", *selection.split(), as_of=AS_OF).success

    request.addfinalizer(
        lambda: retro.project.dbt("run", "--select", "rpt_flow_daily+", as_of=AS_OF)
    )
    retro.project.warehouse.execute([tampering])
    assert not tests()


def owner(history: reference.History) -> tuple[tuple[str, str], ...]:
    """Return what an incident is counted under: its team now, and its monitor."""
    return reference.dimensions(history.steps[-1].team, history)


def as_duration(question: reference.Asked) -> reference.Duration:
    return reference.Duration(question.waited, "finished" if question.is_answered else "open")


def count(sample: Iterable[reference.Duration], how: str) -> int:
    return sum(duration.how == how for duration in sample)


def assert_quantiles(
    row: Row,
    sample: list[reference.Duration],
    *,
    prefix: str = "",
    counts: tuple[str | None, str, str],
    names: tuple[str, ...] = tuple(QUANTILES),
) -> None:
    """Compare a row's counts, quantiles and longest duration with those of a sample."""
    everything, finished, running = counts
    if everything:
        assert row[prefix + everything] == len(sample)
    assert row[prefix + finished] == count(sample, "finished")
    assert row[prefix + running] == count(sample, "open")
    expected: dict[str, Any] = {
        f"{prefix}{name}_seconds": reference.quantile(sample, QUANTILES[name]) for name in names
    }
    longest = max((duration.seconds for duration in sample), default=None)
    expected[f"{prefix}longest_seconds"] = longest
    assert {key: row[key] for key in expected} == pytest.approx(expected), row
