"""The incidents behind each figure: those that plain Python finds, as many as the figure says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from opsloop.service.figures import (
    asking,
    entities,
    flow,
    incidents,
    outcomes,
    process,
    service_levels,
    work,
)
from opsloop.service.figures.counted import BEHIND, FINDERS
from opsloop.service.figures.incidents import Behind
from opsloop.service.figures.parts import NOBODYS, Part
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.warehouse.serving import ServingCopy

from . import load_reference, quality_reference, work_reference
from . import retro_reference as reference
from .periods import PARTS, PERIODS, holds, owner
from .retro_build import Retro

ARRIVALS = ("opened", "reopened", "moved_in")
COMPLETIONS = ("resolved", "merged", "moved_out")
# what the second computation of quality calls them
QUALITY = {
    "came_back": "reopened",
    "changed_hands": "reassignments",
    "back_and_forth": "ping_pongs",
    "again": "again_within_14_days",
    "confirmed": "confirmed",
    "false_alarms": "false_alarms",
    "several_people": "ended_by_several_people",
}
WORKED = {
    "monitor": ("worked_of_monitor", "monitor_id"),
    "type": ("worked_of_type", "incident_type"),
    "team": ("worked_of_team", "incident_team"),
}
OLD = ("beyond_p85", "beyond_p95")
Found = Mapping[str, set[int]]


def found(copy: ServingCopy, figure: str, part: Part, period: Period, **values: str) -> set[int]:
    behind = Behind(figure, part, period, values)
    rows = incidents.listed(copy, behind, 1_000)
    assert incidents.how_many(copy, behind) == len(rows)
    return {row["incident_id"] for row in rows}


def expected(retro: Retro, part: Part, period: Period) -> Found:
    """Return the incidents behind figures that need nothing but a part and a period."""
    table: dict[str, set[int]] = defaultdict(set)
    before = quality_reference.last_ends(retro.histories.values())
    for number, history in retro.histories.items():
        for figure in (
            *_of_now(history, part),
            *_of_opening(history, part, period),
            *_of_moves(history, part, period),
            *_of_questions(history, part, period),
            *_of_quality(history, part, period, before),
        ):
            table[figure].add(number)
    for number, one in work_reference.works(retro.histories).items():
        for figure in _of_work(one, part, period):
            table[figure].add(number)
    return table


def _of_now(history: reference.History, part: Part) -> Iterator[str]:
    if part in owner(history) and history.steps[-1].is_open:
        yield "open"


def _of_opening(history: reference.History, part: Part, period: Period) -> Iterator[str]:
    if part in owner(history) and holds(period, history.opened_at):
        figures = reference.incident_figures(history)
        yield "opened"
        if figures["is_open"]:
            yield "still_open"
        if figures["reopened_count"]:
            yield "reopened"


def _of_moves(history: reference.History, part: Part, period: Period) -> Iterator[str]:
    first = history.steps[0]
    movements = [
        (after.at, name, team)
        for before, after in [(None, first), *history.moves]
        for name, team in reference.movements(before, after)
    ]
    if not first.is_open:  # over when it was first heard of: in and out at once
        movements.append((first.at, "resolved", first.team))
    for at, name, team in movements:
        is_own = part in reference.dimensions(team, history)
        if is_own and holds(period, at) and (part.dimension == "team" or "moved" not in name):
            if name in ARRIVALS:
                yield "arrivals"
            if name in COMPLETIONS:
                yield "completions"
            if name == "self_resolved":
                yield "cleared"
    last = _at_the_end(history, period)
    if last and last.is_open and part in reference.dimensions(last.team, history):
        yield "backlog"


def _at_the_end(history: reference.History, period: Period) -> reference.Step | None:
    if period.until is None:
        return history.steps[-1]
    return history.at(datetime.combine(period.until, datetime.min.time()) - timedelta.resolution)


def _of_questions(history: reference.History, part: Part, period: Period) -> Iterator[str]:
    for asked in load_reference.questions(history):
        if part in asked.dimensions and holds(period, asked.asked_at):
            yield "asked"
            if not asked.is_answered:
                yield "unanswered"
            if asked.nudges:
                yield "nudged"


def _of_quality(
    history: reference.History,
    part: Part,
    period: Period,
    before: Mapping[int, datetime | None],
) -> Iterator[str]:
    for at, team, names in quality_reference.counts(history, before):
        if part in quality_reference.parts(history, team) and holds(period, at):
            yield from (figure for figure, name in QUALITY.items() if names.get(name))


def _of_work(one: work_reference.Work, part: Part, period: Period) -> Iterator[str]:
    for entry in one.entries:
        own = reference.dimensions(entry.team, one.history)
        if part in own and entry.minutes and holds(period, entry.worked_at):
            yield "worked"
    if part in one.dimensions and holds(period, one.ended_at) and one.minutes is None:
        yield "unrecorded"


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_are_those_that_the_log_tells(
    retro: Retro, copy: ServingCopy, period: Period, part: Part
) -> None:
    own = expected(retro, part, period)
    compared = [
        figure
        for figure, counted in BEHIND.items()
        if not counted.needs and figure != "old"  # which is compared below
    ]
    for figure in compared:
        assert found(copy, figure, part, period) == own.get(figure, set()), figure


def test_are_told_of_each_figure_somewhere(retro: Retro) -> None:
    """Sets that are empty everywhere would compare nothing."""
    own = {figure for part in PARTS for figure in expected(retro, part, ALL_TIME)}
    assert own >= {figure for figure, counted in BEHIND.items() if not counted.needs} - {"old"}


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS[1:4], ids=str)
def test_are_as_many_as_the_figure_says(
    retro: Retro, copy: ServingCopy, period: Period, part: Part
) -> None:
    def how_many(figure: str, **values: str) -> int:
        return len(found(copy, figure, part, period, **values))

    moved = flow.of_period(copy, part, period)
    if moved is not None:
        assert how_many("backlog") == moved["backlog_end"]
    quality = outcomes.total(copy, part, period)
    for figure in ("again", "confirmed", "false_alarms", "several_people"):
        assert how_many(figure) == quality[QUALITY[figure]], figure
    for finder in FINDERS:
        assert how_many("found_by", finder=finder) == quality[f"found_by_{finder}"]
    is_old = [row["age_band"] in OLD for row in service_levels.open_work(copy, part)]
    assert how_many("old") == sum(is_old)
    levels = {row["target"]: row for row in service_levels.of_period(copy, part, period)}
    for target in service_levels.TARGETS:
        row = levels.get(target, defaultdict(int))
        for outcome in ("met", "missed", "running"):
            assert how_many(outcome, target=target) == row[outcome]
        for cause in service_levels.CAUSES:
            missed = row[f"missed_by_{cause}"]
            assert how_many("missed_by", target=target, cause=cause) == missed


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_are_those_with_an_impact(
    retro: Retro, copy: ServingCopy, period: Period, part: Part
) -> None:
    """What each incident's impact is, tests/dbt/test_impact.py proves."""
    rows = [
        row
        for row in retro.table("fct_impact")
        if part in owner(retro.histories[row["incident_id"]])
    ]
    for unit in ("minutes", "(none)"):
        own = [row for row in rows if (row["impact_unit"] or "(none)") == unit]
        at_stake = {
            row["incident_id"]
            for row in own
            if row["at_stake"] is not None and holds(period, row["opened_at"])
        }
        recovered = {
            row["incident_id"]
            for row in own
            if row["is_recovery"] and holds(period, row["ended_at"])
        }
        assert found(copy, "at_stake", part, period, unit=unit) == at_stake
        assert found(copy, "recovered", part, period, unit=unit) == recovered


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("period", PERIODS[1:4], ids=str)
def test_are_as_many_as_a_row_says(copy: ServingCopy, period: Period, part: Part) -> None:
    def how_many(figure: str, **values: str) -> int:
        return len(found(copy, figure, part, period, **values))

    for row in entities.top(copy, part, period):
        if row["entity_id"]:
            assert how_many("about", entity=row["entity_id"]) == row["incidents"]
    for row in asking.routes(copy, part, period):
        route = {name: row[name] for name in ("receiver_kind", "receiver", "escalation_type")}
        assert how_many("asked_of", **route) == row["escalated_incidents"]
    for dimension, (figure, name) in WORKED.items():
        for row in work.of_period(copy, part, period, dimension):
            worked = how_many(figure, **{name: row["dimension_value"]})
            assert worked == row["worked_incidents"], dimension
    for row in outcomes.monitors(copy, part, period):
        assert how_many("reviewed", monitor_id=row["monitor_id"]) == row["reviewed"]
    ways = process.of_period(copy, part, period)
    for row in ways.edges:
        ends = {name: row[name] for name in ("from_activity", "to_activity")}
        assert how_many("step", **ends) == row["incidents"], ends
    for row in ways.variants:
        assert how_many("way", path_id=row["path_id"]) == row["incidents"]
    for row in ways.rework:
        again = {"loop": row["kind"], "activity": row["activity"]}
        via = row["via_activity"] or NOBODYS
        assert how_many("done_again", via_activity=via, **again) == row["incidents"]
