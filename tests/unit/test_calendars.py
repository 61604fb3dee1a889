"""Business time: examples that people got wrong, and equality with a slow and obvious reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsloop.calendars import (
    ALWAYS,
    Calendar,
    Interval,
    OutsideHorizon,
    Rules,
    Slot,
    open_intervals,
)

from .clock_reference import SlowCalendar

NYC = "America/New_York"
DAYTIME = (Slot(8 * 60, 17 * 60),)
WITH_LUNCH = (Slot(8 * 60, 12 * 60), Slot(13 * 60, 17 * 60))
ALL_DAY = (Slot(0, 24 * 60),)
HOUR = 3600


def week(*slots: Slot, weekend: tuple[Slot, ...] = ()) -> tuple[tuple[Slot, ...], ...]:
    return (slots,) * 5 + (weekend,) * 2


def at(text: str) -> datetime:
    """Return a moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(rules: Rules, first: str, last: str) -> Calendar:
    return Calendar.from_rules("office", rules, date.fromisoformat(first), date.fromisoformat(last))


OFFICE = calendar(Rules(NYC, week(*WITH_LUNCH)), "2026-01-01", "2027-12-31")


def test_lunch_breaks_do_not_count() -> None:
    # 11:00 to 14:00 in New York, in summer
    assert OFFICE.elapsed(at("2026-07-01 15:00"), at("2026-07-01 18:00")) == 2 * HOUR
    assert OFFICE.due(at("2026-07-01 15:00"), 2 * HOUR) == at("2026-07-01 18:00")


def test_the_worked_example_of_business_time() -> None:
    office = calendar(Rules(NYC, week(*DAYTIME)), "2026-07-01", "2026-07-31")
    opened, resolved = at("2026-07-10 20:30"), at("2026-07-13 13:00")  # Friday 16:30, Monday 09:00
    assert office.elapsed(opened, resolved) == 1.5 * HOUR
    assert office.elapsed(resolved, opened) == -1.5 * HOUR


def test_a_deadline_at_closing_time_lasts_until_the_next_opening() -> None:
    friday = at("2026-07-10 20:00")  # 16:00 in New York
    assert OFFICE.due(friday, HOUR) == at("2026-07-10 21:00")
    assert OFFICE.latest(friday, HOUR) == at("2026-07-13 12:00")
    assert OFFICE.due(friday, HOUR + 1) == at("2026-07-13 12:00:01")
    assert OFFICE.latest(friday, HOUR - 1) == OFFICE.due(friday, HOUR - 1)


def test_days_are_not_added_as_86400_seconds_across_a_clock_change() -> None:
    office = calendar(Rules(NYC, week(*DAYTIME)), "2026-03-01", "2026-11-30")
    friday_noon = at("2026-03-06 17:00")
    monday_noon = at("2026-03-09 16:00")  # 71 hours later: the clocks went forward on Sunday
    assert office.due(friday_noon, 9 * HOUR) == monday_noon
    whole_days = calendar(Rules(NYC, (ALL_DAY,) * 7), "2026-03-01", "2026-11-30")
    midnights = [at("2026-03-08 05:00"), at("2026-03-09 04:00")]
    assert whole_days.elapsed(*midnights) == 23 * HOUR
    assert whole_days.elapsed(at("2026-11-01 04:00"), at("2026-11-02 05:00")) == 25 * HOUR


