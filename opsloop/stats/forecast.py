"""What is coming: the next weeks and days, with intervals from the forecast's own past errors.

The floor is a mean of the latest past. Another way replaces it only where it was closer in its own
backtest on the same series.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from opsloop.stats.backtest import (
    FEWEST_ERRORS,
    Array,
    Errors,
    Expected,
    Method,
    errors_of,
    expected,
)
from opsloop.stats.weeks import Weeks

WEEKS_AHEAD = 8
DAYS_AHEAD = 28
_MEAN_OF = 8  # weeks
_SAME_WEEKDAYS = 4
_YEAR = 52
_FIRST_ORIGIN = 16  # weeks: what a way needs to have seen before it is tried
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8)  # of the latest week in the smoothed level


class Way(StrEnum):
    """How the expected values came about."""

    LATEST_MEAN = "the mean of the last 8 weeks"
    SMOOTHED = "exponential smoothing"
    YEARLY = "the mean of the last 8 weeks, with last year's season"
    WEEKDAY_MEAN = "the mean of the last 4 of the same weekday"


@dataclass(frozen=True)
class Coming:
    """One week or day ahead.

    Attributes:
        first_day: of the week, or the day.
        expected: what is expected of it.
    """

    first_day: date
    expected: Expected


@dataclass(frozen=True)
class Forecast:
    """What is expected of the coming weeks or days.

    Attributes:
        way: how it came about.
        ahead: oldest first; empty where too little is known.
        total: all of them together, with a backtest of its own; None where too little is known.
        mean_errors: the mean absolute error of each way that was tried, by its name, in the
            figures' unit; empty where there was too little past to try any.
        reason: why there is no forecast or no interval; None where there is both.
    """

    way: Way
    ahead: tuple[Coming, ...]
    total: Expected | None
    mean_errors: Mapping[Way, float]
    reason: str | None


def forecast_weeks(series: Weeks, known_through: date, weeks: int = WEEKS_AHEAD) -> Forecast:
    """Return what is expected of the coming complete weeks.

    Args:
        series: a weekly count or sum.
        known_through: the last day whose figures are complete.
        weeks: how many weeks ahead, at least 1.
    """
    known = series.complete(known_through)
    ways = {
        Way.LATEST_MEAN: _latest_mean(weeks),
        Way.SMOOTHED: _smoothed(weeks),
        Way.YEARLY: _yearly(weeks),
    }
    first = known.first + timedelta(weeks=len(known))
    starts = [first + timedelta(weeks=week) for week in range(weeks)]
    return _forecast(_array(known.values), ways, starts, _FIRST_ORIGIN, per_step=1)


def forecast_days(first: date, values: Sequence[float | None], days: int = DAYS_AHEAD) -> Forecast:
    """Return what is expected of the coming days, by weekday.

    Args:
        first: the first day of the series.
        values: a count or sum for each complete day, at least zero; None = unknown.
        days: how many days ahead, at least 1.
    """
    ways = {Way.WEEKDAY_MEAN: _weekday_mean(days)}
    begin = first + timedelta(days=len(values))
    starts = [begin + timedelta(days=day) for day in range(days)]
    return _forecast(_array(values), ways, starts, 7 * _SAME_WEEKDAYS, per_step=7)


def _forecast(
    values: Array, ways: Mapping[Way, Method], starts: list[date], first: int, per_step: int
) -> Forecast:
    """Choose a way by its backtest and return what it expects.

    Args:
        values: the series; unknown values are NaN.
        ways: the floor first.
        starts: the first day of each coming step.
        first: how many values the first origin has behind it.
        per_step: how many steps share their errors (the days of a week ahead).
    """
    floor, ahead = next(iter(ways)), len(starts)
    if np.isnan(ways[floor](values)).any():
        return Forecast(floor, (), None, {}, "too few known weeks to take a mean of")
    if not np.nansum(values):
        return Forecast(floor, (), None, {}, "nothing has happened in any known week")
    tried = {way: errors_of(values, method, first, ahead, False) for way, method in ways.items()}
    way = _closest(tried, ways, values, floor)
    guess = ways[way](values)
    totals = errors_of(values, ways[way], first, ahead, True)
    steps = tuple(
        Coming(day, _step(float(guess[step]), tried[way], step, per_step))
        for step, day in enumerate(starts)
    )
    total = expected(float(guess.sum()), totals.misses[:, 0], delay=ahead)
    means = {one: errors.mean_absolute for one, errors in tried.items()}
    short = any(one.expected.low is None for one in steps) or total.low is None
    return Forecast(
        way=way,
        ahead=steps,
        total=total,
        mean_errors={one: mean for one, mean in means.items() if not math.isnan(mean)},
        reason="too few past errors for an interval" if short else None,
    )


def _closest(
    tried: Mapping[Way, Errors], ways: Mapping[Way, Method], values: Array, floor: Way
) -> Way:
    """Return the way with the least error against the floor's, from the same origins."""
    best, least = floor, 1.0
    for way, method in ways.items():
        if np.isnan(method(values)).any():
            continue
        ours, floors = tried[way].absolute, tried[floor].absolute
        both = ~np.isnan(ours) & ~np.isnan(floors)
        if both.any(axis=1).sum() < FEWEST_ERRORS or not floors[both].sum() > 0:
            continue
        share = float(ours[both].sum() / floors[both].sum())
        if share < least:
            best, least = way, share
    return best


