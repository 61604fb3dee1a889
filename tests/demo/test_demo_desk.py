"""The simulated desk's clockwork: rosters, chance, and the moments of the replay. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.config import load_config
from opsloop.demo.chance import Chance, Span
from opsloop.demo.replay import BEFORE_NOW, RUN_TIMES, run_moments
from opsloop.demo.script import COVERS, MUTES, SCRIPTS
from opsloop.demo.shifts import next_on_duty, next_shift_of, shifts_around
from opsloop.types import ResolutionCode

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
TEAMS = [team for team in CONFIG.teams.values() if team.members]

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(now=moments, days=st.integers(1, 30))
def test_runs_are_in_order_and_in_the_past(now: datetime, days: int) -> None:
    runs = run_moments(now, days)
    assert runs == sorted(set(runs))
    assert runs[0] >= runs[-1] - timedelta(days=days)
    assert now - timedelta(minutes=1) - BEFORE_NOW <= runs[-1] <= now - BEFORE_NOW
    assert all(at.time() in RUN_TIMES for at in runs[:-1])
    assert len(runs) in range(days * len(RUN_TIMES), days * len(RUN_TIMES) + 2)


@pytest.mark.parametrize("team", TEAMS, ids=lambda team: team.name)
@given(at=moments)
def test_somebody_is_on_duty_soon(team, at: datetime) -> None:  # type: ignore[no-untyped-def]
    found = next_on_duty(team.name, team.members, at)
    assert found is not None
    begins_at, present = found
    assert at <= begins_at <= at + timedelta(days=4)
    assert set(present) <= set(team.members)
    on_shift = {
        shift.person
        for shift in shifts_around(team.name, team.members, at)
        if shift.begins_at <= begins_at < shift.ends_at
    }
    assert set(present) == on_shift


@given(at=moments)
def test_people_have_shifts_and_days_off(at: datetime) -> None:
    members = ("a", "b", "c")
    shifts = [shift for shift in shifts_around("station", members, at) if shift.person == "a"]
    assert len(shifts) in (6, 7, 8)  # of ten days, with two off each week
    begins_at = next_shift_of("station", members, "a", at)
    assert begins_at is not None
    assert at <= begins_at <= at + timedelta(days=4)


def test_nobody_is_on_duty_in_a_team_without_members() -> None:
    assert next_on_duty("maintainers", (), datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_chance_falls_the_same_way_each_time() -> None:
    draws = [Chance(1, 42, 3).after(Span(60)) for _ in range(2)]
    assert draws[0] == draws[1]
    assert Chance(1, 42, 4).after(Span(60)) != draws[0]


def test_a_span_has_its_median() -> None:
    lengths = sorted(Chance(1, number).after(Span(60)) for number in range(999))
    assert timedelta(minutes=54) < lengths[499] < timedelta(minutes=66)


def test_the_script_knows_every_monitor_and_nobody_else() -> None:
    models = {path.stem for path in (ROOT / "monitors/flights").glob("mon_*.sql")}
    assert set(SCRIPTS) == models
    assert {mute.monitor_id for mute in MUTES} <= models


def test_the_script_names_teams_and_codes_that_exist() -> None:
    asked = {ask.to_id for one in SCRIPTS.values() for ask in one.asks if ask.to_kind == "team"}
    handed = {team for one in SCRIPTS.values() for team in one.hand_over_to}
    named = asked | handed | set(COVERS) | set(COVERS.values()) | {mute.team for mute in MUTES}
    assert named <= set(CONFIG.teams)
    assert {code for one in SCRIPTS.values() for code in one.codes} <= set(ResolutionCode)
