"""When a wait that nobody answers is escalated: by its follow-ups, not by who looks when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.calendars import ALWAYS
from opsloop.escalation import (
    UNANSWERED_WAIT,
    Act,
    Addressee,
    Case,
    Do,
    EscalationPolicy,
    Nudging,
    acts_due,
)
from opsloop.types import Escalation, Incident, State

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CARE = Addressee("team", "care")


def at(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def case(escalations: tuple[Escalation, ...] = (), **values: Any) -> Case:
    given: dict[str, Any] = {
        "state": State.WAITING,
        "waiting_since": MONDAY,
        "follow_up_at": at(60),
        "follow_ups": 0,
        **values,
    }
    incident = Incident(7, 2, 2, opened_at=MONDAY, **given)
    return Case(incident, MONDAY, (), escalations, ALWAYS, lambda _: ALWAYS)


def policy(times: int = 2, every_s: int = 3600, then: Addressee | None = CARE) -> EscalationPolicy:
    return EscalationPolicy(follow_up=Nudging(every_s, times, then))


@given(
    first=st.integers(1, 500),
    every=st.none() | st.integers(1, 300),
    usual=st.integers(1, 300),
    times=st.integers(1, 5),
    made=st.integers(0, 6),
    later=st.integers(0, 10_000),
)
def test_a_wait_is_escalated_at_its_own_moment_whenever_somebody_looks(
    first: int, every: int | None, usual: int, times: int, made: int, later: int
) -> None:
    waiting = case(follow_up_at=at(first), follow_ups=made, follow_up_every_s=every and every * 60)
    moment = at(first + max(times - made, 0) * (every or usual))
    rule = policy(times, usual * 60)
    expected = Act(Do.ESCALATE, moment, UNANSWERED_WAIT, CARE, class_="question")
    assert acts_due(waiting, rule, moment - timedelta(seconds=1)) == []
    assert acts_due(waiting, rule, moment + timedelta(minutes=later)) == [expected]


@pytest.mark.parametrize(
    "values",
    [
        {"state": State.ACTIVE},
        {"state": State.SNOOZED},
        {"follow_up_at": None},
        {"waiting_since": None},  # set before waits were followed up
        {"merged_into": 8},
    ],
)
def test_what_does_not_wait_for_a_date_is_not_escalated(values: dict[str, Any]) -> None:
    assert acts_due(case(**values), policy(), at(100_000)) == []


def test_nobody_is_told_where_the_service_level_names_nobody() -> None:
    assert acts_due(case(), policy(then=None), at(100_000)) == []
    assert acts_due(case(), EscalationPolicy(), at(100_000)) == []


@pytest.mark.parametrize(("asked", "count"), [(at(5), 0), (at(-5), 1)])
def test_a_wait_is_escalated_once_and_the_next_one_anew(asked: datetime, count: int) -> None:
    before = Escalation("e", 7, "help", "team", "care", "rule", asked, rule_id=UNANSWERED_WAIT)
    assert len(acts_due(case((before,)), policy(), at(1_000))) == count
