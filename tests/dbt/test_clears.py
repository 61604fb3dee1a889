"""Why a row cleared, and when clears are held."""

from __future__ import annotations

from datetime import timedelta

from .scenario import START, Played, at, firing, scenario

SELECT = "select * from {{ target.schema }}.raw_mon_"

RULE = scenario(
    "mon_rule",
    firing(("a", 10), ("b", 90)),
    firing(("a", 10), ("b", 90), sql=SELECT + "rule where minutes >= 60"),
    firing(("a", 10), sql=SELECT + "rule where minutes >= 60"),
)

PARAMS = scenario(
    "mon_params",
    firing(("a", 10), ("b", 90)),
    firing(("a", 10), ("b", 90), meta={"params": {"limit": 60}}),
    sql=SELECT + "params where minutes >= {{ param('limit') }}",
    meta={"params": {"limit": 5}},
)

MOMENT = scenario(
    "mon_moment",
    firing("a"),
    firing("a"),
    sql="select *, {{ as_of() }} as looked_at from {{ target.schema }}.raw_mon_moment",
)

DROP = scenario(
    "mon_drop",
    firing("a", "b", population=10),
    firing("a", "c", population=4),
    firing("a", "c", population=5),
    firing("a", "b", "c", population=10),
    meta={"population": {"model": "pop_drop"}},
)

HELD_BACK = scenario(
    "mon_held_back",
    firing("a", "b", population=10),
    firing("a", population=1),
    firing("a", "b", population=9),
    meta={"population": {"model": "pop_held_back"}},
)

EXACT_HALF = scenario(
    "mon_exact_half",
    firing("a", population=10),
    firing(population=5),
    meta={"population": {"model": "pop_exact_half"}},
)

FILTERED = scenario(
    "mon_filtered",
    firing("a", population=10),
    meta={"population": {"model": "pop_filtered", "where": "id < 3", "updated_at": "loaded_at"}},
)

STALE = scenario(
    "mon_stale",
    firing("a", population=10, loaded_at=START),
    firing(population=10, loaded_at=START),
    firing(population=10, loaded_at=START),
    firing(population=10, loaded_at=START + timedelta(hours=3)),
    meta={
        "population": {"model": "pop_stale", "updated_at": "loaded_at"},
        "fresh_within": {"minutes": 90},
    },
)

NO_DATA = scenario(
    "mon_no_data",
    firing(population=0),
    meta={
        "population": {"model": "pop_no_data", "updated_at": "loaded_at"},
        "fresh_within": {"days": 1},
    },
)


def test_a_changed_rule_is_the_reason(played: Played) -> None:
    _, changed, cleared = played(RULE)
    assert changed.event("a")["cleared_reason"] == "rule_changed"
    assert cleared.event("b")["cleared_reason"] == "condition_cleared"


def test_a_changed_parameter_is_a_changed_rule(played: Played) -> None:
    before, after = played(PARAMS)
    assert after.event("a")["cleared_reason"] == "rule_changed"
    assert before.run["checksum"] != after.run["checksum"]


def test_the_checksum_does_not_move_with_the_moment(played: Played) -> None:
    before, after = played(MOMENT)
    assert before.run["checksum"] == after.run["checksum"]
    assert after.event("a")["looked_at"] == at(1)


def test_a_population_that_fell_by_more_than_half_holds_clears(played: Played) -> None:
    snapshot = played(DROP)[1]
    assert (snapshot.run["status"], snapshot.run["reason"]) == ("held", "population_drop")
    assert "from 10 to 4" in snapshot.run["message"]
    assert "OPSLOOP_ACCEPT_POPULATION=mon_drop" in snapshot.run["message"]
    assert snapshot.event("b")["cleared_at"] is None
    assert snapshot.run["cleared"] == 0
    assert snapshot.run["population"] == 4


def test_a_held_run_still_records_what_is_new(played: Played) -> None:
    snapshot = played(DROP)[1]
    assert snapshot.event("c")["first_seen_at"] == at(1)
    assert snapshot.run["appeared"] == 1


def test_the_absence_in_a_held_run_is_noted_and_cleared_in_a_good_one(played: Played) -> None:
    held, good = played(DROP)[1], played(DROP)[2]
    assert held.event("b")["absent_since"] == at(1)
    assert good.run["status"] == "ok"
    assert good.event("b")["cleared_at"] == at(2)
    assert good.event("b")["absent_since"] == at(1)
    assert good.event("b")["last_seen_at"] == at(0)


def test_what_fires_again_after_a_held_run_is_the_same_episode(played: Played) -> None:
    event = played(HELD_BACK)[2].event("b")
    assert (event["absent_since"], event["cleared_at"], event["cleared_reason"]) == (None,) * 3
    assert event["runs_seen"] == 2


def test_a_fall_to_exactly_half_clears(played: Played) -> None:
    assert played(EXACT_HALF)[1].event("a")["cleared_at"] == at(1)


def test_the_population_counts_what_its_where_says(played: Played) -> None:
    run = played(FILTERED)[0].run
    assert (run["population"], run["data_updated_at"]) == (3, START)


def test_stale_data_holds_clears_until_it_is_fresh(played: Played) -> None:
    fresh, stale, loaded = played(STALE)[1], played(STALE)[2], played(STALE)[3]
    assert fresh.run["status"] == "ok"
    assert (stale.run["status"], stale.run["reason"]) == ("held", "stale_data")
    assert "load pop_stale" in stale.run["message"]
    assert loaded.run["status"] == "ok"


def test_data_of_no_known_time_is_stale(played: Played) -> None:
    run = played(NO_DATA)[0].run
    assert (run["status"], run["reason"], run["data_updated_at"]) == ("held", "stale_data", None)
