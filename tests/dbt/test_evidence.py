"""Evidence: operators see current values, in columns that widen without loss."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal

from .scenario import COLUMNS, START, Played, at, firing, scenario

TWO = {"entity_id": "text", "occurred_at": "timestamp"}


def evidence(**columns: str) -> dict[str, str]:
    """Return the columns of an input with these as its evidence."""
    return {**TWO, **columns}


NULLS = scenario(
    "mon_nulls",
    firing({"entity_id": "a", "minutes": None}, {"entity_id": "b", "minutes": 5}),
    firing({"entity_id": "a", "minutes": None}, {"entity_id": "b", "minutes": None}),
    firing({"entity_id": "a", "minutes": 7}, {"entity_id": "b", "minutes": None}),
)

MOVED = scenario(
    "mon_moved",
    firing({"entity_id": "a", "minutes": 1}),
    firing({"entity_id": "a", "minutes": 1, "occurred_at": at(5)}),
)

WIDER = scenario(
    "mon_wider",
    firing({"entity_id": "a", "amount": 7}, columns=evidence(amount="integer")),
    firing({"entity_id": "b", "amount": 3_000_000_000}, columns=evidence(amount="bigint")),
    firing({"entity_id": "b", "amount": 7}, columns=evidence(amount="smallint")),
    firing({"entity_id": "b", "amount": Decimal("1.5")}, columns=evidence(amount="decimal(5,2)")),
    firing({"entity_id": "c", "amount": Decimal("0.125")}, columns=evidence(amount="decimal(9,3)")),
)

TEXT = scenario(
    "mon_text",
    firing({"entity_id": "a", "gate": 12}, columns=evidence(gate="integer")),
    firing({"entity_id": "a", "gate": "12B"}, columns=evidence(gate="varchar(10)")),
)

DATES = scenario(
    "mon_dates",
    firing({"entity_id": "a", "due": "2024-03-01"}, columns=evidence(due="date")),
    firing({"entity_id": "a", "due": "2024-03-01 07:30"}, columns=evidence(due="timestamp")),
)

LOSSY = scenario(
    "mon_lossy",
    firing({"entity_id": "a", "amount": 6}, columns=evidence(amount="bigint")),
    firing({"entity_id": "a", "amount": 6.5}, columns=evidence(amount="double precision")),
    firing({"entity_id": "a", "amount": 7}, columns=evidence(amount="bigint")),
)

LOSSY_BACK = scenario(
    "mon_lossy_back",
    firing({"entity_id": "a", "gate": "12B"}, columns=evidence(gate="text")),
    firing({"entity_id": "a", "gate": 12}, columns=evidence(gate="integer")),
)

GAINED = scenario(
    "mon_gained",
    firing({"entity_id": "a", "minutes": 1}, {"entity_id": "gone", "minutes": 1}),
    firing({"entity_id": "a", "minutes": 1, "gate": "B7"}, columns={**COLUMNS, "gate": "text"}),
)

LOST = scenario(
    "mon_lost",
    firing({"entity_id": "a", "minutes": 1, "gate": "B7"}, columns={**COLUMNS, "gate": "text"}),
    firing({"entity_id": "a", "minutes": 1}, {"entity_id": "b", "minutes": 1}),
)

NAMES = scenario(
    "mon_names",
    firing("a"),
    firing(("a", 11)),
    sql="""
    select
        entity_id, occurred_at, minutes as "select", minutes as "we""ird 'name'",
        minutes as "Großschreibung", minutes as "at"
    from {{ target.schema }}.raw_mon_names
    """,
)

ROUTING = scenario(
    "mon_routing",
    firing(
        {"entity_id": "a", "severity": "low", "owner": "desk", "impact": 5},
        {"entity_id": "b", "severity": None, "owner": None, "impact": None},
        columns=evidence(severity="text", owner="text", impact="integer"),
    ),
    firing(
        {"entity_id": "a", "severity": "critical", "owner": "crew", "impact": 50.25},
        columns=evidence(severity="text", owner="text", impact="double precision"),
    ),
    firing({"entity_id": "a"}, columns=TWO),
)

JSON = scenario(
    "mon_json",
    firing({"entity_id": "a", "payload": '{"x": 1}'}, columns=evidence(payload="json")),
    firing({"entity_id": "a", "payload": '{"x": 1}'}, columns=evidence(payload="json")),
    firing({"entity_id": "a", "payload": '{"x": 2}'}, columns=evidence(payload="json")),
)

ZONED = scenario(
    "mon_zoned",
    firing(
        {"entity_id": "a", "moment": "2024-03-01 08:00:00+02:00"},
        columns=evidence(moment="timestamp with time zone"),
    ),
    firing(
        {"entity_id": "a", "moment": "2024-03-01 06:00:00+00:00"},
        columns=evidence(moment="timestamp with time zone"),
    ),
)

ZONED_IN_UTC = scenario(
    "mon_zoned_in_utc",
    firing(
        {"entity_id": "a", "moment": "2024-03-01 08:00:00+02:00"},
        columns=evidence(moment="timestamp with time zone"),
    ),
    sql="""
    select entity_id, moment at time zone 'UTC' as occurred_at
    from {{ target.schema }}.raw_mon_zoned_in_utc
    """,
)

DATED = scenario(
    "mon_dated",
    firing(
        {"entity_id": "a", "occurred_at": "2024-03-01"},
        columns={"entity_id": "text", "occurred_at": "date"},
    ),
)


def test_null_and_a_value_differ_and_null_equals_null(played: Played) -> None:
    snapshots = played(NULLS)
    assert [run["changed"] for run in snapshots[2].runs] == [0, 1, 1]
    assert snapshots[2].event("a")["minutes"] == 7
    assert snapshots[2].event("b")["minutes"] is None


def test_a_moved_occurrence_is_a_change(played: Played) -> None:
    assert played(MOVED)[1].event("a")["occurred_at"] == at(5)


def test_numbers_widen_and_keep_what_was_stored(played: Played) -> None:
    bigint, smaller, decimal, wider_decimal = played(WIDER)[1:]
    assert bigint.event("b")["amount"] == 3_000_000_000
    assert bigint.event("a")["amount"] == 7
    assert smaller.event("b")["amount"] == 7
    assert decimal.event("b")["amount"] == Decimal("1.5")
    assert decimal.event("a")["amount"] == 7
    assert wider_decimal.event("c")["amount"] == Decimal("0.125")
    assert {run["status"] for run in wider_decimal.runs} == {"ok"}


def test_a_column_may_become_text(played: Played) -> None:
    assert played(TEXT)[1].event("a")["gate"] == "12B"


def test_a_date_may_become_a_timestamp(played: Played) -> None:
    before, after = played(DATES)
    assert str(before.event("a")["due"]) == "2024-03-01"
    assert after.event("a")["due"] == START + timedelta(minutes=90)


def test_a_lossy_change_fails_and_names_the_column(played: Played) -> None:
    before, failed, mended = played(LOSSY)
    assert failed.run["status"] == "error"
    assert "the column 'amount' was" in failed.run["message"]
    assert "cast it in the SELECT" in failed.run["message"]
    assert failed.events == before.events
    assert mended.event("a")["amount"] == 7


def test_text_does_not_become_a_number(played: Played) -> None:
    failed = played(LOSSY_BACK)[1]
    assert failed.run["status"] == "error"
    assert "'gate'" in failed.run["message"]


def test_a_gained_column_is_null_in_history(played: Played) -> None:
    snapshot = played(GAINED)[1]
    assert snapshot.event("a")["gate"] == "B7"
    assert snapshot.event("a")["changed_run"] == 2
    assert snapshot.event("gone")["gate"] is None


def test_a_lost_column_stays_with_what_it_had(played: Played) -> None:
    snapshot = played(LOST)[1]
    assert snapshot.event("a")["gate"] == "B7"
    assert snapshot.event("a")["changed_run"] == 1
    assert snapshot.event("b")["gate"] is None


def test_names_are_quoted(played: Played) -> None:
    event = played(NAMES)[1].event("a")
    for name in ("select", "we\"ird 'name'", "Großschreibung", "at"):
        assert event[name] == 11


def test_severity_owner_and_impact_route_without_changing_identity(played: Played) -> None:
    first, second, third = played(ROUTING)
    assert [first.event("a")[name] for name in ("severity", "owner", "impact")] == [
        "low",
        "desk",
        5,
    ]
    assert [first.event("b")[name] for name in ("severity", "owner", "impact")] == [None] * 3
    assert second.event("a")["event_id"] == first.event("a")["event_id"]
    assert second.event("a")["impact"] == 50.25
    assert [third.event("a")[name] for name in ("severity", "owner", "impact")] == [None] * 3


def test_json_is_compared_by_its_text(played: Played) -> None:
    assert [run["changed"] for run in played(JSON)[2].runs] == [0, 0, 1]


def test_zoned_evidence_is_a_moment_not_a_spelling(played: Played) -> None:
    _, second = played(ZONED)
    assert second.run["changed"] == 0
    assert second.event("a")["moment"].astimezone(UTC) == START.replace(tzinfo=UTC)


def test_a_zoned_moment_may_be_cast_to_utc(played: Played) -> None:
    assert played(ZONED_IN_UTC)[0].event("a")["occurred_at"] == START


def test_a_date_is_its_midnight(played: Played) -> None:
    assert played(DATED)[0].event("a")["occurred_at"] == START - timedelta(hours=6)
