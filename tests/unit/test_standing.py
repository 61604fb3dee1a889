"""How an incident stood over time: what was undone never was, what came meanwhile keeps its time.

And undoing: whatever a batch decided is as before, whatever else happened stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop import lifecycle
from opsloop.errors import Refused
from opsloop.lifecycle import DECIDED
from opsloop.lifecycle.folding import field_of
from opsloop.standing import Step, stands_of, terms_changed_at
from opsloop.types import Action, ActorKind, Change, Incident, State

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SEEN = ("state", "team", "assignee", "priority", "policy", "policy_version", "severity")


def at(minute: int) -> datetime:
    return MONDAY + minute * MINUTE


@dataclass
class Life:
    """An incident's log, folded as it is written; one row a minute."""

    steps: list[Step] = field(default_factory=list)
    batches: int = 0

    @classmethod
    def begun(cls) -> Life:
        opened = {"state": State.NEW, "opened_at": MONDAY, "team": "shipping", "priority": "P3"}
        life = cls()
        life.add(Change(Action.OPENED, MONDAY, {**opened, "policy": "a", "policy_version": 1}))
        return life

    @property
    def now(self) -> datetime:
        return at(len(self.steps))

    @property
    def incident(self) -> Incident:
        return self.steps[-1].incident

    def add(self, change: Change, kind: ActorKind = ActorKind.SYNC, at: Any = None) -> str:
        """Write a row in a batch of its own; returns the batch."""
        self.batches += 1
        batch = f"b{self.batches}"
        before = self.steps[-1].incident if self.steps else None
        moment = at or self.now
        after = lifecycle.fold(
            before,
            incident_id=1,
            version=len(self.steps) + 1,
            decision_version=(before.decision_version if before else 0) + change.is_decision,
            action=change.action,
            actor_kind=kind,
            effective_at=moment,
            recorded_at=moment,
            after=change.after,
            text_id=None,
        )
        reverses = change.subject.get("reverses_batch_id")
        self.steps.append(Step(after, change.action, moment, batch, reverses))
        return batch

    def undo(self, batch: str) -> str:
        """Undo a batch of one row, as the service does."""
        place = next(n for n, step in enumerate(self.steps) if step.batch_id == batch)
        before, left = self.steps[place - 1].incident, self.steps[place].incident
        change = lifecycle.undo(self.incident, before, batch, self.now, left=left)
        return self.add(change, ActorKind.PERSON)

    def said(self, *names: str) -> list[tuple[Any, ...]]:
        return [
            tuple(getattr(stand.incident, name) for name in names)
            for stand in stands_of(self.steps)
        ]


def worsened(incident: Incident, severity: str, priority: str) -> Change:
    """Return the row by which sync says that it got worse; what is set by hand stays."""
    raised = {} if incident.priority_overridden else {"priority": priority}
    return Change(Action.WORSENED, MONDAY, {"severity": severity, **raised}, is_decision=False)


def take(one: Incident) -> Change:
    return lifecycle.take(one, "ada", MONDAY)


def wait(one: Incident) -> Change:
    given: dict[str, Any] = {"kind": "supplier", "on": "Acme", "reason": "a part"}
    return lifecycle.wait(one, **given, follow_up_at=None, every_s=None, now=MONDAY)


def prioritize(one: Incident) -> Change:
    return lifecycle.prioritize(one, "P2", "the fair", MONDAY)


def settings(one: Incident) -> Change:
    after = {"policy": one.policy, "policy_version": (one.policy_version or 0) + 1}
    return Change(Action.POLICY_APPLIED, MONDAY, after, is_decision=False)


def comment(one: Incident) -> Change:
    return lifecycle.comment(one, "hm", MONDAY)


DECISIONS: tuple[Callable[[Incident], Change], ...] = (
    take,
    wait,
    lambda one: lifecycle.assign(one, "care", "cy", MONDAY),
    lambda one: lifecycle.classify(one, "request", "late", MONDAY),
    lambda one: lifecycle.resolve(one, "fixed", MONDAY),
)
MEANWHILE: tuple[Callable[[Incident], Change], ...] = (
    lambda one: worsened(one, "critical", "P1"),
    lambda one: worsened(one, "high", "P2"),
    lambda one: Change(Action.ATTACHED, MONDAY, {"events_total": 2}, is_decision=False),
    comment,
)


def test_a_priority_raised_meanwhile_counts_from_when_it_was_raised() -> None:
    life = Life.begun()
    taken = life.add(take(life.incident), ActorKind.PERSON)  # minute 1
    life.add(worsened(life.incident, "critical", "P1"))  # minute 2
    life.add(comment(life.incident), ActorKind.PERSON)
    life.undo(taken)  # minute 4
    new = State.NEW
    expected = [(new, "P3"), (new, "P3"), (new, "P1"), (new, "P1"), (new, "P1")]
    assert life.said("state", "priority") == expected
    assert terms_changed_at(stands_of(life.steps)) == at(2)


