"""Forecasts: what is expected, intervals from past errors, the choice between ways."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.stats.backtest import LEVEL, errors_of, expected
from opsloop.stats.forecast import Forecast, Way, forecast_days, forecast_weeks
from opsloop.stats.weeks import WEEK, Weeks

FIRST = date(2023, 1, 2)
LATER = date(2035, 1, 1)


def weekly(values: list[float | None]) -> Forecast:
    return forecast_weeks(Weeks.of(FIRST, values), LATER)


def poisson(weeks: int, seed: int = 1) -> list[float | None]:
    return [float(one) for one in np.random.default_rng(seed).poisson(40, weeks)]


def test_the_floor_is_the_mean_of_the_last_eight_weeks() -> None:
    values: list[float | None] = [*[90.0] * 4, 10.0, 20, 30, 40, 50, 60, 70, 80]
    found = weekly(values)
    assert found.way is Way.LATEST_MEAN
    assert [one.expected.value for one in found.ahead] == [45] * 8
    assert found.total is not None
    assert found.total.value == 360
    assert [one.first_day for one in found.ahead] == [FIRST + (12 + n) * WEEK for n in range(8)]
    assert (found.ahead[0].expected.low, found.total.low) == (None, None)
    assert found.reason == "too few past errors for an interval"


def test_intervals_are_the_past_errors_of_their_horizon() -> None:
    """By hand, on the square roots' scale: of 9 past errors the 8th stays within 80 %."""
    misses = np.array([0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9])
    found = expected(40, misses, delay=1)
    root = 2 * math.sqrt(40.375)
    assert found.low == pytest.approx(((root - 0.8) / 2) ** 2 - 0.375)
    assert found.high == pytest.approx(((root + 0.8) / 2) ** 2 - 0.375)
    assert (found.errors, found.level) == (9, LEVEL)
    # the ninth could be checked against the eight known before it, and was farther off
    assert (found.covered, found.checked) == (0, 1)


def test_an_error_is_used_only_once_it_is_known() -> None:
    misses = np.full(12, 0.5)
    assert expected(40, misses, delay=1).checked == 4
    assert expected(40, misses, delay=4).checked == 1


def test_errors_are_what_came_less_what_was_expected() -> None:
    values = np.array([1.0, 2, 4, 8, 16])
    found = errors_of(values, lambda past: np.full(2, past[-1]), first=2, ahead=2, totals=False)
    expected_errors = [[2, 6], [4, 12], [8, np.nan]]
    assert np.array_equal(found.absolute, expected_errors, equal_nan=True)
    total = errors_of(values, lambda past: np.full(2, past[-1]), first=2, ahead=2, totals=True)
    assert total.absolute.tolist() == [[8], [16]]


def test_steady_weeks_are_covered_about_as_often_as_meant() -> None:
    covered = checked = 0
    for seed in range(8):
        for one in weekly(poisson(150, seed)).ahead:
            covered, checked = covered + one.expected.covered, checked + one.expected.checked
    assert checked > 5000
    assert covered / checked == pytest.approx(LEVEL, abs=0.05)


def test_the_total_of_eight_weeks_has_its_own_errors() -> None:
    found = weekly(poisson(120))
    one, total = found.ahead[0].expected, found.total
    assert total is not None
    assert None not in (one.low, one.high, total.low, total.high)
    assert one.low is not None
    assert one.high is not None
    assert total.low is not None
    assert total.high is not None
    # what varies from week to week evens out over eight
    assert (total.high - total.low) / total.value < (one.high - one.low) / one.value
    assert found.reason is None


def test_another_way_replaces_the_floor_only_where_it_was_closer() -> None:
    random = np.random.default_rng(2)
    walk = 400 + np.cumsum(random.normal(0, 20, 160))
    found = weekly(np.maximum(walk, 0).tolist())
    assert found.way is Way.SMOOTHED
    assert found.mean_errors[Way.SMOOTHED] < found.mean_errors[Way.LATEST_MEAN]
    still = weekly(poisson(160, seed=5))
    assert still.mean_errors[still.way] == min(
        still.mean_errors[way] for way in (Way.LATEST_MEAN, Way.SMOOTHED)
    )


