"""Who may do what in which state, and how the log becomes an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsloop import lifecycle
from opsloop.errors import Refused, SomebodyWasFirst
from opsloop.types import Action, ActorKind, Change, Incident, Severity, State

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)


def incident(state: State = State.NEW, **values: Any) -> Incident:
    return Incident(
        7, **{"version": 3, "decision_version": 2, "opened_at": NINE, **values}, state=state
    )


def folded(
    before: Incident | None, change: Change, kind: ActorKind = ActorKind.PERSON, **values: Any
) -> Incident:
    """Return the incident after a change, as the store folds it."""
    settings: dict[str, Any] = {
        "incident_id": 7,
        "version": before.version + 1 if before else 1,
        "decision_version": (before.decision_version if before else 0) + change.is_decision,
        "action": change.action,
        "actor_kind": kind,
        "effective_at": change.effective_at,
        "recorded_at": change.effective_at,
        "after": change.after,
        "text_id": None,
    }
    return lifecycle.fold(before, **{**settings, **values})


ACTS = {
    Action.TAKEN: lambda one: lifecycle.take(one, "ada", TEN),
    Action.ASSIGNED: lambda one: lifecycle.assign(one, "care", None, TEN),
    Action.COMMENTED: lambda one: lifecycle.comment(one, "text", TEN),
    Action.ESCALATED: lambda one: lifecycle.escalate(
        one, "e", to_kind="team", to_id="care", escalation_type="help", text="?", now=TEN
    ),
    Action.ANSWERED: lambda one: lifecycle.answer(one, "e", "!", TEN),
    Action.RESOLVED: lambda one: lifecycle.resolve(one, "fixed", TEN),
    Action.REOPENED: lambda one: lifecycle.reopen(one, "no", TEN),
}


def test_every_action_of_people_has_transitions() -> None:
    assert set(ACTS) == set(lifecycle.TRANSITIONS)


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("state", State)
def test_transitions(action: Action, state: State) -> None:
    before = incident(state)
    allowed = lifecycle.TRANSITIONS[action]
    if state not in allowed:
        with pytest.raises(Refused, match=f"Incident 7 is {state} and cannot be {action}"):
            ACTS[action](before)
        return
    change = ACTS[action](before)
    assert change.action is action
    after = folded(before, change)
    if action is Action.REOPENED:  # nobody's: it is new again
        assert after.state is State.NEW
    else:
        assert after.state is (allowed[state] or state)


def test_only_additions_leave_decisions_as_they_are() -> None:
    for action, act in ACTS.items():
        state = State.RESOLVED if action is Action.REOPENED else State.NEW
        assert act(incident(state)).is_decision is (action is not Action.COMMENTED)


def test_the_first_deliberate_act_acknowledges() -> None:
    first = folded(incident(), lifecycle.comment(incident(), "x", TEN))
    assert first.acknowledged_at == TEN
    later = lifecycle.take(first, "ada", TEN + timedelta(hours=1))
    assert "acknowledged_at" not in later.after
    assert "acknowledged_at" not in lifecycle.assign(incident(), "care", None, TEN).after


def test_touched_is_a_persons_row_since_the_last_opening() -> None:
    opened = Change(Action.OPENED, NINE, {"state": State.NEW, "opened_at": NINE})
    by_sync = folded(None, opened, ActorKind.SYNC)
    assert by_sync.touched_at is None
    assert folded(None, opened).touched_at == NINE
    touched = folded(by_sync, lifecycle.comment(by_sync, "x", TEN))
    assert touched.touched_at == TEN
    reopened = Change(Action.REOPENED, TEN, {"state": State.NEW})
    assert folded(touched, reopened, ActorKind.SYNC).touched_at is None
    assert folded(touched, reopened).touched_at == TEN


def test_what_an_action_determines_is_null_unless_named() -> None:
    ended = incident(
        State.RESOLVED,
        resolved_at=NINE,
        resolution_code="fixed",
        root_cause="belt",
        all_clear_at=NINE,
        assignee="ada",
    )
    again = folded(ended, lifecycle.reopen(ended, "no", TEN))
    assert again.state is State.ACTIVE
    for name in ("resolved_at", "resolution_code", "root_cause", "all_clear_at", "closed_at"):
        assert getattr(again, name) is None
    assert again.reopened_count == 1
    to_team = folded(again, lifecycle.assign(again, "care", None, TEN))
    assert (to_team.team, to_team.assignee) == ("care", None)


def test_fold_gives_words_their_types() -> None:
    opened = Change(Action.OPENED, NINE, {"state": "new", "severity": "high", "opened_at": NINE})
    found = folded(None, opened, text_id="t1")
    assert found.state is State.NEW
    assert found.severity is Severity.HIGH
    assert found.text_id == "t1"
    assert folded(found, Change(Action.ATTACHED, TEN), text_id="t2").text_id == "t1"


def test_own_codes_are_as_good_as_ours() -> None:
    change = lifecycle.resolve(incident(), "weather", TEN, own_codes=("weather",))
    assert change.after["resolution_code"] == "weather"
    with pytest.raises(Refused, match=r"Use one of: .*weather"):
        lifecycle.resolve(incident(), "rule_changed", TEN, own_codes=("weather",))


def test_check_unchanged() -> None:
    lifecycle.check_unchanged(incident(), None, "")
    lifecycle.check_unchanged(incident(), 2, "")
    with pytest.raises(SomebodyWasFirst, match="taken by bo"):
        lifecycle.check_unchanged(incident(), 1, "taken by bo")
