"""XmR charts: the definition's example, signals, frozen limits, false signals to expect."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.stats.scales import Measure
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.stats.xmr import (
    Chart,
    Kind,
    Of,
    chart_of_days_between,
    chart_of_weeks,
    false_signal_rate,
)

FIRST = date(2025, 1, 6)
LATER = date(2035, 1, 1)
STEADY = [37.0, 43.0] * 10  # mean 40, mean moving range 6


def chart(values: list[float | None], measure: Measure = Measure.COUNT) -> Chart:
    return chart_of_weeks(Weeks.of(FIRST, values), measure, LATER)


def test_limits_as_in_the_definition() -> None:
    """Definition 18: mean 40, mean moving range 6: limits 40 ± 2.66 × 6 = 24–56; 57 signals."""
    found = chart([*STEADY, 55.0, 57.0])
    assert (found.of, found.centre, found.baseline) == (Of.COUNTS, 40, 20)
    assert found.lower == pytest.approx(24.04)
    assert found.upper == pytest.approx(55.96)
    assert [(one.kind, one.point.value) for one in found.signals] == [(Kind.ABOVE, 57.0)]
    assert found.is_predictable is False
    assert "the latest 2025-W23: above the limits" in found.in_words()


def test_a_steady_series_is_predictable_and_says_what_to_expect() -> None:
    found = chart(STEADY * 2)
    assert found.is_predictable is True
    assert found.judged == 26
    assert found.expected_false_signals == pytest.approx(26 * false_signal_rate(20))
    assert found.in_words().startswith("predictable: the last 26 points vary as usual. About 0.5")


def test_the_eighth_on_one_side_signals_once() -> None:
    found = chart([*STEADY, *[44.0] * 10])
    assert [one.kind for one in found.signals] == [Kind.EIGHT_ABOVE]
    # the last steady week is above the mean too: the eighth in a row is the seventh new one
    assert found.signals[0].point.day == FIRST + 26 * WEEK


def test_a_run_that_goes_on_is_not_forgotten() -> None:
    """Its one signal lies long before the points that decide, and it is still there."""
    found = chart([*STEADY, *[44.0] * 60])
    assert found.signals[0].point not in found.points[-found.judged :]
    assert found.is_predictable is False
    assert "1 signal in the last 26 points" in found.in_words()
    assert "the eighth in a row above the mean, and it goes on." in found.in_words()
    over = chart([*STEADY, *[44.0] * 60, *STEADY, *STEADY])
    assert over.is_predictable is True


def test_a_week_on_the_mean_breaks_a_run() -> None:
    assert chart([*STEADY, *[36.0] * 7, 40.0, *[36.0] * 7]).signals == ()
    broken = chart([*STEADY, *[36.0] * 8])
    assert [one.kind for one in broken.signals] == [Kind.EIGHT_BELOW]


def test_limits_are_frozen() -> None:
    drifted = chart([*STEADY, *[100.0] * 60])
    assert (drifted.centre, drifted.upper) == (chart(STEADY).centre, chart(STEADY).upper)


def test_old_signals_are_kept_but_do_not_decide() -> None:
    found = chart([*STEADY, 90.0, *STEADY, *STEADY])
    assert len(found.signals) == 1
    assert found.recent_signals == ()
    assert found.is_predictable is True


@pytest.mark.parametrize("values", [[], [5.0], [40.0] * 19, [None] * 50])
def test_too_few_weeks_are_not_yet_known(values: list[float | None]) -> None:
    found = chart(values)
    assert (found.is_predictable, found.centre, found.signals) == (None, None, ())
    assert found.in_words().startswith("not yet known")


def test_unknown_and_unfinished_weeks_are_left_out() -> None:
    values: list[float | None] = [*STEADY, None, 57.0]
    found = chart_of_weeks(Weeks.of(FIRST, values), Measure.COUNT, FIRST + 22 * WEEK)
    assert [one.point.day for one in found.signals] == [FIRST + 21 * WEEK]
    unfinished = chart_of_weeks(
        Weeks.of(FIRST, values), Measure.COUNT, FIRST + 22 * WEEK - timedelta(days=2)
    )
    assert unfinished.signals == ()


def test_a_constant_series_signals_any_difference() -> None:
    assert chart([7.0] * 30).is_predictable is True
    assert chart([*[7.0] * 30, 8.0]).is_predictable is False


def test_counts_have_no_limit_below_zero() -> None:
    assert chart([1.0, 9.0] * 10).lower == 0


def test_durations_are_charted_as_logarithms() -> None:
    hours = [3600.0 * 2, 3600.0 * 8] * 10
    found = chart([*hours, 3600.0 * 1000], Measure.DURATION)
    assert found.of is Of.DURATIONS
    assert found.centre == pytest.approx(3600 * 4)
    assert found.upper == pytest.approx(3600 * 4 * 4**2.66)
    assert found.lower == pytest.approx(3600 * 4 / 4**2.66)
    assert [one.kind for one in found.signals] == [Kind.ABOVE]
    assert chart([0.0] * 20, Measure.DURATION).is_predictable is True


def test_few_a_week_are_charted_as_days_between() -> None:
    moments = [datetime(2025, 1, 6, 12, tzinfo=UTC) + timedelta(days=4 * n) for n in range(40)]
    few = Weeks.of(FIRST, [2.0, 1.0] * 12)
    found = chart_of_weeks(few, Measure.COUNT, LATER, lambda: moments[::-1])
    assert found.of is Of.DAYS_BETWEEN
    assert found.centre == pytest.approx(4)
    assert len(found.points) == 39
    quiet = chart_of_days_between([*moments, moments[-1] + timedelta(days=60)], LATER)
    assert [one.kind for one in quiet.signals] == [Kind.ABOVE]
    assert "05 Aug 2025" not in quiet.in_words()
    assert f"{(moments[-1] + timedelta(days=60)):%d %b %Y}: above the limits" in quiet.in_words()


def test_random_moments_rarely_signal_as_days_between() -> None:
    """Gaps between random moments are far from normal; on their own scale few are outside."""
    gaps = np.random.default_rng(3).exponential(4.0, 4000)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(days=float(day)) for day in gaps.cumsum()]
    found = chart_of_days_between(moments, date(2100, 1, 1), baseline=1000)
    outside = [one for one in found.signals if one.kind in (Kind.ABOVE, Kind.BELOW)]
    assert len(outside) / len(found.points) < 0.005


def test_false_signals_are_as_many_as_expected() -> None:
    random = np.random.default_rng(1)
    series, weeks = 300, 200
    signals = 0
    for _ in range(series):
        found = chart(random.normal(40, 5, 20 + weeks).tolist())
        signals += sum(one.point.day >= FIRST + 20 * WEEK for one in found.signals)
    assert signals / (series * weeks) == pytest.approx(false_signal_rate(20), rel=0.25)


def test_longer_baselines_bring_fewer_false_signals() -> None:
    assert false_signal_rate(20) > false_signal_rate(52) > false_signal_rate(500)
    # known limits: 3 sigma on both sides, and a run of eight from 2⁹ − 2 points on average … 1/256
    assert false_signal_rate(100_000) == pytest.approx(0.0027 + 2 / 2**9, rel=0.01)


@settings(deadline=None)
@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(0, 1e9), st.just(math.nan)), min_size=0, max_size=60
    ),
    measure=st.sampled_from(Measure),
)
def test_anything_gets_a_chart(values: list[float | None], measure: Measure) -> None:
    found = chart(values, measure)
    assert (found.is_predictable is None) == (found.centre is None)
    assert "nan" not in found.in_words()
    if found.centre is not None:
        assert found.lower is not None
        assert found.upper is not None
        assert found.lower <= found.centre * (1 + 1e-9)
        assert found.centre <= found.upper * (1 + 1e-9)
