"""XmR charts: does a series only vary as it always has, or did something change?

The limits come from the first complete weeks and then stay, so that a slow change cannot take them
along. Every chart says how many of its signals are to be expected by chance alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import NormalDist, mean

from opsloop.stats.scales import Measure
from opsloop.stats.student import student_cdf
from opsloop.stats.weeks import Weeks, name_of

SHORTEST_BASELINE = 20
JUDGED = 26  # the latest points, by which a series is called predictable or not
ON_ONE_SIDE = 8
FEWEST_A_WEEK = 4
_REACH = 2.66  # 3 ÷ 1.128: three standard deviations in mean moving ranges
_DEGREES_PER_RANGE = 0.62  # what a mean moving range knows of the spread, against a variance
_NELSON = 3.6  # gaps between random moments to the power of 1/3.6 are nearly normal
_DAY = timedelta(days=1)


class Of(StrEnum):
    """What a chart's points are."""

    COUNTS = "weekly counts"
    DURATIONS = "weekly median durations"
    DAYS_BETWEEN = "days between incidents"


class Kind(StrEnum):
    """What is unusual about a point."""

    ABOVE = "above the limits"
    BELOW = "below the limits"
    EIGHT_ABOVE = "the eighth in a row above the mean"
    EIGHT_BELOW = "the eighth in a row below the mean"


_RUNS = (Kind.EIGHT_ABOVE, Kind.EIGHT_BELOW)


@dataclass(frozen=True)
class Point:
    """One point of a chart: a known week's figure, or the days before an incident."""

    day: date
    value: float


@dataclass(frozen=True)
class Signal:
    """A point that is not explained by the usual variation.

    Attributes:
        until: the last point of a run, which may go on long after its eighth; else `point` itself.
    """

    kind: Kind
    point: Point
    until: Point


@dataclass(frozen=True)
class Chart:
    """A series with the limits of its usual variation.

    Attributes:
        of: what the points are; durations are in seconds.
        points: oldest first; unknown weeks are left out.
        centre, lower, upper: the limits, in the points' unit; None where there are too few points.
        baseline: how many of the first points made the limits.
        signals: oldest first.
        judged: how many of the latest points decide whether the series is predictable.
        expected_false_signals: among those, if nothing changed at all.
    """

    of: Of
    points: tuple[Point, ...]
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    baseline: int = 0
    signals: tuple[Signal, ...] = ()
    judged: int = 0
    expected_false_signals: float | None = None

    @property
    def recent_signals(self) -> tuple[Signal, ...]:
        """The signals among the points that decide, and the runs that reach into them."""
        recent = set(self.points[len(self.points) - self.judged :])
        return tuple(signal for signal in self.signals if signal.until in recent)

    @property
    def is_predictable(self) -> bool | None:
        """Whether the latest points vary as usual; None = too few points to tell."""
        return None if self.centre is None else not self.recent_signals

    def in_words(self) -> str:
        """Return what the chart says as sentences."""
        if self.expected_false_signals is None:
            return f"not yet known: limits need {SHORTEST_BASELINE} points, not {len(self.points)}."
        expected = (
            f"About {self.expected_false_signals:.1f} false signals are to be expected"
            f" in {self.judged} points."
        )
        if self.is_predictable:
            return f"predictable: the last {self.judged} points vary as usual. {expected}"
        found = self.recent_signals
        latest = found[-1]
        signals = "signal" if len(found) == 1 else "signals"
        goes_on = ", and it goes on" if latest.until is self.points[-1] is not latest.point else ""
        when = name_of(latest.point.day)
        if self.of is Of.DAYS_BETWEEN:
            when = f"{latest.point.day:%d %b %Y}"
        return (
            f"not predictable: {len(found)} {signals} in the last {self.judged} points,"
            f" the latest {when}: {latest.kind}{goes_on}. {expected}"
        )


def chart_of_weeks(
    series: Weeks,
    measure: Measure,
    known_through: date,
    moments: Callable[[], Sequence[datetime]] = tuple,
    baseline: int = SHORTEST_BASELINE,
) -> Chart:
    """Return the chart of a weekly series; of the days between incidents where counts are small.

    Args:
        series: counts, or median durations in seconds.
        measure: which of them.
        known_through: the last day whose figures are complete.
        moments: returns when each of the incidents happened that the counts are of; asked only
            where counts are small, since there may be a million.
        baseline: how many of the first known weeks make the limits, at least 20.
    """
    known = series.complete(known_through)
    points = tuple(Point(monday, value) for monday, value in known.items() if value is not None)
    first = [point.value for point in points[: max(baseline, SHORTEST_BASELINE)]]
    if measure is Measure.DURATION:
        return _chart(Of.DURATIONS, points, baseline, _LOGARITHM)
    if first and mean(first) < FEWEST_A_WEEK:
        return chart_of_days_between(moments(), known_through, baseline)
    return _chart(Of.COUNTS, points, baseline, _AS_IT_IS)


