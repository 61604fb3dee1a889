"""Times are read as what they say, put in order, or listed with what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.imported import ACTIVITIES, CREATED, HEADER, SNAPSHOT_HEADER, SNAPSHOTS, Desk


def test_rows_out_of_order_are_put_in_order(desk: Desk) -> None:
    desk.bring(
        HEADER + "A,close,bob,2024-03-03 09:00\nB,create,ann,2024-03-02 09:00\n"
        "A,resolve,bob,2024-03-02 09:00\n" + CREATED
    )
    assert [action for action, _ in desk.course("A")] == ["opened", "resolved", "closed"]


def test_equal_times_keep_the_order_of_the_file(desk: Desk) -> None:
    same = "2024-03-01 09:00\n"
    desk.bring(HEADER + f"A,create,ann,{same}A,take,bob,{same}A,resolve,bob,{same}")
    assert [action for action, _ in desk.course("A")] == ["opened", "taken", "resolved"]


def test_an_order_that_the_map_gives_holds_against_clocks_that_go_back(desk: Desk) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,?,Active,Desk,?,?,0,?\n"
        + "I1,0,1/3/2024 9:40,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert desk.course("I1") == [("opened", "01 09:00"), ("taken", "01 09:40")]


def test_several_zones_in_one_column(desk: Desk) -> None:
    desk.bring(
        HEADER + "A,take,bob,2024-03-01T09:30:00+01:00\nA,create,ann,2024-03-01T08:00:00Z\n"
        "A,resolve,bob,2024-03-01T04:00:00-05:00\n"
    )
    assert desk.course("A") == [
        ("opened", "01 08:00"),
        ("taken", "01 08:30"),
        ("resolved", "01 09:00"),
    ]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("9999-12-31 23:59", "time_in_the_future"),
        ("2026-06-02 00:00", "time_in_the_future"),
        ("0001-01-01 00:00", "time_out_of_range"),
        ("294000-01-01 00:00", "time_in_the_future"),
        ("infinity", "time_not_understood"),
        ("epoch", "time_not_understood"),
        ("today", "time_not_understood"),
        ("20240302T100000Z", "time_not_understood"),
        ("2024-W10-1", "time_not_understood"),
        ("2024-02-30 09:00", "time_not_understood"),
        ("", "no_time"),
    ],
)
def test_dates_beyond_every_calendar_are_listed(desk: Desk, at: str, reason: str) -> None:
    found = desk.bring(HEADER + f"A,create,ann,{at}\n")
    assert found.rejected == {reason: 1}
    assert desk.count() == 0


def test_an_hour_that_is_skipped_or_comes_twice_can_be_refused(desk: Desk) -> None:
    plan = ACTIVITIES + "read: {zone: America/New_York, ambiguous: reject, nonexistent: reject}\n"
    desk.bring(
        HEADER + "A,create,ann,2024-03-10 02:30\nB,create,ann,2024-11-03 01:30\n" + CREATED, plan
    )
    assert desk.reasons() == [(2, "time_at_clock_change"), (3, "time_at_clock_change")]


def test_a_time_of_now_is_not_in_the_future(desk: Desk) -> None:
    now = datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert desk.bring(HEADER + CREATED, now=now).rows_imported == 1
