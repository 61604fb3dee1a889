"""A row whose values cannot be what the map takes them for is listed with its reason, alone."""

from __future__ import annotations

import pytest

from tests.integration.imported import ACTIVITIES, CREATED, HEADER, SNAPSHOT_HEADER, SNAPSHOTS, Desk


def test_a_row_without_a_case_is_listed(desk: Desk) -> None:
    desk.bring(HEADER + " ,create,ann,2024-03-01 09:00\n")
    assert desk.reasons() == [(2, "no_case")]


def test_repeats_of_a_key_are_listed(desk: Desk) -> None:
    row = "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
    found = desk.bring(SNAPSHOT_HEADER + row + row.replace("Desk", "Lab"), SNAPSHOTS)
    assert found.rejected == {"repeat": 1}
    assert desk.left_out[0][3] == "It repeats line 2."


def test_equal_rows_without_a_key_are_two(desk: Desk) -> None:
    call = "A,call,ann,2024-03-01 10:00\n"
    found = desk.bring(HEADER + CREATED + call + call)
    assert (found.rows_imported, found.rows_rejected) == (3, 0)
    assert len(desk.course("A")) == 3


def test_a_state_that_the_map_does_not_know_is_listed(desk: Desk) -> None:
    found = desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,?,Zombie,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert found.rejected == {"unknown_state": 1}
    assert desk.left_out == [
        (
            3,
            "I1",
            "unknown_state",
            "'Zombie' is not among `states`.",
            "I1,1,1/3/2024 9:30,1/3/2024 9:00,,Zombie,Desk,,,0,",
        )
    ]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("priority: P9", "unknown_priority"), ("severity: dire", "unknown_severity"),
     ("class: thing", "unknown_class")],
)  # fmt: skip
def test_words_that_are_none_of_ours_are_listed(desk: Desk, cell: str, reason: str) -> None:
    key, word = cell.split(": ")
    found = desk.bring(HEADER + CREATED, ACTIVITIES + f"set: {{{key}: \"'{word}'\"}}\n")
    assert found.rejected == {reason: 1}


@pytest.mark.parametrize("minutes", ["-5", "1441", "'nan'::double"])
def test_minutes_that_cannot_be_are_listed(desk: Desk, minutes: str) -> None:
    work = f'- {{action: worked, minutes: "{minutes}"}}\n'
    found = desk.bring(HEADER + CREATED, ACTIVITIES + work)
    assert found.rejected == {"minutes_out_of_range": 1}


def test_a_counter_that_cannot_be_is_listed(desk: Desk) -> None:
    count = "- {action: reassigned, delta: 10000000000}\n"
    assert desk.bring(HEADER + CREATED, ACTIVITIES + count).rejected == {"counter_out_of_range": 1}


@pytest.mark.parametrize("delta", ["who::double", "who", "who::decimal(5, 2)", "0.5"])
def test_a_count_that_is_not_whole_fails_its_row(desk: Desk, delta: str) -> None:
    plan = ACTIVITIES + f"- {{action: reassigned, delta: '{delta}'}}\n"
    found = desk.bring(HEADER + CREATED.replace("ann", "1.5"), plan)
    assert found.rejected == {"expression_fails": 1}
    assert desk.left_out[0][3] == "rows[6].delta fails on it."
    if "who" in delta:
        assert desk.bring(HEADER + CREATED.replace("ann", "2.0"), plan).rows_imported == 1


def test_an_expression_that_fails_fails_its_row_alone_and_is_named(desk: Desk) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,many,?\n"
        + "I2,zero,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I3,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert [(row[0], row[2], row[3]) for row in desk.left_out] == [
        (2, "expression_fails", "rows[1].delta fails on it."),
        (3, "expression_fails", "order[0] fails on it."),
    ]
    assert desk.count() == 1


def test_an_expression_that_stands_twice_fails_its_row_alone_too(desk: Desk) -> None:
    """DuckDB would evaluate it once, before `try`."""
    plan = ACTIVITIES + "set: {type: who::int, team: who::int}\n"
    found = desk.bring(HEADER + "A,create,ann,2024-03-01\nB,create,1,2024-03-01\n", plan)
    assert (found.rows_imported, found.rejected) == (1, {"expression_fails": 1})


def test_a_row_on_which_an_expression_fails_is_listed_with_its_case(desk: Desk) -> None:
    desk.bring(HEADER + CREATED.replace("create", "one"), ACTIVITIES + "order: [activity::int]\n")
    assert desk.left_out[0][1:3] == ("A", "expression_fails")
