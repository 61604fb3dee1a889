"""What holds an event back, until when, and what is asked of a monitor's mutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsloop.suppression import (
    Candidate,
    Hold,
    Inhibition,
    Inhibitor,
    Mute,
    Once,
    Suppressions,
    Weekly,
    Window,
    accepted,
    sources_first,
)
from opsloop.types import Disposition, Incident, State

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
EVENT = Candidate(
    "A-1", '["north"]', '{"carrier": "UA", "seats": 200, "code": "200", "gate": null}'
)
MUTE = Mute(1, None, "A-1", MONDAY, MONDAY + timedelta(hours=4), "known", "ada.moreno", MONDAY)
SUNDAY_NIGHT = Weekly((6,), ((2 * 60, 4 * 60),), "America/New_York")


def hour(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


def muted_by(*mutes: Mute, event: Candidate = EVENT, at: float = 1) -> list[str]:
    found = Suppressions("mon_a", mutes=mutes).holds(event, hour(at))
    assert {hold.disposition for hold in found} <= {Disposition.MUTED}
    return [hold.by for hold in found]


# ---- mutes


@pytest.mark.parametrize(("at", "holds"), [(-0.1, False), (0, True), (3.9, True), (4, False)])
def test_a_mute_holds_from_its_start_until_before_its_end(at: float, holds: bool) -> None:
    assert bool(muted_by(MUTE, at=at)) is holds


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        ({"entity_id": "A-1"}, True),
        ({"entity_id": "A-*"}, True),
        ({"entity_id": "B-*"}, False),
        ({"entity_id": "A"}, False),
        ({"entity_id": None, "monitor_id": "mon_a"}, True),
        ({"entity_id": None, "monitor_id": "mon_b"}, False),
        ({"entity_id": "A-1", "monitor_id": "mon_b"}, False),
        ({"evidence": {"carrier": "UA"}}, True),
        ({"evidence": {"carrier": "ua"}}, False),
        ({"evidence": {"carrier": "UA", "seats": 200}}, True),
        ({"evidence": {"carrier": "UA", "seats": 201}}, False),
        ({"evidence": {"seats": 200.0}}, True),
        ({"evidence": {"seats": "200"}}, False),
        ({"evidence": {"code": 200}}, False),
        ({"evidence": {"code": "200"}}, True),
        ({"evidence": {"gate": None}}, True),
        ({"evidence": {"carrier": None}}, False),
        ({"evidence": {"unheard_of": None}}, False),
    ],
)
def test_what_a_mute_says_must_all_hold(scope: dict[str, object], holds: bool) -> None:
    assert bool(muted_by(replace(MUTE, **scope))) is holds


def test_of_several_the_one_that_ends_last_is_the_reason() -> None:
    longer = replace(MUTE, mute_id=2, entity_id="*", ends_at=hour(9))
    assert muted_by(MUTE, longer) == ["2", "1"]
    assert muted_by(longer, MUTE) == ["2", "1"]


def test_mutes_that_ended_before_what_is_asked_are_left_out() -> None:
    before = replace(MUTE, mute_id=2, ends_at=hour(2))
    found = Suppressions("mon_a", mutes=[MUTE, before], since=hour(2))
    assert [hold.by for hold in found.holds(EVENT, hour(1))] == ["1"]


# ---- maintenance


def test_a_window_holds_its_monitors_and_entities_until_its_end() -> None:
    window = Window("move", Once(hour(1), hour(3)), ("mon_*",), ("A-*",))
    found = Suppressions("mon_a", windows=[window])
    assert found.holds(EVENT, hour(1)) == (Hold(Disposition.MAINTENANCE, "move", hour(3)),)
    assert found.holds(EVENT, hour(0.9)) == found.holds(EVENT, hour(3)) == ()
    assert found.holds(replace(EVENT, entity_id="B"), hour(1)) == ()
    assert Suppressions("other", windows=[window]).holds(EVENT, hour(1)) == ()


def ends(weekly: Weekly, *moment: int) -> str | None:
    end = weekly.end_at(datetime(2026, *moment, tzinfo=UTC))
    return None if end is None else f"{end:%m-%d %H:%M}"


def test_hours_of_every_week_follow_the_wall_clock() -> None:
    assert ends(SUNDAY_NIGHT, 2, 1, 7, 0) == "02-01 09:00"  # winter
    assert ends(SUNDAY_NIGHT, 2, 1, 9, 0) is None
    assert ends(SUNDAY_NIGHT, 2, 2, 8, 0) is None  # a Monday
    assert ends(SUNDAY_NIGHT, 6, 7, 6, 0) == "06-07 08:00"  # summer
    assert ends(SUNDAY_NIGHT, 6, 7, 8, 0) is None


def test_a_change_of_the_clocks_never_cuts_the_hours_short() -> None:
    assert ends(SUNDAY_NIGHT, 3, 8, 6, 59) is None
    assert ends(SUNDAY_NIGHT, 3, 8, 7, 0) == "03-08 08:00"  # 02:00 is 03:00 already
    autumn = Weekly((6,), ((30, 90),), "America/New_York")  # until 01:30, which comes twice
    assert ends(autumn, 11, 1, 5, 45) == "11-01 06:30"
    assert ends(autumn, 11, 1, 6, 29) == "11-01 06:30"


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    weekly = Weekly((6,), ((22 * 60, 6 * 60),), "UTC")
    assert ends(weekly, 3, 1, 23, 0) == ends(weekly, 3, 2, 5, 59) == "03-02 06:00"
    assert ends(weekly, 3, 1, 5, 0) is ends(weekly, 3, 2, 6, 0) is None
    assert ends(Weekly((6,), ((0, 1440),), "UTC"), 3, 1, 23, 59) == "03-02 00:00"


# ---- inhibitions


def test_an_open_incident_silences_its_entity_or_group_since_its_event_began() -> None:
    by_entity = Inhibitor("entity", "A-1", 7, hour(1))
    by_group = Inhibitor("group", '["north"]', 8, hour(2))
    found = Suppressions("mon_b", inhibitors=[by_entity, by_group, by_entity])
    assert found.holds(EVENT, hour(0.9)) == ()
    assert found.holds(EVENT, hour(1)) == (Hold(Disposition.INHIBITED, "7", None),)
    assert [hold.by for hold in found.holds(EVENT, hour(2))] == ["7", "8"]
    other = Candidate('["north"]', "A-1")  # an entity is no group
    assert found.holds(other, hour(2)) == ()


def test_sources_come_before_what_they_silence() -> None:
    rules = [
        Inhibition("one", "mon_c", ("mon_b",), "entity"),
        Inhibition("two", "mon_b", ("mon_a", "mon_x"), "entity"),
        Inhibition("gone", "mon_gone", ("*",), "entity"),
    ]
    order = sources_first(["mon_a", "mon_b", "mon_c", "mon_d"], rules)
    assert order == ["mon_c", "mon_d", "mon_b", "mon_a"]
    assert sources_first(["mon_b", "mon_a"], []) == ["mon_b", "mon_a"]


# ---- ends


def test_one_that_follows_on_another_ends_last() -> None:
    windows = [Window("move", Once(hour(3), hour(6))), Window("later", Once(hour(7), hour(8)))]
    found = Suppressions("mon_a", mutes=[MUTE], windows=windows)
    assert found.ended_at(EVENT, hour(4), hour(20)) == hour(6)
    assert found.ended_at(EVENT, hour(8), hour(20)) == hour(8)
    assert found.ended_at(EVENT, hour(30), hour(20)) == hour(20)  # it covers the event no more


def test_the_first_reason_is_the_mute_before_maintenance_before_inhibition() -> None:
    found = Suppressions(
        "mon_a",
        inhibitors=[Inhibitor("entity", "A-1", 7, hour(0))],
        windows=[Window("move", Once(hour(0), hour(9)))],
        mutes=[MUTE],
    )
    assert [str(hold.disposition) for hold in found.holds(EVENT, hour(1))] == [
        "muted",
        "maintenance",
        "inhibited",
    ]


def test_what_was_accepted_is_until_its_expiry_while_the_incident_is_over() -> None:
    last = Incident(3, 1, 1, State.RESOLVED, hour(0), accepted_until=hour(5))
    assert accepted(last, hour(4)) == (Hold(Disposition.ACCEPTED, "3", hour(5)),)
    assert accepted(last, hour(5)) == accepted(None, hour(1)) == ()
    assert accepted(replace(last, state=State.ACTIVE), hour(4)) == ()
    assert accepted(replace(last, accepted_until=None), hour(4)) == ()
