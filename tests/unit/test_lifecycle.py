"""Who may do what in which state, and how the log becomes an incident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop import lifecycle
from opsloop.errors import Refused, SomebodyWasFirst
from opsloop.types import Action, ActorKind, Change, Incident, Severity, State

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN = NINE + HOUR


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


OTHER = Incident(8, 1, 1, State.NEW, NINE)
ACTS: dict[Action, Callable[[Incident], Change]] = {
    Action.TAKEN: lambda one: lifecycle.take(one, "ada", TEN),
    Action.ASSIGNED: lambda one: lifecycle.assign(one, "care", None, TEN),
    Action.PRIORITIZED: lambda one: lifecycle.prioritize(one, "P1", "it grows", TEN),
    Action.CLASSIFIED: lambda one: lifecycle.classify(one, "request", None, TEN),
    Action.COMMENTED: lambda one: lifecycle.comment(one, "text", TEN),
    Action.UPDATED: lambda one: lifecycle.update(one, "we are on it", TEN),
    Action.ESCALATED: lambda one: lifecycle.escalate(
        one,
        "e",
        to_kind="team",
        to_id="care",
        escalation_type="help",
        escalation_class="question",
        text="?",
        now=TEN,
    ),
    Action.NUDGED: lambda one: lifecycle.nudge(one, "e", 1, "??", TEN),
    Action.ANSWERED: lambda one: lifecycle.answer(one, "e", "!", TEN),
    Action.LINKED: lambda one: lifecycle.link(one, 8, "related", TEN),
    Action.UNLINKED: lambda one: lifecycle.unlink(one, 8, "related", TEN),
    Action.TIMER_STARTED: lambda one: lifecycle.start_timer(one, "ada", TEN),
    Action.WORKED: lambda one: lifecycle.log_work(one, "ada", 5, TEN),
    Action.CORRECTED: lambda one: lifecycle.correct_work(one, "row", "ada", 4, "typo", TEN),
    Action.SET_WAITING: lambda one: lifecycle.wait(
        one, kind="supplier", on="Acme", reason="the part", follow_up_at=None, every_s=None, now=TEN
    ),
    Action.FOLLOWED_UP: lambda one: lifecycle.follow_up(one, TEN + HOUR, None, TEN),
    Action.RESUMED: lambda one: lifecycle.resume(one, None, TEN),
    Action.SNOOZED: lambda one: lifecycle.snooze(
        one, until=TEN + HOUR, more_events=None, worse_by=None, reason="", now=TEN
    ),
    Action.WOKEN: lambda one: lifecycle.wake(one, TEN),
    Action.MERGED: lambda one: lifecycle.merge(one, OTHER, None, TEN),
    Action.ABSORBED: lambda one: lifecycle.absorb(one, OTHER, [], None, TEN),
    Action.SPLIT: lambda one: lifecycle.split(one, 9, [], TEN),
    Action.RESOLVED: lambda one: lifecycle.resolve(one, "fixed", TEN),
    Action.CLOSED: lambda one: lifecycle.close(one, TEN),
    Action.REOPENED: lambda one: lifecycle.reopen(one, "no", TEN),
    Action.UNDONE: lambda one: lifecycle.undo(one, incident(), "batch", TEN),
}
OF_SYNC = {
    Action.ATTACHED,
    Action.CLEARED,
    Action.WORSENED,
    Action.RELEASED,
    Action.ALL_CLEAR,
    Action.EVIDENCE_LOST,
    Action.MONITOR_GONE,
    Action.MONITOR_BACK,
}
OF_RULES = {Action.POLICY_APPLIED, Action.QUESTIONED, Action.TAKEN_BACK}
ADDITIONS = {
    Action.COMMENTED,
    Action.UPDATED,
    Action.NUDGED,
    Action.LINKED,
    Action.UNLINKED,
    Action.TIMER_STARTED,
    Action.WORKED,
    Action.CORRECTED,
}


def test_the_table_knows_every_action() -> None:
    """Opening has no state before it; a change of policy is no act of people."""
    beyond = {Action.OPENED}
    assert set(lifecycle.TRANSITIONS) == set(Action) - beyond
    assert set(ACTS) == set(Action) - OF_SYNC - OF_RULES - beyond


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("assignee", [None, "bob"])
@pytest.mark.parametrize("waits_on", [None, "Acme"])
def test_every_action_in_every_state(
    action: Action, state: State, assignee: str | None, waits_on: str | None
) -> None:
    kind = "supplier" if waits_on else None
    before = incident(state, assignee=assignee, waiting_on=waits_on, waiting_kind=kind)
    allowed = lifecycle.TRANSITIONS[action]
    if state not in allowed:
        said = action.replace("_", " ")
        with pytest.raises(Refused, match=f"Incident 7 is {state} and cannot be {said}"):
            ACTS[action](before)
        return
    change = ACTS[action](before)
    assert change.action is action
    after = folded(before, change)
    assert after.state in allowed[state]
    lifecycle.check_transition(before, action, after)


def test_a_row_beside_the_table_is_never_written() -> None:
    with pytest.raises(ValueError, match="commented leads from new to closed"):
        lifecycle.check_transition(incident(), Action.COMMENTED, incident(State.CLOSED))
    with pytest.raises(ValueError, match="opened leads from nothing to waiting"):
        lifecycle.check_transition(None, Action.OPENED, incident(State.WAITING))


def test_the_drawn_diagram_is_the_table() -> None:
    drawn = (Path(__file__).parents[2] / "docs/lifecycle.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{lifecycle.diagram()}```" in drawn


def test_only_additions_leave_decisions_as_they_are() -> None:
    for action, act in ACTS.items():
        state = next(iter(lifecycle.TRANSITIONS[action]))
        assert act(incident(state)).is_decision is (action not in ADDITIONS)


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


def test_waiting_ends_with_whatever_goes_on() -> None:
    waiting = folded(incident(assignee="ada"), ACTS[Action.SET_WAITING](incident()))
    assert (waiting.waiting_kind, waiting.waiting_on) == ("supplier", "Acme")
    for action in (Action.RESUMED, Action.TAKEN, Action.RESOLVED):
        after = folded(waiting, ACTS[action](waiting))
        assert (after.waiting_kind, after.waiting_on, after.waiting_reason) == (None, None, None)


def test_a_snooze_gives_back_the_wait_it_found() -> None:
    waiting = folded(incident(), ACTS[Action.SET_WAITING](incident()))
    asleep = folded(waiting, ACTS[Action.SNOOZED](waiting))
    assert (asleep.state, asleep.waiting_on) == (State.SNOOZED, "Acme")
    awake = folded(asleep, lifecycle.wake(asleep, TEN))
    assert (awake.state, awake.waiting_on, awake.snoozed_until) == (State.WAITING, "Acme", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until": None}, "cannot sleep without an end"),
        ({"until": NINE}, "the snooze at 2026-03-02 09:00 UTC is over"),
        ({"until": TEN + timedelta(days=400)}, "longer than a year"),
        ({"more_events": 0}, "would wake at once"),
        ({"worse_by": -1.0}, "would wake at once"),
        ({"worse_by": float("nan")}, "would wake at once"),
    ],
)
def test_a_snooze_has_an_end(changes: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"until": TEN + HOUR, "more_events": None, "worse_by": None, **changes}
    with pytest.raises(Refused, match=said):
        lifecycle.snooze(incident(), **given, reason="", now=TEN)


def test_a_snooze_counts_from_the_events_it_has() -> None:
    busy = incident(events_total=4)
    change = lifecycle.snooze(
        busy, until=None, more_events=3, worse_by=0.5, reason="known", now=TEN
    )
    asleep = folded(busy, change)
    assert (asleep.wake_events, asleep.wake_share) == (7, 0.5)


def test_the_first_update_is_the_first_response() -> None:
    first = folded(incident(), lifecycle.update(incident(), "on it", TEN))
    assert (first.first_response_at, first.acknowledged_at) == (TEN, TEN)
    assert "first_response_at" not in lifecycle.update(first, "still", TEN + HOUR).after


def test_a_priority_of_ones_own_needs_a_reason_and_is_marked() -> None:
    with pytest.raises(Refused, match="There is no priority 'P0'"):
        lifecycle.prioritize(incident(), "P0", "x", TEN)
    with pytest.raises(Refused, match="Another priority on incident 7 needs a text"):
        lifecycle.prioritize(incident(), "P1", " ", TEN)
    after = folded(incident(), lifecycle.prioritize(incident(), "P1", "x", TEN))
    assert (after.priority, after.priority_overridden) == ("P1", True)
    with pytest.raises(Refused, match="already P1"):
        lifecycle.prioritize(after, "P1", "x", TEN)


@pytest.mark.parametrize("minutes", [0, -1, 1441, float("nan"), float("inf")])
def test_minutes_that_cannot_be(minutes: float) -> None:
    with pytest.raises(Refused, match="minutes of work cannot be"):
        lifecycle.log_work(incident(), "ada", minutes, TEN)


@pytest.mark.parametrize("action", lifecycle.UNDOABLE)
def test_undo_gives_back_what_was_decided_and_keeps_what_was_learned(action: Action) -> None:
    state = next(iter(lifecycle.TRANSITIONS[action]))
    ended = {"resolved_at": NINE, "resolution_code": "fixed", "touched_at": NINE}
    before = incident(
        state, assignee="bob", team="care", type="late", class_="exception", priority="P3", **ended
    )
    done = folded(before, ACTS[action](before))
    undone = folded(done, lifecycle.undo(done, before, "batch", TEN))
    learned = {"acknowledged_at", "touched_at", "last_act_at", "all_clear_at"}
    learned |= {"version", "decision_version", "updated_at"}
    for field in fields(Incident):
        if field.name not in learned:
            assert getattr(undone, field.name) == getattr(before, field.name), field.name
    assert undone.acknowledged_at == done.acknowledged_at