def test_a_season_is_taken_from_two_years_on() -> None:
    weeks = np.arange(260)
    season = (100 + 60 * np.sin(2 * np.pi * weeks / 52)).tolist()
    assert weekly(season).way is Way.YEARLY
    assert Way.YEARLY not in weekly(season[:100]).mean_errors
    coming = [one.expected.value for one in weekly(season).ahead]
    assert coming == pytest.approx(
        [100 + 60 * math.sin(2 * math.pi * week / 52) for week in range(260, 268)], rel=0.2
    )


def test_weekdays_have_the_mean_of_their_last_four() -> None:
    week = [50.0, 40, 30, 20, 10, 0, 0]
    found = forecast_days(FIRST, [*[999.0] * 7, *week * 4], days=10)
    assert found.way is Way.WEEKDAY_MEAN
    assert [one.expected.value for one in found.ahead] == [*week, 50, 40, 30]
    assert found.ahead[0].first_day == FIRST + timedelta(days=35)
    assert found.total is not None
    assert found.total.value == 270


def test_days_share_the_errors_of_their_week_ahead() -> None:
    days = np.random.default_rng(4).poisson(np.tile([50, 40, 30, 20, 10, 5, 5], 20)).astype(float)
    found = forecast_days(FIRST, days.tolist(), days=14)
    first, second = ({one.expected.errors for one in found.ahead[part]} for part in WEEKS_OF_TWO)
    assert len(first) == len(second) == 1
    assert found.ahead[0].expected.checked > 500
    share = found.ahead[0].expected.covered / found.ahead[0].expected.checked
    assert share == pytest.approx(LEVEL, abs=0.08)


WEEKS_OF_TWO = (slice(0, 7), slice(7, 14))


@pytest.mark.parametrize("values", [[], [5.0], [5.0] * 7, [None] * 40])
def test_too_few_weeks_have_no_forecast(values: list[float | None]) -> None:
    found = weekly(values)
    assert (found.ahead, found.total) == ((), None)
    assert found.reason == "too few known weeks to take a mean of"


def test_nothing_has_no_forecast() -> None:
    assert weekly([0.0] * 60).reason == "nothing has happened in any known week"
    assert forecast_days(FIRST, []).ahead == ()


def test_unknown_weeks_are_not_zero() -> None:
    values = poisson(60)
    values[-1] = values[30] = None
    known = [value for value in values[-9:] if value is not None]
    found = weekly(values)
    assert found.mean_errors[Way.LATEST_MEAN] > 0
    if found.way is Way.LATEST_MEAN:
        assert found.ahead[0].expected.value == pytest.approx(sum(known) / 8)


def test_a_week_that_is_not_over_is_not_used() -> None:
    series = Weeks.of(FIRST, [*[10.0] * 12, 0.0])
    found = forecast_weeks(series, FIRST + 13 * WEEK - timedelta(days=2))
    assert found.ahead[0].expected.value == 10
    assert found.ahead[0].first_day == FIRST + 12 * WEEK


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**5).map(float)), max_size=60),
    st.integers(1, 12),
)
def test_anything_gets_an_answer(values: list[float | None], ahead: int) -> None:
    found = forecast_weeks(Weeks.of(FIRST, values), LATER, ahead)
    assert len(found.ahead) in (0, ahead)
    assert (found.total is None) == (found.ahead == ())
    for one in found.ahead:
        assert one.expected.value >= 0
        assert 0 <= one.expected.covered <= one.expected.checked
        if one.expected.low is not None and one.expected.high is not None:
            assert 0 <= one.expected.low <= one.expected.value * (1 + 1e-9) + 1e-9
            assert one.expected.high >= one.expected.value * (1 - 1e-9) - 1e-9
    assert found == forecast_weeks(Weeks.of(FIRST, values), LATER, ahead)