def test_settings_applied_meanwhile_count_from_then() -> None:
    life = Life.begun()
    taken = life.add(take(life.incident), ActorKind.PERSON)
    life.add(settings(life.incident))
    life.undo(taken)
    assert life.said("policy_version", "assignee") == [(1, None), (1, None), (2, None), (2, None)]


def test_undoing_two_one_after_the_other_lets_neither_through() -> None:
    life = Life.begun()
    first = life.add(take(life.incident), ActorKind.PERSON)
    second = life.add(wait(life.incident), ActorKind.PERSON)
    life.undo(second)
    life.add(worsened(life.incident, "critical", "P1"))
    life.undo(first)
    assert {state for (state,) in life.said("state")} == {State.NEW}
    assert [priority for (priority,) in life.said("priority")] == ["P3"] * 4 + ["P1"] * 2


def test_undoing_an_undoing_lets_what_it_undid_have_been_all_along() -> None:
    life = Life.begun()
    taken = life.add(take(life.incident), ActorKind.PERSON)
    undone = life.undo(taken)
    life.undo(undone)
    assert [assignee for (assignee,) in life.said("assignee")] == [None, "ada", "ada", "ada"]


def test_undoing_counts_the_gap() -> None:
    life = Life.begun()
    resolved = life.add(lifecycle.resolve(life.incident, "fixed", life.now), ActorKind.PERSON)
    life.undo(resolved)
    assert all(stand.is_open for stand in stands_of(life.steps))


@given(
    decision=st.sampled_from(DECISIONS),
    before=st.lists(st.sampled_from([*MEANWHILE, settings]), max_size=3),
    meanwhile=st.lists(st.sampled_from(MEANWHILE), max_size=4),
    later=st.lists(st.sampled_from(MEANWHILE), max_size=2),
)
def test_what_was_undone_never_was(
    decision: Callable[[Incident], Change],
    before: list[Callable[[Incident], Change]],
    meanwhile: list[Callable[[Incident], Change]],
    later: list[Callable[[Incident], Change]],
) -> None:
    """It stood at every moment as if neither the decision nor its undoing had been made."""
    real, without = Life.begun(), Life.begun()
    for act in before:
        for life in (real, without):
            life.add(act(life.incident))
    batch = real.add(decision(real.incident), ActorKind.PERSON)
    for act in meanwhile:
        moment = real.now
        for life in (real, without):
            life.add(act(life.incident), at=moment)
    real.undo(batch)
    for act in later:
        moment = real.now
        for life in (real, without):
            life.add(act(life.incident), at=moment)
    expected = {stand.at: stand.incident for stand in stands_of(without.steps)}
    known = None
    for stand in stands_of(real.steps):
        known = expected.get(stand.at, known)
        assert known is not None
        for name in SEEN:
            assert getattr(stand.incident, name) == getattr(known, name), (stand.at, name)


@given(
    before=st.lists(st.sampled_from([*DECISIONS, *MEANWHILE, prioritize]), max_size=4),
    decision=st.sampled_from([*DECISIONS, prioritize]),
    additions=st.lists(st.sampled_from((comment, settings)), max_size=3),
)
def test_an_undo_restores_the_state_before(
    before: list[Callable[[Incident], Change]],
    decision: Callable[[Incident], Change],
    additions: list[Callable[[Incident], Change]],
) -> None:
    """Priority and who set it included: the matrix is not asked again."""
    life = Life.begun()
    try:
        for act in before:
            life.add(act(life.incident), ActorKind.PERSON)
        known = life.incident
        batch = life.add(decision(known), ActorKind.PERSON)
    except Refused:
        return
    for act in additions:
        if act is comment or life.incident.state.is_open:
            life.add(act(life.incident))
    life.undo(batch)
    for column in DECIDED:
        name = field_of(column)
        assert getattr(life.incident, name) == getattr(known, name), name


@pytest.mark.parametrize("is_worse", [False, True])
def test_undoing_a_priority_of_ones_own_gives_back_the_one_before(is_worse: bool) -> None:
    """A worsening that found it set by hand raised nothing, and raises nothing afterwards."""
    life = Life.begun()
    batch = life.add(prioritize(life.incident), ActorKind.PERSON)
    if is_worse:
        life.add(worsened(life.incident, "critical", "P1"))
    life.undo(batch)
    assert (life.incident.priority, life.incident.priority_overridden) == ("P3", None)
    life.add(worsened(life.incident, "critical", "P1"))
    assert life.incident.priority == "P1"


def test_an_undo_of_what_stands_as_it_was_changes_nothing_else() -> None:
    life = Life.begun()
    batch = life.add(take(life.incident), ActorKind.PERSON)
    known = life.incident
    life.undo(batch)
    given_back = {"state", "assignee", "assignment_kind", "version", "decision_version"}
    moved = {
        name
        for name in Incident.__dataclass_fields__
        if getattr(life.incident, name) != getattr(known, name)
    }
    assert moved == given_back | {"last_act_at", "updated_at"}
