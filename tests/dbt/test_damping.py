"""`pending_for` and `keep_for`, in runs and in time."""

from __future__ import annotations

from .scenario import Played, at, firing, scenario

PENDING_RUNS = scenario(
    "mon_pending_runs",
    firing("a", "b"), firing("a"), firing("a"), firing("a"),
    meta={"pending_for": {"runs": 3}},
)  # fmt: skip

PENDING_TIME = scenario(
    "mon_pending_time",
    firing("a"), firing("a"), firing("a"), firing("a"),
    meta={"pending_for": {"minutes": 90}},
)  # fmt: skip

PENDING_ONE = scenario("mon_pending_one", firing("a"), meta={"pending_for": {"runs": 1}})

KEEP_RUNS = scenario(
    "mon_keep_runs",
    firing("a", "b"), firing("b"), firing(), firing("b"), firing(), firing(),
    meta={"keep_for": {"runs": 2}},
)  # fmt: skip

KEEP_TIME = scenario(
    "mon_keep_time",
    firing("a"), firing(), firing(), firing(), firing("a"),
    meta={"keep_for": {"hours": 2}},
)  # fmt: skip

KEEP_REASON = scenario(
    "mon_keep_reason",
    firing("a"),
    firing("a", sql="select * from {{ target.schema }}.raw_mon_keep_reason where minutes > 10"),
    firing("a", sql="select * from {{ target.schema }}.raw_mon_keep_reason where minutes > 10"),
    meta={"keep_for": {"runs": 2}},
)


def test_a_row_ripens_in_its_nth_run(played: Played) -> None:
    snapshots = played(PENDING_RUNS)
    assert [snapshot.event("a")["ripened_at"] for snapshot in snapshots] == [
        None, None, at(2), at(2),
    ]  # fmt: skip
    assert [snapshot.event("a")["changed_run"] for snapshot in snapshots] == [1, 1, 3, 3]


def test_a_row_that_goes_before_it_ripens_clears_unripe(played: Played) -> None:
    event = played(PENDING_RUNS)[1].event("b")
    assert (event["ripened_at"], event["cleared_at"]) == (None, at(1))


def test_a_row_ripens_when_its_time_is_over(played: Played) -> None:
    ripened = [snapshot.event("a")["ripened_at"] for snapshot in played(PENDING_TIME)]
    assert ripened == [None, None, at(2), at(2)]


def test_one_run_is_no_wait(played: Played) -> None:
    assert played(PENDING_ONE)[0].event("a")["ripened_at"] == at(0)


def test_a_row_is_kept_until_it_was_absent_for_n_runs(played: Played) -> None:
    first, second = played(KEEP_RUNS)[1].event("a"), played(KEEP_RUNS)[2].event("a")
    assert (first["absent_since"], first["cleared_at"]) == (at(1), None)
    assert (second["absent_since"], second["cleared_at"]) == (at(1), at(2))


def test_a_row_that_comes_back_in_time_goes_on(played: Played) -> None:
    back = played(KEEP_RUNS)[3].event("b")
    assert (back["absent_since"], back["cleared_reason"], back["cleared_at"]) == (None,) * 3
    assert back["runs_seen"] == 3
    assert played(KEEP_RUNS)[4].event("b")["absent_since"] == at(4)
    assert played(KEEP_RUNS)[5].event("b")["cleared_at"] == at(5)


def test_absence_of_a_kept_row_is_written_once(played: Played) -> None:
    changed_runs = [snapshot.event("a")["changed_run"] for snapshot in played(KEEP_TIME)[1:3]]
    assert changed_runs == [2, 2]


def test_a_row_is_kept_for_a_time(played: Played) -> None:
    snapshots = played(KEEP_TIME)
    assert snapshots[2].event("a")["cleared_at"] is None
    assert snapshots[3].event("a")["cleared_at"] == at(3)
    assert snapshots[4].event("a", 2)["first_seen_at"] == at(4)


def test_the_first_absent_run_decides_the_reason(played: Played) -> None:
    _, absent, cleared = played(KEEP_REASON)
    assert absent.event("a")["cleared_reason"] == "rule_changed"
    assert cleared.event("a")["cleared_reason"] == "rule_changed"
    assert cleared.event("a")["cleared_at"] == at(2)
