"""Bad rows never vanish: they are set aside, counted and shown, and the rest goes on."""

from __future__ import annotations

import json

from .scenario import COLUMNS, START, Played, firing, scenario

NULL_ENTITY = scenario(
    "mon_null_entity",
    firing("good", {"entity_id": None, "minutes": 1}, {"entity_id": None, "minutes": 2}),
)

DUPLICATES = scenario(
    "mon_duplicates",
    firing("a", "b"),
    firing("a", ("b", 1), ("b", 2), ("c", 1), ("c", 1)),
    firing("a", ("b", 3)),
)

NULL_MOMENT = scenario(
    "mon_null_moment", firing("a", {"entity_id": "b", "minutes": 1, "occurred_at": None})
)

BAD_MOMENT = scenario(
    "mon_bad_moment",
    firing(
        "a",
        {"entity_id": "b", "minutes": 1, "occurred_at": "infinity"},
        {"entity_id": "c", "minutes": 1, "occurred_at": "-infinity"},
    ),
)

SEVERITY_COLUMNS = {"entity_id": "text", "occurred_at": "timestamp", "severity": "text"}
BAD_SEVERITY = scenario(
    "mon_bad_severity",
    firing({"entity_id": "a", "severity": "high"}, columns=SEVERITY_COLUMNS),
    firing(
        {"entity_id": "a", "severity": "High"},
        {"entity_id": "b", "severity": "urgent"},
        {"entity_id": "c", "severity": None},
        columns=SEVERITY_COLUMNS,
    ),
)

KEY_COLUMNS = {"entity_id": "text", "event_key": "text", "occurred_at": "timestamp"}
EVENT_KEYS = scenario(
    "mon_bad_event_keys",
    firing(
        {"entity_id": "ann", "event_key": None},
        {"entity_id": "ann", "event_key": "k1"},
        {"entity_id": "bob", "event_key": "k1"},
        {"entity_id": "bob", "event_key": "k2"},
        columns=KEY_COLUMNS,
    ),
    meta={"kind": "event"},
)

MANY = scenario(
    "mon_many_rejects",
    firing(
        *({"entity_id": f"e{n:03}", "minutes": 1, "occurred_at": None} for n in range(130)),
        columns=COLUMNS,
    ),
)


def test_null_entities_are_set_aside_and_shown(played: Played) -> None:
    snapshot = played(NULL_ENTITY)[0]
    (reject,) = snapshot.rejects
    assert (reject["reason"], reject["entity_id"], reject["row_count"]) == (
        "null_entity_id", None, 2,
    )  # fmt: skip
    assert json.loads(reject["sample"])["minutes"] == 1
    assert not any(name.startswith("opsloop_") for name in json.loads(reject["sample"]))
    assert (reject["run_number"], reject["as_of"]) == (1, START)
    assert snapshot.run["rejected_rows"] == 2
    assert snapshot.run["firing_rows"] == 1
    assert snapshot.open == {"good"}


def test_all_rows_of_a_duplicate_are_set_aside(played: Played) -> None:
    snapshot = played(DUPLICATES)[1]
    assert [(row["entity_id"], row["row_count"]) for row in snapshot.rejects] == [
        ("b", 2), ("c", 2),
    ]  # fmt: skip
    assert {row["reason"] for row in snapshot.rejects} == {"duplicate_key"}
    assert (snapshot.run["rejected_rows"], snapshot.run["firing_rows"]) == (4, 1)
    assert "c" not in snapshot.open


def test_what_fires_already_is_held_while_it_is_a_duplicate(played: Played) -> None:
    before, doubled, mended = played(DUPLICATES)
    assert doubled.event("b") == before.event("b")
    assert mended.event("b")["minutes"] == 3
    assert mended.event("b")["episode"] == 1


def test_a_row_without_a_moment_is_set_aside(played: Played) -> None:
    snapshot = played(NULL_MOMENT)[0]
    assert [(row["reason"], row["entity_id"]) for row in snapshot.rejects] == [
        ("null_occurred_at", "b")
    ]
    assert snapshot.open == {"a"}


def test_a_moment_out_of_every_calendar_is_set_aside(played: Played) -> None:
    snapshot = played(BAD_MOMENT)[0]
    assert [(row["reason"], row["entity_id"]) for row in snapshot.rejects] == [
        ("bad_occurred_at", "b"), ("bad_occurred_at", "c"),
    ]  # fmt: skip
    assert snapshot.open == {"a"}


def test_an_unknown_severity_is_set_aside_and_a_missing_one_is_not(played: Played) -> None:
    snapshot = played(BAD_SEVERITY)[1]
    assert [(row["reason"], row["entity_id"]) for row in snapshot.rejects] == [
        ("bad_severity", "a"), ("bad_severity", "b"),
    ]  # fmt: skip
    assert snapshot.open == {"a", "c"}
    assert snapshot.event("a")["severity"] == "high"


def test_event_keys_must_be_there_and_be_unique(played: Played) -> None:
    snapshot = played(EVENT_KEYS)[0]
    reasons = {(row["reason"], row["entity_id"]): row["row_count"] for row in snapshot.rejects}
    assert reasons == {
        ("null_event_key", "ann"): 1, ("duplicate_key", "ann"): 1, ("duplicate_key", "bob"): 1,
    }  # fmt: skip
    assert [event["event_key"] for event in snapshot.events] == ["k2"]


def test_a_flood_of_rejects_is_counted_and_a_hundred_are_shown(played: Played) -> None:
    snapshot = played(MANY)[0]
    assert len(snapshot.rejects) == 101
    assert sum(row["row_count"] for row in snapshot.rejects) == 130
    assert snapshot.run["rejected_rows"] == 130
    (rest,) = (row for row in snapshot.rejects if row["entity_id"] is None)
    assert rest["row_count"] == 30
