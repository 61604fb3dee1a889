"""Figures of a period, counted from the facts, and once more in plain Python: equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from statistics import median
from typing import Any

import pytest

from opsloop.service.figures import (
    asking,
    cohorts,
    entities,
    escalations,
    flow,
    impact,
    outcomes,
    service_levels,
    work,
)
from opsloop.service.figures.parts import EVERYTHING, Part
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.warehouse.serving import ServingCopy

from . import load_reference, quality_reference, work_reference
from . import retro_reference as reference
from .periods import PARTS, PERIODS, holds, owner
from .retro_build import Retro
from .retro_log import AS_OF, CHOSEN

DIMENSIONS = ("total", "team", "monitor", "priority", "entity_type", f"{CHOSEN}.carrier", "source")
IMPACT_SUMS = ("at_stake", "recovered_gross", "gross_with_net", "recovered_net")
SHARES = {"median": Fraction(1, 2), "p85": Fraction(17, 20), "p95": Fraction(19, 20)}


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_headlines(retro: Retro, copy: ServingCopy, period: Period, dimension: str) -> None:
    cohort = {number: h for number, h in retro.histories.items() if holds(period, h.opened_at)}
    by_value = reference.grouped(
        cohort.values(), lambda h: [d for d in owner(h) if d[0] == dimension]
    )
    asked = reference.grouped(
        (a for h in cohort.values() for a in reference.escalations(h)),
        lambda a: [d for d in a.dimensions if d[0] == dimension],
    )
    in_open_hours = reference.grouped(
        business_times(retro, cohort.keys()),
        lambda one: [d for d in owner(cohort[one[0]]) if d[0] == dimension],
    )
    rows = cohorts.headlines(copy, period, dimension)
    if dimension == "total":
        assert len(rows) == 1
    for row in rows:
        key = row["dimension"], row["dimension_value"]
        assert_headline(row, by_value.pop(key, []), asked.pop(key, []))
        assert_open_hours(row, in_open_hours.pop(key, []))
    assert not by_value
    assert not asked
    assert not in_open_hours


def assert_headline(
    row: dict[str, Any], cohort: list[reference.History], asked: list[reference.Asked]
) -> None:
    figures = [reference.incident_figures(history) for history in cohort]
    assert {
        "incidents": len(cohort),
        "open": sum(f["is_open"] for f in figures),
        "resolved": sum(f["state"] == "resolved" for f in figures),
        "closed": sum(f["state"] == "closed" for f in figures),
        "reopened_incidents": sum(f["reopened_count"] > 0 for f in figures),
        "reassigned_incidents": sum(f["reassignments_count"] > 0 for f in figures),
        "escalated_incidents": sum(f["escalations_count"] > 0 for f in figures),
        "escalations": sum(f["escalations_count"] for f in figures),
        "self_resolved": sum(f["is_self_resolved"] for f in figures),
    }.items() <= row.items()
    samples: dict[str, list[reference.Duration]] = {
        measure: []
        for measure in cohorts.MEASURES
        if measure != "answer" and not measure.endswith("_business")
    }
    for history in cohort:
        for measure, duration in reference.durations(history).items():
            samples[measure].append(duration)
    samples["answer"] = [
        reference.Duration(one.waited, "finished" if one.is_answered else "open") for one in asked
    ]
    for measure, sample in samples.items():
        assert_turnaround(row, measure, sample)


BusinessTime = tuple[int, str, reference.Duration]


def business_times(retro: Retro, numbers: Collection[int]) -> Iterator[BusinessTime]:
    """Return open hours by incident and measure, which tests/dbt/test_service_levels.py proves."""
    for row in retro.table("fct_business_times"):
        if row["incident_id"] in numbers and row["business_seconds"] is not None:
            how = "finished" if row["is_finished"] else "open"
            took = reference.Duration(float(row["business_seconds"]), how)
            yield row["incident_id"], row["measure"], took


def assert_open_hours(row: dict[str, Any], known: list[BusinessTime]) -> None:
    for measure in ("acknowledge", "resolve", "final_resolve"):
        sample = [duration for _, own, duration in known if own == measure]
        assert_turnaround(row, f"{measure}_business", sample)


def assert_turnaround(row: dict[str, Any], measure: str, sample: list[reference.Duration]) -> None:
    how = Counter(duration.how for duration in sample)
    assert (row[f"{measure}_count"], row[f"{measure}_running"]) == (how["finished"], how["open"])
    longest = max((duration.seconds for duration in sample), default=None)
    assert row[f"{measure}_longest_seconds"] == pytest.approx(longest)
    for name in [name for name in SHARES if f"{measure}_{name}_seconds" in row]:
        expected = reference.quantile(sample, SHARES[name])
        assert row[f"{measure}_{name}_seconds"] == pytest.approx(expected), (measure, name)


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_detection(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    found: dict[str, list[float | None]] = defaultdict(list)
    for history in retro.histories.values():
        if holds(period, history.opened_at) and part in owner(history):
            by_whom = "monitor" if history.incident.monitor_id else "staff"
            took = reference.detected_after(history, retro.events)
            found[history.incident.found_by or by_whom].append(took)
    for row in outcomes.detection(copy, part, period):
        times = found.pop(row["found_by"])
        known = sorted(time for time in times if time is not None)
        assert (row["incidents"], row["timed"]) == (len(times), len(known))
        for name, share in SHARES.items():
            expected = known[ceil(share * len(known)) - 1] if known else None
            assert row[f"{name}_seconds"] == pytest.approx(expected)
        assert row["longest_seconds"] == pytest.approx(max(known, default=None))
    assert not found


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_what_moved_was_opened_and_ended(retro: Retro, copy: ServingCopy, period: Period) -> None:
    counted = quality_reference.counted(
        retro.histories.values(), lambda moment: holds(period, moment)
    )
    for part in PARTS:
        figures = counted[True, *part]
        found = outcomes.total(copy, part, period)
        means = {name: found.pop(f"{name}_mean") for name in ("people", "teams")}
        assert found == {name: figures[name] for name in found}
        for name, mean in means.items():
            ended = figures["ended"]
            assert mean == (pytest.approx(figures[f"{name}_sum"] / ended) if ended else None)


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_what_became_of_a_monitors_incidents(
    retro: Retro, copy: ServingCopy, period: Period, part: Part
) -> None:
    def is_in(moment: datetime) -> bool:
        return holds(period, moment)

    theirs = [history for history in retro.histories.values() if part in owner(history)]
    expected = quality_reference.monitors(theirs, is_in, is_in)
    whole = quality_reference.monitors(retro.histories.values())
    for row in outcomes.monitors(copy, part, period):
        figures = expected.pop(row["monitor_id"])
        streaks = ("longest_false_streak", "present_false_streak", "last_confirmed_at")
        of_all_its_reviews = {name: whole[row["monitor_id"]][name] for name in streaks}
        assert row.items() >= (figures | of_all_its_reviews).items()
        if figures["reviewed"]:
            share = figures["confirmed"] / figures["reviewed"]
            assert row["precision_share"] == pytest.approx(share)
            assert row["precision_low"] <= share <= row["precision_high"]
        else:
            assert row["precision_share"] is row["precision_low"] is None
    assert not expected


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_entities(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    """None is among the others: there are fewer than twenty."""
    by_part = quality_reference.involved(
        retro.histories, retro.events, lambda moment: holds(period, moment)
    )
    expected = {key[2]: figures for key, figures in by_part.items() if key[:2] == part}
    for row in entities.top(copy, part, period):
        quality_reference.assert_entity(row, expected.pop(row["entity_id"]))
    assert not expected


def test_of_all_time_segments_are_those_of_the_model(copy: ServingCopy) -> None:
    counted = entities.segments(copy, EVERYTHING)
    published = copy.query(
        f"select {', '.join(counted[0])} from rpt_segments order by monitor_id, dimension, place"
    )
    for row in counted:
        row["incidents_share"] = round(row["incidents_share"], 12)
    assert counted == published
    of_periods = Counter[str]()
    for period in (PERIODS[3], Period(PERIODS[3].until, None)):
        for row in entities.segments(copy, EVERYTHING, period):
            of_periods[row["dimension_value"]] += row["incidents"]
    assert of_periods == {row["dimension_value"]: row["incidents"] for row in published}
    assert entities.segments(copy, Part("source", "helpdesk")) == []


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_whom_questions_went_to(
    retro: Retro, copy: ServingCopy, period: Period, part: Part
) -> None:
    asked = [
        question
        for history in retro.histories.values()
        for question in load_reference.questions(history)
        if holds(period, question.asked_at)
    ]
    routes = load_reference.routes(asked)
    expected = {key[2:]: own for key, own in routes.items() if key[:2] == part}
    for row in asking.routes(copy, part, period):
        own = expected.pop((row["receiver_kind"], row["receiver"], row["escalation_type"]))
        for name, value in load_reference.route_figures(own).items():
            assert row[name] == pytest.approx(value), (row, name)
    assert not expected
    causes = {row["monitor_id"]: row["escalations"] for row in asking.causes(copy, period)}
    by_monitor: Counter[str] = Counter()
    for key, own in routes.items():
        if key[0] == "monitor":
            by_monitor[key[1]] += len(own)
    assert causes == by_monitor


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_of_all_time_facts_and_models_say_the_same(copy: ServingCopy, dimension: str) -> None:
    """One rule: what is counted here is what is published there."""
    sql = "select * from rpt_headline where dimension = ?"
    published = {row["dimension_value"]: row for row in copy.query(sql, [dimension])}
    counted = cohorts.headlines(copy, ALL_TIME, dimension)
    assert counted
    for row in counted:
        assert row["figures_as_of"] == AS_OF
        other = published.pop(row["dimension_value"])
        for name in row.keys() & other.keys():
            close = pytest.approx(other[name]) if isinstance(other[name], float) else other[name]
            assert row[name] == close, (row["dimension_value"], name)
    assert all(row["incidents"] == row["escalations"] == 0 for row in published.values())


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_flow(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    first = reference.week_of(min(h.opened_at for h in retro.histories.values()))
    expected: Counter[str] = Counter()
    days = {
        day: figures
        for (day, *of), figures in flow_by_day(retro, first).items()
        if tuple(of) == part and holds(period, datetime.combine(day, datetime.min.time()))
    }
    for figures in days.values():
        expected.update({name: count for name, count in figures.items() if name != "backlog_end"})
    found = flow.of_period(copy, part, period)
    if found is None:
        assert not days
        return
    for name in ("opened", "reopened", "moved_in", "resolved", "merged", "moved_out"):
        assert found[name] == expected[name], name
    assert found["self_resolved"] == expected["self_resolved"]
    assert found["backlog_end"] == days.get(found["last_day"], {}).get("backlog_end", 0)
    moved = found["arrivals"] - found["completions"]
    assert found["backlog_end"] == found["backlog_start"] + moved


def flow_by_day(retro: Retro, first: date) -> dict[tuple[Any, ...], dict[str, int]]:
    if first not in _FLOWS:
        _FLOWS[first] = reference.flow(retro.histories.values(), first, AS_OF.date())
    return _FLOWS[first]


_FLOWS: dict[date, dict[tuple[Any, ...], dict[str, int]]] = {}


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_service_levels(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    by_target: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in retro.table("fct_clocks"):
        own = reference.dimensions(row["team"], retro.histories[row["incident_id"]])
        if part in own and holds(period, row["opened_at"]):
            by_target[row["target"]].append(row)
    for found in service_levels.of_period(copy, part, period):
        rows = by_target.pop(found["target"])
        outcomes = Counter(row["outcome"] for row in rows)
        for name in ("met", "missed", "running", "void", "unknown"):
            assert found[name] == outcomes[name]
        causes = Counter(row["cause"] for row in rows)
        for cause in service_levels.CAUSES:
            assert found[f"missed_by_{cause}"] == causes[cause]
        late = [row["missed_by_s"] for row in rows if row["missed_by_s"] is not None]
        assert found["median_missed_by_seconds"] == (median(late) if late else None)
        decided = outcomes["met"] + outcomes["missed"]
        if decided:
            assert found["met_share"] == pytest.approx(outcomes["met"] / decided)
            assert found["met_share_low"] < found["met_share_high"]
        else:
            assert found["met_share"] is found["met_share_low"] is None
    assert not by_target


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_escalations(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    found = escalations.of_period(copy, part, period)
    asked = [
        one
        for history in retro.histories.values()
        for one in load_reference.questions(history)
        if part in one.dimensions and holds(period, one.asked_at)
    ]
    assert found["escalations"] == len(asked)
    assert found["escalated_incidents"] == len({one.history.incident.incident_id for one in asked})
    assert found["nudges"] == sum(len(one.nudges) for one in asked)
    how = {True: "finished", False: "open"}
    answers = [reference.Duration(one.waited, how[one.is_answered]) for one in asked]
    assert_turnaround(found, "answer", answers)
    after = [
        reference.Duration(one.after_nudge, how[one.is_answered])
        for one in asked
        if one.after_nudge is not None
    ]
    assert_turnaround(found, "after_nudge", after)
    types = escalations.types_of_period(copy, part, period)
    assert sum(row["escalations"] for row in types) == len(asked)
    assert sum(row["answered"] for row in types) == found["answer_count"]


@pytest.mark.parametrize("dimension", ["total", "team", "monitor"])
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_work(retro: Retro, copy: ServingCopy, part: Part, dimension: str) -> None:
    works = work_reference.works(retro.histories)
    for period in PERIODS:
        minutes: dict[str, float] = defaultdict(float)
        ended: Counter[str] = Counter()
        recorded: Counter[str] = Counter()
        for one in works.values():
            for value in values_within(one, part, dimension):
                for entry in one.entries:
                    of_entry = reference.dimensions(entry.team, one.history)
                    if part in of_entry and holds(period, entry.worked_at) and entry.minutes:
                        minutes[value] += entry.minutes
                if part in one.dimensions and holds(period, one.ended_at):
                    ended[value] += 1
                    recorded[value] += one.minutes is not None
        rows = work.of_period(copy, part, period, dimension)
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        for row in rows:
            value = row["dimension_value"]
            assert row["minutes"] == pytest.approx(minutes.pop(value, None))
            assert row["ended_incidents"] == ended.pop(value, 0)
            assert row["recorded_incidents"] == recorded.pop(value, 0)
        assert not minutes
        assert not ended
        if any(row["minutes"] for row in rows):
            assert rows[-1]["minutes_share_so_far"] == pytest.approx(1)


def values_within(one: work_reference.Work, part: Part, dimension: str) -> list[str]:
    """Return what an incident's work counts for; an imported log's own are told apart alike."""
    source, last = one.history.incident.source, one.history.steps[-1]
    if source is None:
        return [value for name, value in one.dimensions if name == dimension]
    monitor = one.history.incident.monitor_id
    own = {"total": "all", "team": last.team or "(none)", "monitor": monitor or "(none)"}
    return [own[dimension]] if part == ("source", source) else []


@pytest.mark.parametrize("dimension", ["total", "team", "monitor", "type"])
def test_of_all_time_minutes_of_an_imported_log_are_those_of_the_model(
    copy: ServingCopy, dimension: str
) -> None:
    """Told apart within, they add up to what the log has as a whole."""
    part = Part("source", "helpdesk")
    published = work.total(copy, part)
    assert published is not None
    assert published["recorded_minutes"]
    rows = work.of_period(copy, part, ALL_TIME, dimension)
    minutes = [row["minutes"] for row in rows if row["minutes"] is not None]
    assert sum(minutes) == pytest.approx(published["recorded_minutes"])
    assert sum(row["ended_incidents"] for row in rows) <= published["incidents"]


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_impact(retro: Retro, copy: ServingCopy, period: Period, part: Part) -> None:
    at_stake: dict[str, list[float]] = defaultdict(list)
    recovered: dict[str, list[tuple[float, float | None]]] = defaultdict(list)
    for row in retro.table("fct_impact"):
        if part not in owner(retro.histories[row["incident_id"]]):
            continue
        unit = row["impact_unit"] or "(none)"
        if holds(period, row["opened_at"]) and row["at_stake"] is not None:
            at_stake[unit].append(row["at_stake"])
        if row["is_recovery"] and holds(period, row["ended_at"]):
            recovered[unit].append((row["recovered_gross"], row["recovered_net"]))
    for row in impact.of_period(copy, part, period):
        unit = row["impact_unit"]
        stakes, back = at_stake.pop(unit, []), recovered.pop(unit, [])
        if unit == "(none)":
            assert (row["incidents"], row["recoveries"]) == (len(stakes), len(back))
            assert {row[name] for name in IMPACT_SUMS} == {None}
            assert row["recoveries_with_net"] == 0
            continue
        known = [(gross, net) for gross, net in back if net is not None]
        assert (row["incidents"], row["recoveries"]) == (len(stakes), len(back))
        assert row["recoveries_with_net"] == len(known)
        assert row["at_stake"] == (pytest.approx(sum(stakes)) if stakes else None)
        assert row["recovered_gross"] == total_of([gross for gross, _ in back])
        assert row["gross_with_net"] == total_of([gross for gross, _ in known])
        assert row["recovered_net"] == total_of([net for _, net in known])
    assert not at_stake
    assert not recovered


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_of_all_time_impact_is_that_of_the_weeks(copy: ServingCopy, part: Part) -> None:
    """One rule, also of what has no unit."""
    names = (*IMPACT_SUMS, "incidents", "recoveries", "recoveries_with_net")
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    sql = f"""
        select impact_unit, {sums} from rpt_impact_weekly
        where dimension = ? and dimension_value = ? group by impact_unit
    """
    weekly = {row["impact_unit"]: row for row in copy.query(sql, list(part))}
    rows = impact.of_period(copy, part, ALL_TIME)
    assert {row["impact_unit"] for row in rows} == weekly.keys() == {"minutes", "(none)"}
    assert rows[-1]["impact_unit"] == "(none)"
    for row in rows:
        for name in names:
            other = weekly[row["impact_unit"]][name]
            assert row[name] == (None if other is None else pytest.approx(other)), name


def total_of(values: list[float]) -> Any:
    return pytest.approx(sum(values)) if values else None
