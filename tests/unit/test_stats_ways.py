"""Two ways of resolving the same kind of incident."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from opsloop.stats.covariances import Grid
from opsloop.stats.steps import level_of
from opsloop.stats.student import student_cdf
from opsloop.stats.ways import WaysCompared, compare_ways
from opsloop.stats.weeks import WEEK, Weeks

FIRST = date(2025, 1, 6)
HOUR = 3600.0


def durations(seed: int, times: float = 1.0, weeks: int = 30) -> list[float | None]:
    noise = np.random.default_rng(seed).normal(0, 0.2, weeks)
    return (4 * HOUR * times * np.exp(noise)).tolist()


def compared(one: list[float | None], other: list[float | None]) -> WaysCompared:
    return compare_ways(Weeks.of(FIRST, one), Weeks.of(FIRST, other))


def test_a_quicker_way_is_quicker_and_the_other_slower() -> None:
    one, other = durations(1, 0.5), durations(2)
    found, turned = compared(one, other), compared(other, one)
    assert found.change == pytest.approx(-0.5, abs=0.1)
    assert found.in_words().startswith("quicker: ")
    assert "% shorter (95 % interval" in found.in_words()
    assert turned.in_words().startswith("slower: ")
    assert turned.p_value == pytest.approx(found.p_value)
    assert found.change is not None
    assert turned.change is not None
    assert (1 + found.change) * (1 + turned.change) == pytest.approx(1)


def test_the_same_way_twice_does_not_differ() -> None:
    found = compared(durations(3), durations(4))
    assert not found.is_claimed
    assert found.in_words().startswith("not yet known: ")
    assert compared([HOUR] * 20, [HOUR] * 20).change == 0


def test_what_happened_to_both_in_a_week_takes_no_side() -> None:
    bad_weeks = [1.0, 8.0] * 15
    one = [a * b for a, b in zip(durations(5, 0.6), bad_weeks, strict=True) if a is not None]
    other = [a * b for a, b in zip(durations(6), bad_weeks, strict=True) if a is not None]
    assert compared([*one], [*other]).is_claimed


def test_only_weeks_with_both_ways_count() -> None:
    one, other = durations(7), durations(8)
    one[3], other[9] = None, None
    assert compared(one, other).weeks == 28
    later = compare_ways(Weeks.of(FIRST, one), Weeks.of(FIRST + 20 * WEEK, other))
    assert later.weeks == 9  # 10 weeks in common, in one of which the other way was not used
    assert later.change is None


@pytest.mark.parametrize(("one", "other"), [([], []), ([HOUR], [HOUR]), ([None] * 40, [HOUR] * 40)])
def test_too_few_weeks_are_not_yet_known(
    one: list[float | None], other: list[float | None]
) -> None:
    found = compared(one, other)
    assert (found.change, found.p_value, found.is_claimed) == (None, None, False)
    assert found.in_words().startswith("not yet known: both ways were used in")


def test_a_level_under_white_noise_is_the_t_test() -> None:
    y = np.random.default_rng(9).normal(1, 2, 15)
    white = Grid(correlations=(), drift_ratios=(1.0,), slope_ratios=(), white_weight=1.0)
    with np.errstate(divide="ignore"):
        found = level_of(y, tuple(range(15)), white)
    score = y.mean() / (y.std(ddof=1) / np.sqrt(15))
    assert found.mean == pytest.approx(y.mean())
    assert found.p_value() == pytest.approx(2 * (1 - student_cdf(abs(score), 14)))


def test_weeks_that_remember_are_rarely_taken_for_a_difference() -> None:
    """AR(1) of .5 between weeks; a plain t test claims a fifth of these."""
    random = np.random.default_rng(10)
    claimed = plain = 0
    runs = 150
    for _ in range(runs):
        noise = np.empty(40)
        noise[0] = random.normal()
        for week in range(1, 40):
            noise[week] = 0.5 * noise[week - 1] + random.normal(0, 0.75**0.5)
        claimed += compared((HOUR * np.exp(0.3 * noise)).tolist(), [HOUR] * 40).is_claimed
        score = noise.mean() / (noise.std(ddof=1) / 40**0.5)
        plain += 2 * (1 - float(student_cdf(abs(score), 39))) < 0.05
    assert claimed / runs < 0.09
    assert plain / runs > 0.15