def chart_of_days_between(
    moments: Sequence[datetime], known_through: date, baseline: int = SHORTEST_BASELINE
) -> Chart:
    """Return the chart of the days from each incident to the next.

    Args:
        moments: when the incidents happened, in any order.
        known_through: the last day that is complete.
        baseline: how many of the first gaps make the limits, at least 20.
    """
    known = sorted(moment for moment in moments if moment.date() <= known_through)
    points = tuple(Point(two.date(), (two - one) / _DAY) for one, two in pairwise(known))
    return _chart(Of.DAYS_BETWEEN, points, baseline, _ROOT)


@dataclass(frozen=True)
class _Scale:
    """Where the points' noise is even, and the way back."""

    there: Callable[[float], float]
    back: Callable[[float], float]


_AS_IT_IS = _Scale(float, lambda value: max(value, 0.0))
_LOGARITHM = _Scale(lambda value: math.log(max(value, 1.0)), math.exp)
_ROOT = _Scale(lambda value: value ** (1 / _NELSON), lambda value: max(value, 0.0) ** _NELSON)


def _chart(of: Of, points: tuple[Point, ...], baseline: int, scale: _Scale) -> Chart:
    size = max(baseline, SHORTEST_BASELINE)
    if len(points) < size:
        return Chart(of, points)
    values = [scale.there(point.value) for point in points]
    centre = mean(values[:size])
    reach = _REACH * mean(abs(two - one) for one, two in pairwise(values[:size]))
    kinds = _kinds(values, centre, centre - reach, centre + reach)
    ends = _run_ends(values, centre)
    judged = min(JUDGED, len(points))
    return Chart(
        of=of,
        points=points,
        centre=scale.back(centre),
        lower=scale.back(centre - reach),
        upper=scale.back(centre + reach),
        baseline=size,
        signals=tuple(
            Signal(kind, point, points[end] if kind in _RUNS else point)
            for point, found, end in zip(points, kinds, ends, strict=True)
            for kind in found
        ),
        judged=judged,
        expected_false_signals=judged * false_signal_rate(size),
    )


def _kinds(values: Sequence[float], centre: float, lower: float, upper: float) -> list[list[Kind]]:
    """Return what is unusual about each value; a run counts once, at its eighth point."""
    found: list[list[Kind]] = []
    side, length = 0, 0
    for value in values:
        now = (value > centre) - (value < centre)
        length = length + 1 if now == side and now != 0 else abs(now)
        side = now
        kinds = [Kind.ABOVE] if value > upper else [Kind.BELOW] if value < lower else []
        if length == ON_ONE_SIDE:
            kinds.append(Kind.EIGHT_ABOVE if side > 0 else Kind.EIGHT_BELOW)
        found.append(kinds)
    return found


def _run_ends(values: Sequence[float], centre: float) -> list[int]:
    """Return the place of the last value that is on the same side as each and all between."""
    ends = list(range(len(values)))
    for place in range(len(values) - 2, -1, -1):
        if (values[place] - centre) * (values[place + 1] - centre) > 0:
            ends[place] = ends[place + 1]
    return ends


def false_signal_rate(baseline: int) -> float:
    """Return how many false signals a point brings on average where nothing changes.

    The textbook's 0.3 % holds for limits that are known. From few weeks both the spread and the
    centre are only estimated, which makes points outside and long runs several times as frequent.

    Args:
        baseline: how many points made the limits.
    """
    degrees = max(round(_DEGREES_PER_RANGE * (baseline - 1)), 1)
    reach = _REACH * 2 / math.sqrt(math.pi) / math.sqrt(1 + 1 / baseline)
    outside = 2 * float(student_cdf(-reach, degrees))
    quantiles = NormalDist(0, baseline**-0.5).quantiles(200)
    above = [NormalDist().cdf(shift) for shift in quantiles]
    runs = mean(_run_rate(share) + _run_rate(1 - share) for share in above)
    return outside + runs


def _run_rate(share: float) -> float:
    """Return how often a point is the eighth of a run on the side where `share` of them are."""
    return float(share**ON_ONE_SIDE * (1 - share))
