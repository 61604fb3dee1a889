"""How things are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import sentences, words
from opsloop.reporting.words import interval, value_name
from opsloop.types import Action, Actor, ActorKind, LogRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3569, "59 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (77_982, "21 h 40 min"),
        (86_399, "1 d"),
        (863_999, "10 d"),
        (12_000, "3 h 20 min"),
        (187_200, "2 d 4 h"),
        (1_000_000, "12 d"),
    ],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert words.duration(seconds) == said


def test_ages_count_from_utc_whatever_the_zone_is() -> None:
    without_zone = (NOW - timedelta(hours=5)).replace(tzinfo=None)
    assert words.ago(without_zone, NOW) == "5 h ago"
    assert words.ago(NOW + timedelta(minutes=5), NOW) == "just now"
    assert words.timestamp(without_zone) == "2026-03-01 07:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "longest", "count", "said"),
    [
        (None, 7200, 5, "> 2 h"),
        (60, 7200, 5, "1 min"),
        (None, None, 0, "–"),
        (0, 7200, 5, "0 s"),
        (None, None, 5, "–"),
    ],
)
def test_a_quantile_that_is_not_reached_is_more_than_the_longest_seen(
    seconds: float | None, longest: float | None, count: int, said: str
) -> None:
    assert words.quantile(seconds, longest, count) == said


def test_amounts_and_impacts() -> None:
    assert words.impact(12_345.6, "EUR") == "12,346 EUR"
    assert words.impact(4.25, None) == "4.2"
    assert words.impact(3.0, "seats") == "3 seats"
    assert words.impact(None, "EUR") == ""


def test_names_are_readable() -> None:
    assert words.monitor_name("mon_late_orders") == "Late orders"
    assert words.monitor_name(None) == "By hand"
    assert words.readable("customer_care") == "customer care"


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("is_full", [True, False])
def test_every_row_of_the_log_has_a_sentence(action: Action, is_full: bool) -> None:
    after = {"events_total": 3, "events_firing": 2, "impact": 9.0, "team": "customer_care"}
    subject = {"to_kind": "team", "to_id": "a", "other_incident_id": 7}
    said = sentences.sentence(row(action, after if is_full else {}, subject))
    assert said
    assert "None" not in said


@pytest.mark.parametrize(
    ("action", "after", "subject", "said"),
    [
        (Action.OPENED, {"events_total": 1, "team": "ship_ops"}, {}, "opened with 1 event, for"),
        (Action.ATTACHED, {"events_firing": 12, "events_total": 40}, {}, "12 firing of 40"),
        (Action.ASSIGNED, {"team": "a", "assignee": "kim"}, {}, "assigned it to kim (a)"),
        (Action.ASSIGNED, {"team": "a"}, {}, "assigned it to team a"),
        (
            Action.ESCALATED,
            {},
            {"to_kind": "outside", "to_id": "Post", "escalation_type": "help"},
            "escalated to Post (outside): help",
        ),
        (
            Action.RESOLVED,
            {"resolution_code": "accepted", "root_cause": "age", "accepted_until": NOW},
            {},
            "resolved it: accepted; root cause: age; until 2026-03-01 12:00 UTC",
        ),
        (Action.RESOLVED, {"resolution_code": "our_own"}, {}, "resolved it: our own"),
    ],
)
def test_sentences(
    action: Action, after: dict[str, object], subject: dict[str, object], said: str
) -> None:
    assert said in sentences.sentence(row(action, after, subject))


def row(
    action: Action,
    after: dict[str, object] | None = None,
    subject: dict[str, object] | None = None,
) -> LogRow:
    return LogRow(
        seq=1,
        log_id="1",
        batch_id="1",
        incident_id=1,
        version=1,
        decision_version=1,
        action=action,
        recorded_at=NOW,
        effective_at=NOW,
        actor=Actor(ActorKind.PERSON, "kim", "app"),
        after=after or {},
        subject=subject or {},
        text=None,
        payload=None,
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("hotel_desk", "Hotel desk"),
        ("Hotel desk", "Hotel desk"),
        ("mon_late_orders", "Late orders"),
        ("easyJet", "easyJet"),
        ("P1", "P1"),
        ("(none)", "(none)"),
    ],
)
def test_a_value_is_said_as_a_name(value: str, said: str) -> None:
    assert value_name(value) == said


def test_a_share_is_said_as_the_ends_of_its_interval_are() -> None:
    assert words.percent(0.47) == "47 %"
    assert interval(0.35, 0.71) == "35 to 71 %"
