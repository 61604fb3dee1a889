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


IN_NEW_YORK = ACTIVITIES + "read: {zone: America/New_York}\n"


@pytest.mark.parametrize(
    "at",
    [
        "2024-03-01 09:00 UTC",
        "2024-03-01T09:00:00.000 GMT",
        "2024-03-01 09:00:00UTC",
        "2024-03-01 09:00:00 (UTC)",
        "2024-03-01 09:00:00 Z",
        "2024-03-01T09:00:00z",
        "2024-03-01 10:00:00 CET",
        "2024-03-01 10:00:00 Europe/Berlin",
        "2024-03-01 10:00:00 europe/berlin",
        "2024-03-01 06:00 America/Argentina/Buenos_Aires",
        "2024-03-01 11:00 UTC+2",
        "2024-03-01 11:00 GMT+02:00",
        "2024-03-01 10:00:00 +0100",
        "2024-03-01 10:00:00 +01:00 CET",
        "2024-03-01T10:00:00+01:00[Europe/Berlin]",
        "2024-03-01 11:00:00+02:00 CEST",
        "2024-03-01 04:00",
        "2024-03-01T04:00:00.000",
    ],
)
def test_a_text_that_names_its_zone_is_not_of_the_maps(desk: Desk, at: str) -> None:
    desk.bring(HEADER + f"A,create,ann,{at}\n", IN_NEW_YORK)
    assert desk.course("A") == [("opened", "01 09:00")]


def test_a_date_alone_is_of_the_maps_zone(desk: Desk) -> None:
    desk.bring(HEADER + "A,create,ann,2024-03-01\n", IN_NEW_YORK)
    assert desk.course("A") == [("opened", "01 05:00")]


@pytest.mark.parametrize("word", ["CEST", "EDT", "BST", "pst", "Europe/Berlni", "UTC+99", "PM"])
def test_a_zone_that_is_not_known_is_listed(desk: Desk, word: str) -> None:
    found = desk.bring(HEADER + f"A,create,ann,2024-03-01 09:00:00 {word}\n" + CREATED)
    assert found.rows_imported == 1
    text = f"2024-03-01 09:00:00 {word}"
    assert [row[2:4] for row in desk.left_out] == [("time_in_unknown_zone", text)]


@pytest.mark.parametrize(
    ("at", "form"),
    [
        ("01.03.2024 10:00 CET", "%d.%m.%Y %H:%M %Z"),
        ("01.03.2024 10:00 Europe/Berlin", "%d.%m.%Y %H:%M %Z"),
        ("01.03.2024 09:00 Z", "%d.%m.%Y %H:%M %Z"),
        ("01.03.2024 um 10:00 Uhr (CET)", "%d.%m.%Y um %H:%M Uhr (%Z)"),
        ("Fri Mar  1 09:00:00 UTC 2024", "%a %b %d %H:%M:%S %Z %Y"),
        ("01.03.2024 11:00 +0200 CEST", "%d.%m.%Y %H:%M %z %Z"),
        ("01.03.2024 11:00 +0200", "%d.%m.%Y %H:%M %z"),
        ("2024-03-01 04:00:00 AM", "%Y-%m-%d %I:%M:%S %p"),
        ("2024-03-01 10:00:00 CET", "%d.%m.%Y %H:%M"),
    ],
)
def test_a_format_may_have_a_zone(desk: Desk, at: str, form: str) -> None:
    plan = ACTIVITIES + f'read: {{zone: America/New_York, time: "{form}"}}\n'
    desk.bring(HEADER + f"A,create,ann,{at}\n", plan)
    assert desk.course("A") == [("opened", "01 09:00")]


def test_a_zone_that_is_not_known_in_a_format_is_listed(desk: Desk) -> None:
    plan = ACTIVITIES + 'read: {time: "%d.%m.%Y %H:%M %Z"}\n'
    log = HEADER + "A,create,ann,01.03.2024 10:00 BST\nB,create,ann,01.03.2024 10:00\n"
    desk.bring(log, plan)
    assert desk.reasons() == [(2, "time_in_unknown_zone"), (3, "time_not_understood")]


def test_the_map_may_say_what_a_word_means(desk: Desk) -> None:
    """As docs/import.md has it."""
    said = "at: \"replace(replace(updated_at, 'CEST', '+02:00'), 'CET', '+01:00')\""
    log = HEADER.replace("at\n", "updated_at\n")
    log += "A,create,ann,2024-07-01 11:00 CEST\nA,take,bob,2024-07-02 10:00 CET\n"
    desk.bring(log, ACTIVITIES.replace("at: at", said))
    assert desk.course("A") == [("opened", "01 09:00"), ("taken", "02 09:00")]


def test_zones_in_a_column_of_their_own_event(desk: Desk) -> None:
    """The moment that a rule names is read as the row's own is."""
    log = SNAPSHOT_HEADER + "I1,0,2024-03-01 09:30 UTC,2024-03-01 10:00 CET,?,New,Desk,?,?,0,?\n"
    log += "I2,0,2024-03-01 09:30 UTC,2024-03-01 10:00 CEST,?,New,Desk,?,?,0,?\n"
    desk.bring(log, SNAPSHOTS)
    assert desk.course("I1") == [("opened", "01 09:00")]
    assert desk.reasons() == [(3, "time_in_unknown_zone")]


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


def test_so_can_one_of_a_zone_that_the_text_names(desk: Desk) -> None:
    plan = ACTIVITIES + "read: {ambiguous: reject, nonexistent: reject}\n"
    late = "A,create,ann,2024-03-31 02:30 Europe/Berlin\nB,create,ann,2024-10-27 02:30 CET\n"
    desk.bring(HEADER + late + CREATED, plan)
    assert desk.reasons() == [(2, "time_at_clock_change"), (3, "time_at_clock_change")]


def test_a_time_of_now_is_not_in_the_future(desk: Desk) -> None:
    now = datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert desk.bring(HEADER + CREATED, now=now).rows_imported == 1
