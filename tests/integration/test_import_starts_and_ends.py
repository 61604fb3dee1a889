"""What is known of a case's start and end when its rows do not say both, or not in order."""

from __future__ import annotations

import pytest

from opsloop.importing.life import IMPLIED
from tests.integration.imported import ACTIVITIES, CREATED, HEADER, SNAPSHOT_HEADER, SNAPSHOTS, Desk

BROKEN = "A,create,ann,soon\n"
TAKEN = "A,take,bob,2024-03-01 09:30\n"
RESOLVED = "A,resolve,bob,2024-03-01 10:30\n"
BY_NUMBER = ACTIVITIES + "order: [activity::int]\n"


def test_a_case_without_an_end_stays_open(desk: Desk) -> None:
    desk.bring(HEADER + CREATED)
    assert desk.incident("A")["state"] == "new"


@pytest.mark.parametrize(
    ("rows", "plan", "starts"),
    [
        pytest.param(BROKEN + TAKEN + RESOLVED, ACTIVITIES, "active", id="down, the first"),
        pytest.param(TAKEN + BROKEN + RESOLVED, ACTIVITIES, "new", id="down, between"),
        pytest.param(TAKEN + RESOLVED + BROKEN, ACTIVITIES, "new", id="down, the last"),
        pytest.param(RESOLVED + TAKEN + BROKEN, ACTIVITIES, "active", id="up, the first"),
        pytest.param(RESOLVED + BROKEN + TAKEN, ACTIVITIES, "new", id="up, between"),
        pytest.param(BROKEN + RESOLVED + TAKEN, ACTIVITIES, "new", id="up, the last"),
        pytest.param(TAKEN + BROKEN, ACTIVITIES, "new", id="only one is left"),
        pytest.param("A,1,a,\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "active", id="order, first"),
        pytest.param("A,2,a,\nA,1,a,2024-03-01 09:30\n", BY_NUMBER, "new", id="order, last"),
        pytest.param("A,one,a,2024-03-01 09:00\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "active",
                     id="order fails"),
        pytest.param("A,1,a,2030-03-01 09:00\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "new",
                     id="in the future"),
    ],
)  # fmt: skip
def test_a_case_whose_first_row_is_left_out_starts_in_the_middle(
    desk: Desk, rows: str, plan: str, starts: str
) -> None:
    found = desk.bring(HEADER + rows + "B,create,ann,never\n", plan)
    assert found.incidents_opened == 1
    first = desk.log("A")[0]
    assert (first["state"], first["rule_id"]) == (starts, IMPLIED if starts == "active" else None)
    if starts == "active":
        assert desk.incident("A")["acknowledged_at"] is None


def test_a_case_that_closes_before_it_opens_is_left_out_whole(desk: Desk) -> None:
    found = desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,1/2/2024 9:00,Resolved,Desk,?,?,0,?\n"
        + "I2,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert found.rejected == {"ends_before_it_opens": 2}
    assert found.incidents_opened == 1


def test_an_end_before_the_opening_activity_too(desk: Desk) -> None:
    plan = ACTIVITIES.replace("once: first}", "when: \"activity = 'create'\"}")
    desk.bring(HEADER + "A,close,bob,2024-02-01 09:00\n" + CREATED, plan)
    assert desk.reasons() == [(2, "ends_before_it_opens"), (3, "ends_before_it_opens")]


@pytest.mark.parametrize("state", [False, True])
def test_an_end_before_the_opening_is_one_in_the_order_of_the_file_too(
    desk: Desk, state: bool
) -> None:
    plan = ACTIVITIES + "order: line\n"
    if state:
        plan = plan[: plan.index("rows:")] + "set: {state: activity}\norder: line\n"
        plan += "states: {create: new, take: active, close: closed}\n"
    late = "A,create,ann,2024-03-05 09:00\nA,close,bob,2024-03-01 09:00\n"
    found = desk.bring(HEADER + late + "A,take,bob,2024-03-06 09:00\n", plan)
    assert found.rejected == {"ends_before_it_opens": 3}


def test_an_end_that_lies_behind_the_opening_makes_up_for_one_before(desk: Desk) -> None:
    rows = "A,create,ann,2024-03-05 09:00\nA,close,bob,2024-03-01 09:00\n"
    desk.bring(HEADER + rows + "A,close,bob,2024-03-06 09:00\n", ACTIVITIES + "order: line\n")
    assert desk.incident("A")["state"] == "closed"


def test_a_million_cases_with_one_event_each_are_as_many_incidents(desk: Desk) -> None:
    """A thousand here; benchmarks/bench_import.py has the rest, with its memory."""
    rows = "".join(f"{number},create,ann,2024-03-01 09:00\n" for number in range(1_000))
    assert desk.bring(HEADER + rows).incidents_opened == 1_000
