"""Before and after: verdicts, their reasons and words, and what bad input gets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.stats.before_after import before_after, screened
from opsloop.stats.scales import Measure
from opsloop.stats.sequential import needed_p
from opsloop.stats.verdicts import BeforeAfter, Better, Plan, Reason, Step, Verdict
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.stats.windows import window_of

FIRST = date(2025, 1, 6)
START = FIRST + 56 * WEEK
PLAN = Plan(START)
DAY = timedelta(days=1)
END = START + 8 * WEEK - DAY


def counts(after: float, seed: int = 1, a_week: float = 40, weeks: int = 64) -> list[float | None]:
    """Return Poisson counts, from the 57th week on `after` times as many."""
    mean = a_week * np.repeat([1.0, after], [56, max(weeks - 56, 0)])[:weeks]
    return [float(count) for count in np.random.default_rng(seed).poisson(mean)]


def judge(
    values: Sequence[float | None], plan: Plan = PLAN, known_through: date = END
) -> BeforeAfter:
    return before_after(Weeks.of(FIRST, values), plan, known_through)


def test_a_fall_helped_where_lower_is_better() -> None:
    found = judge(counts(0.6))
    assert found.verdict is Verdict.HELPED
    assert found.reason is None
    assert (found.weeks_before, found.weeks_after) == (52, 8)
    step = found.step
    assert step is not None
    assert step.change is not None
    assert step.low is not None
    assert step.high is not None
    assert step.low < step.change < step.high < 0
    assert step.low < -0.4 < step.high
    assert step.difference == pytest.approx(-0.4 * 40, abs=5)
    assert step.rank <= 3
    assert step.places == 60
    assert found.in_words().startswith("helped: ")
    assert "% less (95 % interval" in found.in_words()
    assert found.in_words().endswith("52 weeks before and 8 after.")


def test_the_same_fall_hurt_where_higher_is_better() -> None:
    found = judge(counts(0.6), replace(PLAN, better=Better.HIGHER))
    assert found.verdict is Verdict.HURT
    assert judge(counts(1.6), replace(PLAN, better=Better.HIGHER)).verdict is Verdict.HELPED
    assert judge(counts(1.6)).verdict is Verdict.HURT


def test_nothing_is_claimed_of_weeks_that_only_vary() -> None:
    found = judge(counts(1.0))
    assert (found.verdict, found.reason) == (Verdict.NOT_YET_KNOWN, Reason.NO_CLEAR_STEP)
    assert found.power is not None
    assert found.power.at_horizon > 0.9
    assert "A change of 30 % less is found by the horizon in" in found.in_words()


def test_two_weeks_are_never_green() -> None:
    """What makes a lead distrust it: even a fall to a tenth is too early after two weeks."""
    found = judge(counts(0.1), known_through=START + 2 * WEEK - DAY)
    assert (found.verdict, found.reason) == (Verdict.NOT_YET_KNOWN, Reason.TOO_EARLY)
    assert found.step is not None
    assert found.step.needed_p == pytest.approx(needed_p(2, 8))
    assert found.power is not None
    assert found.power.weeks_more is not None
    assert found.power.weeks_needed == found.power.weeks_more + 2


def test_a_horizon_of_two_weeks_has_its_verdict_after_two() -> None:
    plan = replace(PLAN, horizon_weeks=2)
    found = judge(counts(0.4), plan, START + 2 * WEEK - DAY)
    assert found.verdict is Verdict.HELPED


def test_an_early_look_claims_what_is_beyond_its_bound() -> None:
    found = judge(counts(0.1), known_through=START + 4 * WEEK - DAY)
    assert found.verdict is Verdict.HELPED
    assert found.weeks_after == 4
    assert found.step is not None
    assert found.step.p_value < needed_p(4, 8) < 0.004


def test_weeks_after_the_horizon_are_not_looked_at() -> None:
    within, beyond = counts(0.6), [*counts(0.6), *[0.0] * 20]
    assert judge(within) == judge(beyond, known_through=END + 20 * WEEK)


def test_the_interval_leaves_out_no_change_just_when_the_p_value_is_low_enough() -> None:
    for seed in range(12):
        step = judge(counts(0.8, seed)).step
        assert step is not None
        assert step.low is not None
        assert step.high is not None
        assert (step.low < 0 < step.high) == (step.p_value > step.needed_p)


def test_a_place_that_is_one_of_many_steps_is_not_claimed() -> None:
    """A series that jumps up and down by itself: the start is no more special than other weeks."""
    jumps = [60.0 if week // 8 % 2 else 30.0 for week in range(64)]
    found = judge(jumps)
    assert found.verdict is Verdict.NOT_YET_KNOWN


def test_the_rank_alone_can_keep_a_claim_back() -> None:
    found = judge(counts(0.6))
    step = found.step
    assert step is not None
    assert step.rank <= 0.05 * step.places
    noise = np.random.default_rng(4).poisson(40, 64).astype(float)
    noise[20:28] = 12  # as deep a hole a year before, where nothing was registered
    noise[56:] *= 0.62
    held = judge(noise.tolist())
    assert held.verdict is Verdict.NOT_YET_KNOWN


def test_the_month_before_the_start_is_left_out() -> None:
    calm, worst = counts(1.0), counts(1.0)
    worst[52:56] = [200.0] * 4
    assert judge(calm) == judge(worst)


def test_a_start_within_a_week_leaves_that_week_out() -> None:
    plan = Plan(START + 2 * DAY)
    values = [*counts(0.6), 24.0]
    values[56] = 500.0
    found = judge(values, plan, END + WEEK)
    assert found.weeks_after == 8
    assert found.verdict is Verdict.HELPED
    window = window_of(Weeks.of(FIRST, values), plan, END + WEEK, None)
    assert window.start == 57
    assert 500.0 not in window.after.values


def test_a_week_that_is_not_over_is_not_looked_at() -> None:
    assert judge(counts(0.6), known_through=END - DAY).weeks_after == 7


def test_missing_weeks_are_not_zero() -> None:
    values = counts(0.6)
    values[10], values[60] = None, math.nan
    found = judge(values)
    assert (found.weeks_before, found.weeks_after) == (51, 7)
    assert found.verdict is Verdict.HELPED


def test_a_rule_that_changed_makes_it_not_comparable_unless_replayed() -> None:
    series = Weeks.of(FIRST, counts(0.6))
    changed = before_after(series, PLAN, END, rule_changed_on=[START])
    assert (changed.verdict, changed.reason) == (Verdict.NOT_COMPARABLE, Reason.RULE_CHANGED)
    assert changed.step is None
    assert changed.in_words().startswith("not comparable: the monitor's rule changed")
    replayed = before_after(series, PLAN, END, rule_changed_on=[START], replayed=True)
    assert replayed.verdict is Verdict.HELPED
    for elsewhere in (FIRST - DAY, END + DAY):
        assert before_after(series, PLAN, END, rule_changed_on=[elsewhere]) == judge(counts(0.6))


def test_a_monitor_that_began_makes_it_not_comparable() -> None:
    series = Weeks.of(FIRST, counts(0.6))
    began = before_after(series, PLAN, END, replayed=True, monitor_began_on=[START])
    assert (began.verdict, began.reason) == (Verdict.NOT_COMPARABLE, Reason.MONITOR_BEGAN)
    before = before_after(series, PLAN, END, monitor_began_on=[FIRST - DAY])
    assert before == judge(counts(0.6))


@pytest.mark.parametrize(
    ("values", "plan", "through", "reason"),
    [
        ([], PLAN, END, Reason.BASELINE_TOO_SHORT),
        ([7.0], PLAN, END, Reason.BASELINE_TOO_SHORT),
        ([None] * 64, PLAN, END, Reason.BASELINE_TOO_SHORT),
        ([0.0] * 64, PLAN, END, Reason.NOTHING_HAPPENED),
        (counts(1.0), PLAN, START - DAY, Reason.STARTS_LATER),
        (counts(1.0), PLAN, FIRST - DAY, Reason.BASELINE_TOO_SHORT),
        (counts(1.0), PLAN, START + WEEK - DAY, Reason.TOO_FEW_AFTER),
        (counts(1.0), Plan(START, horizon_weeks=1), END, Reason.HORIZON_TOO_SHORT),
        (counts(1.0), Plan(START, horizon_weeks=0), END, Reason.HORIZON_TOO_SHORT),
        (counts(1.0), Plan(START, horizon_weeks=-3), END, Reason.HORIZON_TOO_SHORT),
        (counts(1.0), Plan(FIRST + 29 * WEEK), END, Reason.BASELINE_TOO_SHORT),
        ([None] * 30 + counts(1.0)[30:], PLAN, END, Reason.BASELINE_TOO_SHORT),
    ],
)
def test_what_is_missing_is_said(
    values: list[float | None], plan: Plan, through: date, reason: Reason
) -> None:
    found = judge(values, plan, through)
    assert (found.verdict, found.reason, found.step) == (Verdict.NOT_YET_KNOWN, reason, None)
    assert found.in_words().startswith(f"not yet known: {reason}.")


def test_half_a_year_is_enough_but_asks_for_more() -> None:
    values: list[float | None] = [None] * 26
    found = judge(values + counts(0.5)[26:])
    assert found.weeks_before == 26
    assert found.step is not None
    assert found.step.needed_p == pytest.approx(needed_p(8, 8, 0.05 / 4))
    assert found.verdict is Verdict.HELPED


def test_from_nothing_there_is_no_percentage() -> None:
    found = judge([0.0] * 56 + [6.0, 5.0, 7.0, 6.0, 5.0, 6.0, 7.0, 6.0])
    assert found.verdict is Verdict.HURT
    assert found.step is not None
    assert found.step.change is None
    assert found.step.difference == pytest.approx(6, abs=0.5)
    assert found.power is None
    assert "from none a week to 6.0 a week" in found.in_words()
    assert "%" not in found.in_words()


def test_to_nothing_is_all_less() -> None:
    found = judge([*counts(1.0)[:56], *[0.0] * 8])
    assert found.verdict is Verdict.HELPED
    assert found.step is not None
    assert found.step.change == pytest.approx(-1, abs=0.02)


def test_a_series_without_any_noise_is_judged() -> None:
    assert judge([5.0] * 64).reason is Reason.NO_CLEAR_STEP
    assert judge([5.0] * 56 + [3.0] * 8).verdict is Verdict.HELPED


def test_a_control_takes_away_what_happened_to_both() -> None:
    season = 1 + 0.5 * np.sin(np.arange(64) / 4)
    random = np.random.default_rng(6)
    both = np.where(np.arange(64) >= 56, 0.5, 1.0)
    treated = Weeks.of(FIRST, random.poisson(60 * season * both).astype(float))
    control = Weeks.of(FIRST, random.poisson(60 * season * both).astype(float))
    assert not before_after(treated, PLAN, END, control).is_claimed
    alone = Weeks.of(FIRST, random.poisson(60 * season).astype(float))
    found = before_after(treated, PLAN, END, alone)
    assert found.verdict is Verdict.HELPED
    assert found.has_control
    assert found.step is not None
    assert found.step.change == pytest.approx(-0.5, abs=0.15)
    assert found.step.difference is None
    assert "against the control" in found.in_words()


def test_an_unknown_week_of_the_control_is_unknown() -> None:
    control = Weeks.of(FIRST, [None, *counts(1.0, seed=9)[1:]])
    series = Weeks.of(FIRST, counts(1.0))
    # the baseline's first week is the series' first
    assert before_after(series, PLAN, END, control).weeks_before == 51


def test_durations_are_compared_as_ratios() -> None:
    random = np.random.default_rng(8)
    hours = np.exp(random.normal(np.log(3600 * 10), 0.2, 64))
    hours[56:] *= 0.5
    plan = replace(PLAN, measure=Measure.DURATION)
    found = judge(hours.tolist(), plan)
    assert found.verdict is Verdict.HELPED
    assert found.level_before == pytest.approx(36_000, rel=0.1)
    assert found.step is not None
    assert found.step.change == pytest.approx(-0.5, abs=0.12)
    assert "% shorter" in found.in_words()
    zeros = judge([0.0] * 60 + [None] * 4, plan)
    assert zeros.verdict is Verdict.NOT_YET_KNOWN


def test_power_grows_with_the_change_and_names_the_weeks_that_would_tell() -> None:
    noisy = counts(1.0, a_week=6)
    small, large = (judge(noisy, replace(PLAN, worth_finding=one)).power for one in (0.2, 0.6))
    assert small is not None
    assert large is not None
    assert small.at_horizon < 0.5 < large.at_horizon
    assert large.weeks_needed is not None
    assert small.weeks_needed is None or small.weeks_needed > large.weeks_needed
    words = judge(noisy, replace(PLAN, worth_finding=0.05)).in_words()
    assert "no number of weeks within a year would make that 80 %" in words


@pytest.mark.parametrize("share", [0, 1, -0.3, 30])
def test_a_change_worth_finding_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Plan(START, worth_finding=share)


def test_screening_takes_back_what_chance_explains() -> None:
    step = Step(-0.3, -0.5, -0.1, None, None, None, 0.03, 0.038, 1, 60)
    claimed = BeforeAfter(Verdict.HELPED, None, PLAN, False, 52, 8, step=step)
    clear = replace(claimed, step=replace(step, p_value=0.0001))
    nothing = replace(
        claimed,
        verdict=Verdict.NOT_YET_KNOWN,
        reason=Reason.NO_CLEAR_STEP,
        step=replace(step, p_value=0.7),
    )
    early = replace(nothing, reason=Reason.STARTS_LATER, step=None)

    found = screened([claimed, clear, nothing, early, nothing])

    assert [one.verdict for one in found] == [
        Verdict.NOT_YET_KNOWN,
        Verdict.HELPED,
        Verdict.NOT_YET_KNOWN,
        Verdict.NOT_YET_KNOWN,
        Verdict.NOT_YET_KNOWN,
    ]
    assert found[0].reason is Reason.ONE_OF_MANY
    assert [one.adjusted_p_value for one in found] == [
        pytest.approx(0.06),
        pytest.approx(0.0004),
        pytest.approx(0.7),
        None,
        pytest.approx(0.7),
    ]
    assert screened([]) == []


@pytest.mark.parametrize("day", [date(2025, 1, 7), date(2025, 1, 12)])
def test_weeks_begin_on_mondays(day: date) -> None:
    with pytest.raises(ValueError, match="not a Monday"):
        Weeks.of(day, [1.0])


def test_figures_are_not_negative() -> None:
    with pytest.raises(ValueError, match="at least zero"):
        Weeks.of(FIRST, [1.0, -1.0])


figures = st.one_of(st.none(), st.just(0.0), st.integers(0, 10**6).map(float), st.just(math.nan))


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(figures, max_size=70),
    start=st.integers(-20, 90),
    horizon=st.integers(-1, 12),
    through=st.integers(-100, 700),
    measure=st.sampled_from(Measure),
    has_control=st.booleans(),
)
def test_anything_gets_a_verdict(
    values: list[float | None],
    start: int,
    horizon: int,
    through: int,
    measure: Measure,
    has_control: bool,
) -> None:
    series = Weeks.of(FIRST, values)
    plan = Plan(FIRST + start * 7 * DAY + DAY, measure=measure, horizon_weeks=horizon)
    control = series if has_control else None
    found = before_after(series, plan, FIRST + through * DAY, control)
    assert found.is_claimed == (found.reason is None)
    assert "nan" not in found.in_words()
    assert found == before_after(series, plan, FIRST + through * DAY, control)
    if found.step is not None:
        assert 0 <= found.step.p_value <= 1
        assert 1 <= found.step.rank <= found.step.places
    if found.power is not None:
        assert 0 <= found.power.at_horizon <= 1


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10**6), years=st.integers(-5, 5))
def test_the_calendar_does_not_matter(seed: int, years: int) -> None:
    values, moved = counts(0.8, seed), 52 * years * WEEK
    there = before_after(Weeks.of(FIRST + moved, values), Plan(START + moved), END + moved)
    assert there.step == judge(values).step


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10**6), less=st.integers(1, 10))
def test_fewer_after_the_start_never_look_like_more(seed: int, less: int) -> None:
    values = counts(1.0, seed)
    fewer = [*values[:56], *(max((value or 0) - less, 0.0) for value in values[56:])]
    one, two = judge(values).step, judge(fewer).step
    assert one is not None
    assert two is not None
    assert one.change is not None
    assert two.change is not None
    assert two.change < one.change


def test_the_first_looks_at_a_long_horizon_have_no_interval() -> None:
    plan = replace(PLAN, horizon_weeks=52)
    found = judge(counts(0.6), plan, START + 2 * WEEK - DAY)
    assert found.reason is Reason.TOO_EARLY
    assert found.step is not None
    assert (found.step.low, found.step.high) == (None, None)
    assert "(too early for an interval)" in found.in_words()


def test_a_longer_horizon_is_named_where_the_present_one_is_too_short() -> None:
    found = judge(counts(1.0, a_week=10))
    assert found.power is not None
    assert found.power.at_horizon < 0.8
    assert found.power.weeks_needed is not None
    assert found.power.weeks_more == found.power.weeks_needed - 8
    words = f"{found.power.weeks_more} more weeks, a horizon of {found.power.weeks_needed}, would"
    assert words in found.in_words()
