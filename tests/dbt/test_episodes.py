"""Firing, clearing and firing again; what a run touches and what it leaves alone."""

from __future__ import annotations

from .scenario import Played, at, firing, scenario

EPISODES = scenario(
    "mon_episodes", firing("a", "b"), firing("a"), firing("a", "b"), firing("b"), firing("a", "b")
)

UNCHANGED = scenario("mon_unchanged", firing("a"), firing("a"), firing("a"), firing(("a", 99)))

METRIC = scenario("mon_metric", firing("north"), firing(), meta={"kind": "metric"})

EVENTS = scenario(
    "mon_events",
    firing({"entity_id": "ann", "event_key": "k1", "stars": 1}, columns={
        "entity_id": "text", "event_key": "text", "occurred_at": "timestamp", "stars": "integer",
    }),
    firing({"entity_id": "bob", "event_key": "k2", "stars": 1}, columns={
        "entity_id": "text", "event_key": "text", "occurred_at": "timestamp", "stars": "integer",
    }),
    firing({"entity_id": "ann", "event_key": "k1", "stars": 2}, columns={
        "entity_id": "text", "event_key": "text", "occurred_at": "timestamp", "stars": "integer",
    }),
    meta={"kind": "event"},
)  # fmt: skip


def test_a_first_firing_opens_episode_one(played: Played) -> None:
    event = played(EPISODES)[0].event("a")
    assert event["first_seen_at"] == event["ripened_at"] == event["changed_at"] == at(0)
    assert event["changed_run"] == 1
    assert event["runs_seen"] == 1
    assert event["cleared_at"] is None
    assert event["cleared_reason"] is None
    assert event["absent_since"] is None


def test_absence_clears_with_the_moment_and_the_reason(played: Played) -> None:
    event = played(EPISODES)[1].event("b")
    assert event["cleared_at"] == event["absent_since"] == event["changed_at"] == at(1)
    assert event["cleared_reason"] == "condition_cleared"
    assert event["changed_run"] == 2
    assert event["last_seen_at"] == at(0)


def test_firing_again_is_the_next_episode(played: Played) -> None:
    snapshot = played(EPISODES)[2]
    first, second = snapshot.event("b", 1), snapshot.event("b", 2)
    assert first == played(EPISODES)[1].event("b", 1)
    assert second["first_seen_at"] == at(2)
    assert second["event_id"] != first["event_id"]


def test_runs_are_numbered_and_counted(played: Played) -> None:
    runs = played(EPISODES)[4].runs
    assert [run["run_number"] for run in runs] == [1, 2, 3, 4, 5]
    assert [run["as_of"] for run in runs] == [at(step) for step in range(5)]
    assert [run["firing_rows"] for run in runs] == [2, 1, 2, 1, 2]
    assert [run["appeared"] for run in runs] == [2, 0, 1, 0, 1]
    assert [run["cleared"] for run in runs] == [0, 1, 0, 1, 0]
    assert {run["status"] for run in runs} == {"ok"}
    assert len({run["generation"] for run in runs}) == 1
    assert len({run["checksum"] for run in runs}) == 1
    assert all(run["started_at"] <= run["completed_at"] for run in runs)


def test_an_unchanged_row_is_not_touched(played: Played) -> None:
    first, second, third, _ = played(UNCHANGED)
    assert first.events == second.events == third.events
    assert [run["changed"] for run in third.runs] == [0, 0, 0]


def test_the_seen_view_counts_while_it_fires(played: Played) -> None:
    third = played(UNCHANGED)[2]
    (seen,) = third.seen.values()
    assert (seen["last_seen_at"], seen["runs_seen"]) == (at(2), 3)
    assert third.event("a")["runs_seen"] == 1


def test_a_change_writes_what_was_seen_so_far(played: Played) -> None:
    event = played(UNCHANGED)[3].event("a")
    assert (event["minutes"], event["runs_seen"], event["last_seen_at"]) == (99, 4, at(3))
    assert event["changed_run"] == 4
    assert event["first_seen_at"] == at(0)


def test_a_clear_writes_what_was_seen_until_then(played: Played) -> None:
    event = played(EPISODES)[3].event("a")
    assert (event["runs_seen"], event["last_seen_at"]) == (3, at(2))


def test_a_metric_clears_like_a_state(played: Played) -> None:
    assert played(METRIC)[1].event("north")["cleared_at"] == at(1)


def test_an_event_never_clears(played: Played) -> None:
    snapshot = played(EVENTS)[1]
    assert snapshot.open == {"ann", "bob"}
    assert snapshot.run["cleared"] == 0


def test_an_event_seen_before_is_not_new_but_keeps_current(played: Played) -> None:
    snapshot = played(EVENTS)[2]
    event = snapshot.event("ann")
    assert len(snapshot.events) == 2
    assert (event["stars"], event["episode"], event["changed_run"]) == (2, 1, 3)
    assert event["first_seen_at"] == at(0)
    assert snapshot.event("bob")["changed_run"] == 2
