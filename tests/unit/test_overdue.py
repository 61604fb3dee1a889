"""Monitors without a run for too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from opsloop.overdue import Overdue, overdue_monitors

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Run:
    as_of: datetime


def every(gap: timedelta, times: int, until: datetime = NOW) -> list[Run]:
    return [Run(until - gap * place) for place in reversed(range(times))]


def test_a_monitor_that_never_ran_is_overdue() -> None:
    assert overdue_monitors(["a"], {}, NOW) == [Overdue("a", None, DAY)]


def test_hourly_runs_may_pause_for_a_day() -> None:
    hourly = every(timedelta(hours=1), 10)
    assert overdue_monitors(["a"], {"a": hourly}, NOW + DAY) == []
    assert overdue_monitors(["a"], {"a": hourly}, NOW + DAY + timedelta(seconds=1)) == [
        Overdue("a", NOW, DAY)
    ]


def test_weekly_runs_may_pause_for_three_weeks() -> None:
    weekly = every(7 * DAY, 5)
    assert overdue_monitors(["a"], {"a": weekly}, NOW + 21 * DAY) == []
    assert len(overdue_monitors(["a"], {"a": weekly}, NOW + 22 * DAY)) == 1


def test_one_monitor_left_behind_by_the_others() -> None:
    runs = {"a": every(timedelta(hours=1), 60), "b": every(timedelta(hours=1), 2, NOW - 2 * DAY)}
    assert [one.monitor_id for one in overdue_monitors(["a", "b"], runs, NOW)] == ["b"]


def test_only_recent_gaps_count() -> None:
    slow_once = [Run(NOW - 400 * DAY), *every(timedelta(hours=1), 30)]
    assert len(overdue_monitors(["a"], {"a": slow_once}, NOW + 2 * DAY)) == 1


@pytest.mark.parametrize("runs", [{"gone": every(DAY, 3)}, {}])
def test_monitors_that_are_not_asked_about_are_left_alone(runs: dict[str, list[Run]]) -> None:
    assert overdue_monitors([], runs, NOW) == []