def _step(value: float, errors: Errors, step: int, per_step: int) -> Expected:
    """Return what is expected of one step, from the errors of all steps of the same week ahead."""
    begin = step // per_step * per_step
    misses = errors.misses[:, begin : begin + per_step]
    delay = (begin + per_step) * misses.shape[1]  # each origin has an error for each of the steps
    return expected(value, misses.reshape(-1), delay)


def _array(values: Sequence[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _latest_mean(ahead: int) -> Method:
    def expect(history: Array) -> Array:
        return np.full(ahead, _mean_of_last(history))

    return expect


def _mean_of_last(history: Array) -> float:
    """Return the mean of the last 8 known values; NaN if there are fewer."""
    known = history[~np.isnan(history)][-_MEAN_OF:]
    return float(known.mean()) if len(known) == _MEAN_OF else math.nan


def _smoothed(ahead: int) -> Method:
    """Smooth exponentially, with the share that was closest one week ahead in the history."""

    def expect(history: Array) -> Array:
        known = history[~np.isnan(history)]
        if len(known) < 2 * _MEAN_OF:
            return np.full(ahead, math.nan)
        shares = np.array(_SHARES)
        level = np.full(len(shares), known[:_MEAN_OF].mean())
        missed = np.zeros(len(shares))
        for value in known[_MEAN_OF:]:
            missed += (value - level) ** 2
            level = level + shares * (value - level)
        return np.full(ahead, level[int(missed.argmin())])

    return expect


def _yearly(ahead: int) -> Method:
    """Move the latest mean as the same weeks moved against theirs a year before; two years on."""

    def expect(history: Array) -> Array:
        nothing = np.full(ahead, math.nan)
        if len(history) < 2 * _YEAR or np.isnan(history[-_YEAR - _MEAN_OF :]).any():
            return nothing
        then = history[: len(history) - _YEAR]
        past = _mean_of_last(then)
        around = [history[len(then) + step - 1 : len(then) + step + 2] for step in range(ahead)]
        if not past > 0 or ahead > _YEAR - 2:
            return nothing
        return np.array([_mean_of_last(history) * float(week.mean()) / past for week in around])

    return expect


def _weekday_mean(ahead: int) -> Method:
    def expect(history: Array) -> Array:
        if len(history) < 7:
            return np.full(ahead, math.nan)
        weekdays = [history[len(history) - 7 + day :: -7] for day in range(7)]  # latest first
        known = [same[~np.isnan(same)][:_SAME_WEEKDAYS] for same in weekdays]
        if min(map(len, known)) < _SAME_WEEKDAYS:
            return np.full(ahead, math.nan)
        return np.array([float(known[step % 7].mean()) for step in range(ahead)])

    return expect
