"""Clocks and business time in SQL, equal to the store's own rule over the same random log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from opsloop.clocks import ClockState, clocks_of, state_of, used_s
from opsloop.standing import Step
from opsloop.types import Action, Incident

from . import retro_reference as reference
from .retro_build import Retro
from .retro_log import Row, folded
from .retro_settings import settings

OUTCOMES = {
    ClockState.RUNNING: "running",
    ClockState.NEARING: "running",
    ClockState.PAUSED: "running",
    ClockState.MET: "met",
    ClockState.BREACHED: "missed",
    ClockState.VOID: "void",
}
MEASURES = {
    "acknowledge": "acknowledged_at",
    "resolve": "first_resolved_at",
    "final_resolve": "resolved_at",
}


def aware(row: Row) -> Row:
    """Return a row of the log with moments as the store has them."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def steps_of(rows: list[Row]) -> Iterator[Step]:
    """Yield an incident's whole history, what was undone included."""
    incident: Incident | None = None
    for row in map(aware, sorted(rows, key=lambda row: row["version"])):
        incident = folded(incident, row)
        yield Step(
            incident,
            Action(row["action"]),
            row["effective_at"],
            row["batch_id"],
            row.get("reverses_batch_id"),
        )


def known_rows(retro: Retro) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = {}
    for row in retro.known_rows:
        rows.setdefault(row["incident_id"], []).append(row)
    return rows


def expected_clocks(rows: list[Row], now: datetime) -> Iterator[tuple[str, str, int, int]]:
    """Yield target, outcome, and the seconds allowed and used, as the queue would show them."""
    steps = list(steps_of(rows))
    last = steps[-1].incident
    terms = settings(last.policy_version, last.calendar_version)
    for clock in clocks_of(steps, terms):
        used = used_s(clock, now, terms.calendar(clock.calendar))
        yield str(clock.target), OUTCOMES[state_of(clock, now).state], clock.target_s, used


def test_clocks_are_those_of_the_queue(retro: Retro) -> None:
    built: dict[int, list[tuple[str, str, int, int]]] = {}
    for row in retro.table("fct_clocks"):
        clock = (row["target"], row["outcome"], row["target_s"], row["consumed_s"])
        built.setdefault(row["incident_id"], []).append(clock)
    outcomes: Counter[tuple[str, str]] = Counter()
    for number, rows in known_rows(retro).items():
        expected = sorted(expected_clocks(rows, whole(retro.histories[number].known_until)))
        assert sorted(built.get(number, [])) == expected, number
        outcomes.update((target, outcome) for target, outcome, _, _ in expected)
    assert len(outcomes) >= 12, f"the log has too little of it: {outcomes}"


def test_a_missed_clock_says_by_how_much_and_why(retro: Retro) -> None:
    for row in retro.table("fct_clocks"):
        phases = {name: row[f"{name}_s"] for name in ("queue", "hand_over", "waiting", "work")}
        assert sum(phases.values()) == row["consumed_s"]
        if row["outcome"] == "missed":
            assert row["missed_by_s"] == row["consumed_s"] - row["target_s"] > 0
            assert phases[row["cause"]] == max(phases.values())
        else:
            assert (row["missed_by_s"], row["cause"]) == (None, None)


def test_turnaround_counts_the_hours_of_whoever_had_it(retro: Retro) -> None:
    built = {(row["incident_id"], row["measure"]): row for row in retro.table("fct_business_times")}
    by_incident = known_rows(retro)
    for number, history in retro.histories.items():
        figures = reference.incident_figures(history)
        last = list(steps_of(by_incident[number]))[-1].incident
        terms = settings(last.policy_version, last.calendar_version)
        for measure, column in MEASURES.items():
            if figures[column] is None and not figures["is_open"]:
                assert (number, measure) not in built
                continue
            # rows may tell of a time after the window that their import declares
            now = max(history.known_until, history.steps[-1].at)
            until = figures[column] or now
            expected = 0
            for step, left in zip(
                history.steps,
                [*(one.at for one in history.steps[1:]), now],
                strict=True,
            ):
                calendar = terms.calendar(terms.team_calendars.get(step.team, "always"))
                starts_at, ends_at = whole(step.at), whole(min(left, until))
                if ends_at > starts_at:
                    expected += calendar.elapsed(starts_at, ends_at)
            row = built[number, measure]
            assert row["business_seconds"] == expected, (number, measure)
            assert row["is_finished"] == (figures[column] is not None)


def whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0, tzinfo=UTC)


def test_weeks_add_up_to_the_clocks(retro: Retro) -> None:
    expected: Counter[tuple[object, ...]] = Counter()
    for row in retro.table("fct_clocks"):
        week = reference.week_of(row["opened_at"])
        for dimension in reference.dimensions(row["team"], retro.histories[row["incident_id"]]):
            for name in ("clocks", row["outcome"], row["cause"] and f"missed_by_{row['cause']}"):
                if name:
                    expected[(week, *dimension, row["target"], name)] += 1
    for row in retro.table("rpt_service_levels_weekly"):
        key = row["week_start"], row["dimension"], row["dimension_value"], row["target"]
        names = ["clocks", "met", "missed", "running", "void"]
        names += [f"missed_by_{cause}" for cause in ("queue", "hand_over", "waiting", "work")]
        for name in names:
            assert row[name] == expected.pop((*key, name), 0), (key, name)
        decided = row["met"] + row["missed"]
        assert row["met_share"] == (pytest.approx(row["met"] / decided) if decided else None)
        if decided:
            assert 0 <= row["met_share_low"] <= row["met_share"] <= row["met_share_high"] <= 1
    assert not +expected
