"""An imported case as rows of the incident log: its acts, as the lifecycle's table allows. Pure.

What the log does not say but what must have been (a reopening before work went on, an end before a
closing) is a row of its own that names the rule `implied`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from opsloop.importing.acts import Act, Course
from opsloop.importing.schema import ImportMap
from opsloop.importing.telling import Told
from opsloop.importing.words import StateWord
from opsloop.lifecycle import TRANSITIONS
from opsloop.types import Action, Change, State

IMPLIED = "implied"  # the rule_id of what the log does not say
REASSIGNED = "reassigned"  # of what the log itself counts as a reassignment
_NO_DECISIONS = (Action.COMMENTED, Action.UPDATED, Action.NUDGED, Action.WORKED)
# nobody's deliberate act (metrics.md, definition 1)
_NO_ACKNOWLEDGEMENT = (Action.OPENED, Action.ASSIGNED, Action.CLOSED, Action.REOPENED)
_OWNERS = ("team", "assignee")
_ENDINGS = ("resolution_code", "root_cause")


class Recorded(NamedTuple):
    """A row for the incident log, and who did it; None = the log does not say."""

    change: Change
    actor: str | None


class Life:
    """Turns the course of one case into rows.

    Args:
        plan: the map.
        case: what the case is called.
        escalation_prefix: makes its escalations' ids its own.
    """

    def __init__(self, plan: ImportMap, case: str, escalation_prefix: str) -> None:
        self._plan = plan
        self._case = case
        self._prefix = f"{escalation_prefix}-{hashlib.md5(case.encode()).hexdigest()[:16]}"
        self._rows: list[Recorded] = []
        self._has: dict[str, Any] = {}  # what the incident has
        self._known: dict[str, Any] = {}  # what the source last said
        self._state = State.NEW
        self._told_state: State | None = None
        self._is_acknowledged = False
        self._is_start_known = True
        self._is_answered_first = False
        self._asked: list[tuple[str, int]] = []  # open escalations, and how often they were nudged
        self._escalations = 0
        self._reopenings = 0
        self._through: datetime | None = None

    def rows(self, course: Course) -> list[Recorded]:
        """Return the rows of the log that a course makes."""
        self._open(course)
        for place, told in enumerate(course.rows):
            before = len(self._rows)
            if told.state is not None:
                self._told_state = told.state.state
            if place:
                self._known.update(told.values)
            acts = course.acts.get(place, ())
            for act in acts:
                for _ in range(self._times(act)):
                    self._act(act, course)
            at = course.moments[place]
            self._settle(told, at)
            if place and len(self._rows) == before and place not in course.shown:
                self._emit(Action.COMMENTED, at, told, self._carried())
        return self._rows

    def _open(self, course: Course) -> None:
        first = course.rows[0]
        self._known.update(first.values)
        facts = _facts(course.rows)
        self._facts = {name: facts[name] for name in _ENDINGS if name in facts}
        opening = {name: value for name, value in facts.items() if name not in _ENDINGS}
        self._state = State.ACTIVE if course.starts_in_middle else State.NEW
        self._is_start_known = not course.starts_in_middle
        after = {
            **opening,
            **{name: value for name, value in first.values.items() if name not in _WAITING},
            "state": self._state,
            "opened_at": course.opened_at,
        }
        if first.values.keys() & set(_OWNERS):
            after["assignment_kind"] = "rule"
        rule = None if course.is_opening_known else IMPLIED
        title = next((told.title for told in course.rows if told.title), self._case)
        self._emit(Action.OPENED, course.opened_at, first, after, rule_id=rule, text=title)
        if first.state is not None and first.state.state is not State.NEW:
            self._go_to(first.state, course.moments[0], first)

    def _times(self, act: Act) -> int:
        """Return how often an act is to be written: what states say counts for a counter too."""
        if act.word == "reopened" and act.total is not None:
            return min(act.times, act.total - self._reopenings)
        return act.times

    def _act(self, act: Act, course: Course) -> None:
        at = act.at
        if act.word is None:
            assert act.state is not None
            self._go_to(act.state, at, act.told)
            return
        match act.word:
            case "resolved" | "closed" | "set_waiting" | "snoozed":
                state = {"set_waiting": State.WAITING}.get(act.word) or State(act.word)
                kind = act.values.get("type") if state is State.WAITING else None
                self._go_to(StateWord(state, kind), at, act.told, act)
            case "taken" | "resumed" | "woken":
                self._work(act, at)
            case "reopened":
                self._reopen(act, at)
            case "assigned" | "reassigned":
                self._assign(act, at)
            case "escalated":
                self._escalate(act, at)
            case "nudged" | "answered":
                self._follow(act, at)
            case "worked":
                self._log_work(act, at)
            case "updated":
                first = {} if self._is_answered_first else {"first_response_at": self._moment(at)}
                self._is_answered_first = True
                self._emit(Action.UPDATED, at, act.told, first, act=act)
            case "opened":
                self._emit(Action.COMMENTED, at, act.told, {}, act=act)
            case _:
                action = Action(act.word)
                if self._state not in TRANSITIONS[action]:
                    action = Action.COMMENTED
                self._emit(action, at, act.told, self._carried(), act=act)

    def _go_to(self, word: StateWord, at: datetime, told: Told, act: Act | None = None) -> None:
        """Write what leads from the present state to another."""
        state = word.state
        if state is self._state:
            if state is State.WAITING and word.waiting_kind and act is None:
                self._wait(word, at, told, act)
            return
        if not self._state.is_open:
            if not state.is_open:  # resolved → closed; a closed one is not resolved again
                if state is State.CLOSED:
                    self._close(at, told, act)
                return
            self._reopened(at, told, None if state in _AT_WORK else IMPLIED, to=state)
            if state in _AT_WORK:
                return
        match state:
            case State.WAITING:
                self._wait(word, at, told, act)
            case State.SNOOZED:
                self._emit(Action.SNOOZED, at, told, {"state": state}, act=act)
            case State.RESOLVED:
                ending = {"state": state, "resolved_at": self._moment(at), **self._facts}
                self._emit(Action.RESOLVED, at, told, ending, act=act)
            case State.CLOSED:
                # when its work was done is not known: the row has no resolved_at
                ending = {"state": State.RESOLVED, **self._facts}
                self._emit(Action.RESOLVED, at, told, ending, rule_id=IMPLIED)
                self._close(at, told, act)
            case State.NEW:
                self._back_to_new(at, told)
            case State.ACTIVE:
                self._emit(self._going_on(), at, told, {"state": state, **self._carried()})

    def _close(self, at: datetime, told: Told, act: Act | None) -> None:
        ending = {"state": State.CLOSED, "closed_at": self._moment(at)}
        self._emit(Action.CLOSED, at, told, ending, act=act)

    def _going_on(self) -> Action:
        return {State.WAITING: Action.RESUMED, State.SNOOZED: Action.WOKEN}.get(
            self._state, Action.TAKEN
        )

    def _back_to_new(self, at: datetime, told: Told) -> None:
        action = Action.TAKEN_BACK if self._state is State.ACTIVE else self._going_on()
        after = {"state": State.NEW}
        if action is Action.TAKEN_BACK:
            self._has.pop("assignee", None)
        self._emit(action, at, told, {**after, **self._carried()})

    def _wait(self, word: StateWord, at: datetime, told: Told, act: Act | None) -> None:
        kind = word.waiting_kind or told.values.get("waiting_kind") or "other"
        after = {
            "state": State.WAITING,
            "waiting_kind": kind,
            "waiting_on": told.values.get("waiting_on"),
            "waiting_since": self._moment(at),
        }
        self._emit(Action.SET_WAITING, at, told, after, act=act)

    def _work(self, act: Act, at: datetime) -> None:
        """Somebody took it, or went on with it."""
        if act.word != "taken" and self._state in _AT_WORK:
            self._emit(Action.COMMENTED, at, act.told, self._carried(), act=act)
            return
        if not self._state.is_open:
            if act.word != "taken":
                self._reopened(at, act.told, None)
                return
            self._reopened(at, act.told, IMPLIED)
        action = Action.TAKEN if act.word == "taken" else self._going_on()
        after: dict[str, Any] = {"state": State.ACTIVE}
        person = act.values.get("assignee") or act.told.values.get("assignee")
        if act.word == "taken" and (person or act.told.actor):
            self._known["assignee"] = person or act.told.actor
        self._emit(action, at, act.told, {**after, **self._carried()}, act=act)

    def _reopen(self, act: Act, at: datetime) -> None:
        if self._state.is_open:  # it ended meanwhile, and the log does not say when
            ending = {"state": State.RESOLVED, **self._facts}
            self._emit(Action.RESOLVED, at, act.told, ending, rule_id=IMPLIED)
        self._reopened(at, act.told, None, to=self._told_state, act=act)

    def _reopened(
        self,
        at: datetime,
        told: Told,
        rule_id: str | None,
        *,
        to: State | None = None,
        act: Act | None = None,
    ) -> None:
        state = State.ACTIVE if self._known.get("assignee") else State.NEW
        if to in _AT_WORK:
            state = to
        self._reopenings += 1
        after = {"state": state, **self._carried(reopens=True)}
        self._emit(Action.REOPENED, at, told, after, rule_id=rule_id, act=act)

    def _assign(self, act: Act, at: datetime) -> None:
        given = {name: act.values[name] for name in _OWNERS if name in act.values}
        self._known.update(given)
        rule = REASSIGNED if act.word == REASSIGNED else None
        if not self._state.is_open:
            # an owner moves no more after the end; what the log counts is kept
            self._emit(Action.COMMENTED, at, act.told, {}, rule_id=rule, act=act)
            return
        after = {**self._carried(), "assignment_kind": "manual"}
        self._emit(Action.ASSIGNED, at, act.told, after, rule_id=rule, act=act)

    def _escalate(self, act: Act, at: datetime) -> None:
        if not self._state.is_open:
            if self._told_state is not None and not self._told_state.is_open:
                self._emit(Action.COMMENTED, at, act.told, {}, rule_id="escalated", act=act)
                return
            self._reopened(at, act.told, IMPLIED)
        self._escalations += 1
        number = f"{self._prefix}-{self._escalations}"
        assert act.rule is not None
        subject = {
            "escalation_id": number,
            "escalation_type": act.values.get("type"),
            "to_kind": act.rule.to_kind,
            "to_id": act.values.get("to") or "unknown",
        }
        self._asked.append((number, 0))
        self._emit(Action.ESCALATED, at, act.told, {}, subject, act=act)

    def _follow(self, act: Act, at: datetime) -> None:
        """A nudge, or an answer: of the last question that is open."""
        if not self._asked:
            self._emit(Action.COMMENTED, at, act.told, {}, rule_id=act.word, act=act)
            return
        number, nudges = self._asked.pop()
        subject: dict[str, Any] = {"escalation_id": number}
        if act.word == "nudged":
            self._asked.append((number, nudges + 1))
            subject["nudge_no"] = nudges + 1
        self._emit(Action(act.word or ""), at, act.told, {}, subject, act=act)

    def _log_work(self, act: Act, at: datetime) -> None:
        minutes = act.values.get("minutes")
        person = act.values.get("assignee") or act.told.actor
        if minutes is None:
            return
        subject = {"person": person or "unknown", "minutes": minutes, "work_started_at": None}
        self._emit(Action.WORKED, at, act.told, {}, subject, act=act)

    def _settle(self, told: Told, at: datetime) -> None:
        """Write what a row changed beside its acts: owners, priority, kind."""
        new = self._carried()
        if not new:
            return
        if "class" in new or "type" in new:
            kind = {name: new[name] for name in ("class", "type") if name in new}
            self._emit(Action.CLASSIFIED, at, told, kind)
            new = self._carried()
        if new.keys() & set(_OWNERS):
            self._emit(Action.ASSIGNED, at, told, {**new, "assignment_kind": "manual"})
        elif "priority" in new:
            self._emit(Action.PRIORITIZED, at, told, new)
        elif new:
            self._emit(Action.COMMENTED, at, told, new)

    def _carried(self, *, reopens: bool = False) -> dict[str, Any]:
        """Return what the source says otherwise than the incident has it.

        After its end only its kind moves, until it is opened again.
        """
        moves = self._state.is_open or reopens
        return {
            name: value
            for name, value in self._known.items()
            if self._has.get(name) != value
            and name not in _WAITING
            and (moves or name in ("class", "type"))
        }

    def _moment(self, at: datetime) -> datetime:
        return at if self._through is None else max(self._through, at)

    def _emit(
        self,
        action: Action,
        at: datetime,
        told: Told,
        after: Mapping[str, Any],
        subject: Mapping[str, Any] | None = None,
        *,
        rule_id: str | None = None,
        text: str | None = None,
        act: Act | None = None,
    ) -> None:
        at = self._through = self._moment(at)
        values = {name: value for name, value in after.items() if value is not None}
        if action is Action.ASSIGNED:  # the row determines the assignee: unnamed means nobody
            values.setdefault("assignee", self._known.get("assignee"))
        if self._acknowledges(action, told, rule_id, act):
            values["acknowledged_at"] = at
            self._is_acknowledged = True
        self._has.update(values)
        self._state = values.get("state", self._state)
        about = {**(subject or {}), "source_row": told.source_row}
        if rule_id is not None:
            about["rule_id"] = rule_id
        if act is not None and text is None:
            text = act.values.get("text")
        change = Change(
            action, at, values, about, text=text, is_decision=action not in _NO_DECISIONS
        )
        self._rows.append(Recorded(change, told.actor))

    def _acknowledges(
        self, action: Action, told: Told, rule_id: str | None, act: Act | None
    ) -> bool:
        """Return whether this is the first deliberate act of a person that the log knows."""
        if self._is_acknowledged or action in _NO_ACKNOWLEDGEMENT or rule_id == IMPLIED:
            return False
        if not self._is_start_known:  # somebody may have acted before, unless a column says when
            return act is not None and act.is_exact and act.word == "taken"
        if self._plan.actor is not None:
            return told.actor is not None
        return action is not Action.COMMENTED or act is not None


_AT_WORK = (State.NEW, State.ACTIVE)
_WAITING = ("waiting_kind", "waiting_on")


def _facts(rows: Sequence[Told]) -> dict[str, Any]:
    """Return what is true of the whole case: the last row that says it is believed."""
    found: dict[str, Any] = {}
    for told in rows:
        found.update(told.facts)
    return found


def digest(rows: Sequence[Recorded]) -> str:
    """Return what a case's whole history comes to, so that the same is known again."""
    known = hashlib.md5(usedforsecurity=False)
    for change, _ in rows:
        known.update(repr(sign(change)).encode())
    return known.hexdigest()


def sign(change: Change) -> tuple[str, datetime, str]:
    """Return what tells one row of a case from another, wherever its line stands by now."""
    identity = str(change.subject["source_row"]).partition(":")[2]
    return str(change.action), change.effective_at, identity
