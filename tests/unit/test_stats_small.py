"""The small exact pieces: bounds of looks, screening, intervals, curves of what is still open."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.stats.intervals import wilson
from opsloop.stats.scales import change_of, count_of, step_of
from opsloop.stats.screening import adjusted_p_values
from opsloop.stats.sequential import alpha_of, last_bound, needed_p
from opsloop.stats.staffing import Staffing, people_needed
from opsloop.stats.survival import cumulative_incidence, kaplan_meier, quantile
from opsloop.stats.weeks import Weeks, monday_of, name_of


@pytest.mark.parametrize(
    ("looks", "bound"),
    # Jennison and Turnbull, Group Sequential Methods (2000), table 2.3, α = .05
    [
        (1, 1.960), (2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040), (6, 2.053), (7, 2.063),
        (8, 2.072), (9, 2.080), (10, 2.087), (11, 2.092), (12, 2.098), (15, 2.110), (20, 2.126),
    ],
)  # fmt: skip
def test_the_last_look_has_the_published_bound(looks: int, bound: float) -> None:
    assert last_bound(looks) == pytest.approx(bound, abs=0.0011)


@pytest.mark.parametrize(("looks", "bound"), [(2, 2.580), (3, 2.595), (5, 2.621), (10, 2.660)])
def test_the_bounds_of_one_in_a_hundred_are_the_published_ones(looks: int, bound: float) -> None:
    assert last_bound(looks, 0.01) == pytest.approx(bound, abs=0.002)


def test_early_looks_ask_for_much_more() -> None:
    """Published for five looks: z of 4.56, 3.23, 2.63, 2.28, 2.04."""
    asked = [needed_p(look, 5) for look in range(1, 6)]
    assert asked == pytest.approx([5.06e-6, 1.26e-3, 8.45e-3, 2.26e-2, 4.13e-2], rel=0.02)
    assert needed_p(9, 8) == needed_p(8, 8)


def test_less_than_a_year_asks_for_more() -> None:
    assert alpha_of(52) == alpha_of(60) == 0.05
    assert alpha_of(26) == pytest.approx(0.0125)


@pytest.mark.parametrize(("looks", "alpha"), [(0, 0.05), (8, 0.0), (8, 1.0)])
def test_bounds_need_a_look_and_an_alpha(looks: int, alpha: float) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        last_bound(looks, alpha)


def test_p_values_are_adjusted_as_in_the_paper() -> None:
    """Benjamini and Hochberg (1995): 15 p values, of which 4 are claimed at q = .05."""
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    adjusted = adjusted_p_values(p_values)
    assert sum(one <= 0.05 for one in adjusted) == 4
    assert adjusted[0] == pytest.approx(0.0015)
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    assert adjusted[-1] == 1.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjusting_keeps_the_order_and_never_lowers(p_values: list[float]) -> None:
    adjusted = adjusted_p_values(p_values)
    assert all(one <= two <= 1 for one, two in zip(p_values, adjusted, strict=True))
    ranked = sorted(zip(p_values, adjusted, strict=True))
    assert [two for _, two in ranked] == sorted(adjusted)


def test_p_values_are_shares() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjusted_p_values([0.2, 1.2])


def test_precision_as_in_the_definition() -> None:
    """Definition 8: 3 of 4 are real, 30–95 %."""
    interval = wilson(3, 4)
    assert interval is not None
    assert [round(end * 100) for end in interval] == [30, 95]


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("hits", "count", "level"), [(5, 4, 0.95), (-1, 4, 0.95), (1, 4, 1.0)])
def test_no_share_is_refused(hits: int, count: int, level: float) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(hits, count, level)


@settings(deadline=None)
@given(count=st.integers(1, 10_000), data=st.data())
def test_wilson_holds_the_share_and_mirrors(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    one, other = wilson(hits, count), wilson(count - hits, count)
    assert one is not None
    assert other is not None
    assert 0 <= one[0] <= hits / count <= one[1] <= 1
    assert one == pytest.approx((1 - other[1], 1 - other[0]), abs=1e-12)


def test_open_work_as_in_the_definition() -> None:
    """Definition 4: done after 1 h and 2 h, one open since 3 h: median 2 h, p85 more than 3 h."""
    curve = kaplan_meier([(1, True), (2, True), (3, False)])
    assert quantile(curve, 0.5) == 2
    assert quantile(curve, 0.85) is None
    assert curve.longest == 3


def test_an_end_at_the_time_of_a_last_sight_had_it_still_open() -> None:
    assert kaplan_meier([(2, False), (2, True)]).shares == (0.5,)


def test_nothing_open_or_ended_has_no_quantile() -> None:
    empty = kaplan_meier([])
    assert (empty.times, empty.longest, empty.at(5)) == ((), None, 1.0)
    assert quantile(empty, 0.5) is None
    assert quantile(kaplan_meier([(5, False)]), 0.5) is None
    assert cumulative_incidence([]) == {}


def test_what_clears_itself_competes_as_in_the_definition() -> None:
    """Definition 5: three clear themselves at 1 h, a person resolves one at 2 h: 25 % by 2 h."""
    spans = [(1.0, "self"), (1.0, "self"), (1.0, "self"), (2.0, "person")]
    found = cumulative_incidence(spans)
    assert found["person"].at(2) == pytest.approx(0.25)
    assert found["person"].at(1) == 0
    assert found["self"].at(1) == pytest.approx(0.75)
    censored = kaplan_meier([(time, cause == "person") for time, cause in spans])
    assert 1 - censored.at(2) == 1  # what treating them as censored would say


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_quantiles_are_shares(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(kaplan_meier([(1, True)]), share)


def test_durations_are_not_negative() -> None:
    with pytest.raises(ValueError, match="at least zero"):
        kaplan_meier([(-1, True)])


lives = st.lists(
    st.tuples(st.integers(0, 20).map(float), st.sampled_from(["self", "person", None])), max_size=25
)


@settings(deadline=None)
@given(lives)
def test_ways_to_end_and_what_is_open_add_up(spans: list[tuple[float, str | None]]) -> None:
    ways = cumulative_incidence(spans)
    still = kaplan_meier([(time, cause is not None) for time, cause in spans])
    for time in range(22):
        assert sum(way.at(time) for way in ways.values()) + still.at(time) == pytest.approx(1)


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=25), st.integers(1, 99))
def test_with_nothing_open_the_quantile_is_the_plain_one(ended: list[int], percent: int) -> None:
    found = quantile(kaplan_meier([(float(time), True) for time in ended]), percent / 100)
    share = Fraction(percent, 100)
    plain = next(
        time
        for time in sorted(ended)
        if Fraction(sum(one <= time for one in ended), len(ended)) >= share
    )
    assert found == plain


def test_people_are_factors() -> None:
    """12,000 orders × 1 incident per 100 × 10 minutes ÷ 600 minutes a person = 2 people."""
    found = people_needed(12_000, 0.01, 10, 600)
    assert found.people == pytest.approx(2)
    assert found.incidents_per_unit == pytest.approx(0.01)
    assert found.minutes == pytest.approx(1200)


@pytest.mark.parametrize("missing", [{"minutes_per_incident": None}, {"capacity_minutes": None}])
def test_people_are_unknown_where_a_factor_is(missing: dict[str, None]) -> None:
    known = {"minutes_per_incident": 10.0, "capacity_minutes": 600.0}
    found = Staffing(units=None, incidents=120, **{**known, **missing})
    assert found.people is None
    assert found.incidents_per_unit is None


def test_no_capacity_and_no_units_divide_nothing() -> None:
    found = Staffing(units=0, incidents=0, minutes_per_incident=10, capacity_minutes=0)
    assert (found.people, found.incidents_per_unit) == (None, None)


def test_weeks_know_their_days() -> None:
    assert monday_of(date(2026, 1, 1)) == date(2025, 12, 29)
    assert name_of(date(2025, 12, 29)) == "2026-W01"
    weeks = Weeks.of(date(2025, 12, 29), [3, None, float("inf")])
    assert weeks[date(2025, 12, 29)] == 3
    assert weeks[date(2026, 1, 12)] is None
    assert weeks[date(2025, 12, 22)] is None
    assert len(weeks.complete(date(2026, 1, 10))) == 1
    assert len(weeks.complete(date(2026, 1, 11))) == 2
    assert len(weeks.complete(date(2025, 1, 1))) == 0


@pytest.mark.parametrize("mean", [0.0, 0.2, 1.0, 5.0, 40.0, 1000.0])
def test_counts_come_back_from_their_scale(mean: float) -> None:
    """Against the mean of 2√(y + 3/8) itself, summed over Poisson's probabilities."""
    count, chance, level = 0, math.exp(-mean), 0.0
    while count < 20 + 10 * mean:
        level += chance * 2 * math.sqrt(count + 3 / 8) if mean < 700 else 0.0
        count += 1
        chance *= mean / count
    if mean >= 700:
        level = 2 * math.sqrt(mean + 1 / 8)
    assert count_of(level) == pytest.approx(mean, rel=0.02, abs=0.01)


@pytest.mark.parametrize("change", [-0.9, -0.3, 0.0, 0.5, 4.0])
@pytest.mark.parametrize("logarithm", [True, False])
def test_a_change_as_a_step_is_the_same_change(change: float, logarithm: bool) -> None:
    step = step_of(12.0, change, logarithm)
    assert change_of(12.0, step, logarithm) == pytest.approx(change, abs=1e-9)