@pytest.mark.parametrize(
    ("slot", "day", "seconds"),
    [
        pytest.param(Slot(120, 180), "2026-03-08", 0, id="in the hour that is skipped"),
        pytest.param(Slot(60, 240), "2026-03-08", 2 * HOUR, id="over the hour that is skipped"),
        pytest.param(Slot(150, 240), "2026-03-08", HOUR, id="from inside the hour that is skipped"),
        pytest.param(Slot(75, 90), "2026-11-01", HOUR // 2, id="in the hour that comes twice"),
        pytest.param(Slot(0, 180), "2026-11-01", 4 * HOUR, id="over the hour that comes twice"),
    ],
)
def test_a_slot_at_a_clock_change(slot: Slot, day: str, seconds: int) -> None:
    rules = Rules(NYC, ((),) * 7, exceptions={date.fromisoformat(day): (slot,)})
    whole = calendar(rules, "2026-03-01", "2026-11-30")
    assert whole.elapsed(whole.starts_at, whole.ends_at) == seconds


def test_a_slot_in_the_hour_that_comes_twice_is_open_twice() -> None:
    rules = Rules(NYC, ((),) * 7, exceptions={date(2026, 11, 1): (Slot(75, 90),)})
    rows = open_intervals(rules, date(2026, 11, 1), date(2026, 11, 1))
    assert [(row.starts_at, row.ends_at, row.open_before_s) for row in rows[1:-1]] == [
        (at("2026-11-01 05:15"), at("2026-11-01 05:30"), 0),
        (at("2026-11-01 06:15"), at("2026-11-01 06:30"), 900),
    ]


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    apia = calendar(Rules("Pacific/Apia", (ALL_DAY,) * 7), "2011-12-28", "2012-01-02")
    assert len(apia.intervals) == 1  # 29 December is followed by the 31st, without a gap
    closed = Rules("Pacific/Apia", (ALL_DAY,) * 7, closed=frozenset({date(2011, 12, 30)}))
    assert calendar(closed, "2011-12-28", "2012-01-02").intervals == apia.intervals


def test_a_clock_may_change_at_an_odd_second() -> None:
    """Monrovia's clocks went from 24:00 to 00:44:30 at 00:44:30 UTC."""
    for closes, seconds in ((44, 0), (45, 30), (60, 930)):
        day = {date(1972, 1, 7): (Slot(0, closes),)}
        rules = Rules("Africa/Monrovia", ((),) * 7, exceptions=day)
        monrovia = calendar(rules, "1972-01-07", "1972-01-08")
        assert monrovia.elapsed(monrovia.starts_at, monrovia.ends_at) == seconds


def test_slots_may_stand_in_any_order() -> None:
    backwards = Rules(NYC, week(*reversed(WITH_LUNCH)))
    assert calendar(backwards, "2026-01-01", "2027-12-31") == OFFICE


def test_slots_that_touch_at_midnight_are_one_interval() -> None:
    night = Rules("UTC", (((Slot(0, 120)), Slot(22 * 60, 24 * 60)),) * 7)
    rows = calendar(night, "2026-01-01", "2026-01-03").intervals
    assert rows[1] == Interval(at("2026-01-01 22:00"), at("2026-01-02 02:00"), 2 * HOUR)


def test_closed_dates_across_the_years_end_and_open_exceptions() -> None:
    closed = frozenset(date(2026, 12, 27) + timedelta(days=n) for n in range(8))
    rules = Rules("UTC", week(*DAYTIME), closed, {date(2026, 12, 29): (Slot(600, 840),)})
    office = calendar(rules, "2026-12-01", "2027-01-31")
    assert office.elapsed(at("2026-12-25 17:00"), at("2027-01-04 08:00")) == 4 * HOUR
    assert office.due(at("2026-12-25 17:00"), 4 * HOUR + 1) == at("2027-01-04 08:00:01")


def test_moments_are_cut_to_the_second() -> None:
    late = at("2026-07-01 15:00:00.999999")
    assert OFFICE.open_seconds(late) == OFFICE.open_seconds(at("2026-07-01 15:00"))
    early = ALWAYS.open_seconds(at("1969-12-31 23:59:59.5"))
    assert early == ALWAYS.open_seconds(at("1969-12-31 23:59:59"))


def test_nothing_left_while_closed_was_due_at_closing_time() -> None:
    saturday = at("2026-07-11 15:00")
    assert OFFICE.due(saturday, 0) == at("2026-07-10 21:00")
    assert OFFICE.due(saturday, -HOUR) == at("2026-07-10 20:00")
    assert OFFICE.due(OFFICE.starts_at, -HOUR) == OFFICE.starts_at


def test_always_is_open() -> None:
    assert ALWAYS.elapsed(at("2026-07-10 20:00"), at("2026-07-13 20:00")) == 72 * HOUR
    assert ALWAYS.due(at("2026-07-10 20:00"), 5) == at("2026-07-10 20:00:05")
    assert ALWAYS.latest(at("2026-07-10 20:00"), 5) == at("2026-07-10 20:00:05")


def test_asking_outside_the_horizon_says_what_is_known_and_what_to_do() -> None:
    known = "knows no hours on {}: it reaches from 2026-01-01 to 2028-01-01. Apply the settings"
    with pytest.raises(OutsideHorizon, match=known.format("2025-12-31")):
        OFFICE.open_seconds(at("2025-12-31 23:59:59"))
    with pytest.raises(OutsideHorizon, match=known.format("2028-01-01")):
        OFFICE.open_seconds(at("2028-01-01 00:00:01"))
    with pytest.raises(OutsideHorizon, match="has no 36,000,000 open seconds after 2026-07-01"):
        OFFICE.due(at("2026-07-01 15:00"), 36_000_000)
    assert OFFICE.open_seconds(OFFICE.starts_at) == 0
    assert OFFICE.due(OFFICE.starts_at, OFFICE.open_seconds(OFFICE.ends_at)) < OFFICE.ends_at


def test_a_calendar_is_the_same_from_its_stored_intervals() -> None:
    stored = tuple(Interval(*row) for row in OFFICE.intervals)
    assert Calendar("office", NYC, stored) == OFFICE
    assert (OFFICE.starts_at, OFFICE.ends_at) == (at("2026-01-01 00:00"), at("2028-01-01 00:00"))


@pytest.mark.parametrize("broken", ["none", "overlap", "sum"])
def test_intervals_that_do_not_add_up_are_refused(broken: str) -> None:
    rows = {
        "none": (),
        "overlap": (OFFICE.intervals[1], OFFICE.intervals[0]),
        "sum": (OFFICE.intervals[0], OFFICE.intervals[1]._replace(open_before_s=1)),
    }
    with pytest.raises(ValueError, match="'office' do not add up"):
        Calendar("office", NYC, rows[broken])


def test_a_horizon_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        open_intervals(Rules("UTC", (ALL_DAY,) * 7), date(2026, 1, 2), date(2026, 1, 1))


def test_a_calendar_that_is_never_open_never_moves() -> None:
    never = calendar(Rules("UTC", ((),) * 7), "2026-01-01", "2026-01-03")
    assert never.elapsed(never.starts_at, never.ends_at) == 0
    with pytest.raises(OutsideHorizon):
        never.due(never.starts_at, 1)


def test_deadlines_can_be_shown_where_the_calendar_is() -> None:
    due = OFFICE.due(at("2026-07-10 20:00"), HOUR)
    assert OFFICE.local(due).isoformat() == "2026-07-10T17:00:00-04:00"


# a zone, and days around which it changes its clock oddly, or not at all
PLACES = [
    (NYC, date(2026, 3, 8)),
    (NYC, date(2026, 11, 1)),
    ("Europe/Rome", date(2026, 3, 29)),
    ("Europe/Rome", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # the clocks go back for Ramadan
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Asia/Kathmandu", date(2026, 6, 1)),  # 5:45 ahead
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight is skipped
    ("UTC", date(2026, 6, 1)),
]


@st.composite
def slots(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Draw a day's hours: their ends are minutes, often full hours, midnight among them."""
    minute = st.one_of(
        st.integers(0, 24).map(lambda hour: hour * 60), st.integers(0, 288).map(lambda n: n * 5)
    )
    edges = sorted(draw(st.sets(minute, max_size=6)))
    return tuple(Slot(*pair) for pair in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Rules, date, date]:
    """Draw rules, and a horizon of a few days around an odd one."""
    zone, odd_day = draw(st.sampled_from(PLACES))
    nearby = st.integers(-3, 3).map(lambda days: odd_day + timedelta(days=days))
    rules = Rules(
        zone,
        tuple(draw(st.lists(slots(), min_size=7, max_size=7))),
        draw(st.frozensets(nearby, max_size=2)),
        draw(st.dictionaries(nearby, slots(), max_size=2)),
    )
    before, after = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    return rules, odd_day - timedelta(days=before), odd_day + timedelta(days=after)


@settings(max_examples=100, deadline=None)
@given(world=worlds(), data=st.data())
def test_a_calendar_equals_the_wall_clock_to_the_second(
    world: tuple[Rules, date, date], data: st.DataObject
) -> None:
    fast, slow = Calendar.from_rules("any", *world), SlowCalendar(*world)
    length = int((slow.ends_at - slow.starts_at).total_seconds())
    assert (fast.starts_at, fast.ends_at) == (slow.starts_at, slow.ends_at)
    for _ in range(3):
        since = slow.starts_at + timedelta(seconds=data.draw(st.integers(0, length)))
        assert fast.open_seconds(since) == slow.open_seconds(since)
        seconds = data.draw(st.integers(0, 60_000))
        expected = slow.due(since, seconds)
        if expected is None:
            with pytest.raises(OutsideHorizon):
                fast.due(since, seconds)
        else:
            assert fast.due(since, seconds) == expected
        assert fast.latest(since, seconds) == slow.latest(since, seconds)


@settings(max_examples=50, deadline=None)
@given(world=worlds())
@example(world=(Rules(NYC, (ALL_DAY,) * 7), date(2026, 3, 7), date(2026, 3, 9)))
def test_intervals_are_sorted_merged_and_reach_from_end_to_end(
    world: tuple[Rules, date, date],
) -> None:
    rows = open_intervals(*world)
    for before, after in pairwise(rows):
        length = int((before.ends_at - before.starts_at).total_seconds())
        assert before.ends_at <= after.starts_at
        assert after.open_before_s == before.open_before_s + length
    assert all(row.starts_at < row.ends_at for row in rows[1:-1])
    assert all(before.ends_at < after.starts_at for before, after in pairwise(rows[1:]))


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from([place for place, _ in PLACES]),
    moments=st.lists(
        st.integers(0, 727 * 86_400).map(lambda s: at("2026-01-02 00:00") + timedelta(seconds=s)),
        min_size=2,
        max_size=2,
    ),
    seconds=st.integers(0, 400_000),
)
def test_due_is_where_elapsed_arrives(zone: str, moments: list[datetime], seconds: int) -> None:
    office = _offices(zone)
    since, until = sorted(moments)
    assert office.elapsed(since, until) == office.open_seconds(until) - office.open_seconds(since)
    try:
        due = office.due(since, seconds)
    except OutsideHorizon:
        return
    assert office.elapsed(since, due) == seconds
    if seconds:
        assert office.elapsed(since, due - timedelta(seconds=1)) == seconds - 1


_KNOWN: dict[str, Calendar] = {}


def _offices(zone: str) -> Calendar:
    if zone not in _KNOWN:
        _KNOWN[zone] = calendar(Rules(zone, week(*WITH_LUNCH)), "2026-01-01", "2027-12-31")
    return _KNOWN[zone]
