"""What time alone does to an open incident: escalate, ask again, question, take back. Pure.

Decided from the clocks and from what was said last, whenever somebody looks: nothing depends on how
often that is. Moments are aware UTC, durations seconds of business time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from opsloop.calendars import Calendar
from opsloop.clocks import Clock, ClockState, Target, state_of
from opsloop.types import Escalation, Incident, State, WorkClass


class Trigger(StrEnum):
    """What of a clock sets off a step."""

    NEARING = "nearing"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom to ask. `kind`: person, team, outside, or lead (that of the incident's team)."""

    kind: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Ask somebody when a target is nearing or missed, once in each opening of the incident.

    Args:
        name: unique within the service level; the log names it.
        after_s: how long after that moment.
        type: what for: help, decision, …
        class_: what kind of work it asks for.
    """

    name: str
    target: Target
    trigger: Trigger
    to: Addressee
    after_s: int = 0
    type: str = "help"
    class_: WorkClass = "exception"


@dataclass(frozen=True, slots=True)
class Nudging:
    """Ask again about what nobody answers: how often, how many times, and then whom instead."""

    every_s: int
    times: int
    then: Addressee | None = None


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """What a service level does by itself.

    Args:
        follow_up: how whom an incident waits on is asked again, and whom to tell at last.
        quiet_s: after how long without a word of anybody somebody's incident is questioned, and
            after how long again it is taken back; None = never.
    """

    steps: tuple[EscalationStep, ...] = ()
    nudging: Nudging | None = None
    follow_up: Nudging | None = None
    quiet_s: int | None = None


# no step can be called so: their names have no spaces
UNANSWERED_WAIT = "unanswered wait"


class Do(StrEnum):
    """What is to be done."""

    ESCALATE = "escalate"
    NUDGE = "nudge"
    QUESTION = "question"
    TAKE_BACK = "take_back"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that time has brought about.

    Args:
        at: when it was due, not when somebody looked.
        rule: the step's name, or which of the level's rules.
        escalation_id: which escalation is asked about again.
    """

    do: Do
    at: datetime
    rule: str
    to: Addressee | None = None
    type: str = "help"
    class_: str | None = None
    escalation_id: str = ""
    nudge_no: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """An open incident as it stands.

    Args:
        open_since: when it was opened, or last reopened.
        calendar: the one that its service level counts in now.
        calendar_of: gives a clock's calendar by name.
    """

    incident: Incident
    open_since: datetime
    clocks: Sequence[Clock]
    escalations: Sequence[Escalation]
    calendar: Calendar
    calendar_of: Callable[[str], Calendar]


def acts_due(case: Case, policy: EscalationPolicy, now: datetime) -> list[Act]:
    """Return what is due by `now`, in the order in which it was due; nothing of what has ended.

    Args:
        policy: the service level's as it is now: what it no longer says happens no more.
    """
    if not case.incident.state.is_open or case.incident.merged_into is not None:
        return []
    found = [
        *_steps(case, policy, now),
        *_nudges(case, policy, now),
        *_waits(case, policy, now),
        *_quiet(case, policy, now),
    ]
    # what came due before it was reopened is due since then: what was asked before counts no more
    found = [replace(act, at=max(act.at, case.open_since)) for act in found]
    return sorted((act for act in found if act.at <= now), key=lambda act: (act.at, act.rule))


def _steps(case: Case, policy: EscalationPolicy, now: datetime) -> Iterator[Act]:
    clocks = {clock.target: clock for clock in case.clocks}
    done = _done(case)
    for step in policy.steps:
        clock = clocks.get(step.target)
        if clock is None or step.name in done:
            continue
        at = _moment(clock, step.trigger, now)
        if at is not None and step.after_s:
            at = case.calendar_of(clock.calendar).due(at, step.after_s)
        if at is not None:
            yield Act(Do.ESCALATE, at, step.name, step.to, step.type, step.class_)


def _moment(clock: Clock, trigger: Trigger, now: datetime) -> datetime | None:
    """Return when a clock that is not stopped came near its target, or missed it."""
    if clock.stopped_at is not None:
        return None
    status = state_of(clock, now)
    if trigger is Trigger.MISSED:
        return status.since if status.state is ClockState.BREACHED else None
    if status.state in (ClockState.NEARING, ClockState.BREACHED):
        return clock.nearing_at
    return None


def _nudges(case: Case, policy: EscalationPolicy, now: datetime) -> Iterator[Act]:
    nudging = policy.nudging
    if nudging is None:
        return
    done = _done(case)
    for asked in case.escalations:
        if asked.answered_at is not None:
            continue
        at = case.calendar.due(asked.nudged_at or asked.asked_at, nudging.every_s)
        if asked.nudges < nudging.times:
            number = asked.nudges + 1
            yield Act(Do.NUDGE, at, "nudge", escalation_id=asked.escalation_id, nudge_no=number)
        elif nudging.then is not None and not _is_ours(asked):
            rule = f"unanswered {asked.escalation_id}"
            if rule not in done:
                kind, class_ = asked.escalation_type or "help", asked.escalation_class
                yield Act(Do.ESCALATE, at, rule, nudging.then, kind, class_)


def _is_ours(asked: Escalation) -> bool:
    """Return whether a question was asked because another was not answered: that ends there."""
    return (asked.rule_id or "").startswith("unanswered ")


def _waits(case: Case, policy: EscalationPolicy, now: datetime) -> Iterator[Act]:
    """Escalate a wait, once, when as many follow-ups as may go unanswered have come and gone.

    Counted from the moments at which they were due, so that one which nobody made counts like one
    that nobody answered; each that is made moves the next, and with it the end, further on.
    """
    incident, following = case.incident, policy.follow_up
    first, began = incident.follow_up_at, incident.waiting_since
    if incident.state is not State.WAITING or following is None or following.then is None:
        return
    if first is None or began is None or first > now:
        return
    if any(one.rule_id == UNANSWERED_WAIT and one.asked_at >= began for one in case.escalations):
        return
    left = max(following.times - (incident.follow_ups or 0), 0)
    rest_s = left * (incident.follow_up_every_s or following.every_s)
    if case.calendar.elapsed(first, now) >= rest_s:
        at = case.calendar.due(first, rest_s) if rest_s else first
        yield Act(Do.ESCALATE, at, UNANSWERED_WAIT, following.then, class_="question")


def _quiet(case: Case, policy: EscalationPolicy, now: datetime) -> Iterator[Act]:
    """Question what somebody took and says nothing of; then take it back."""
    incident = case.incident
    if policy.quiet_s is None or incident.state is not State.ACTIVE or incident.assignee is None:
        return
    if incident.last_act_at is None:  # a rule gave it: the clock of the acknowledgement runs
        return
    silent_since = max(incident.questioned_at or incident.last_act_at, case.open_since)
    at = case.calendar.due(silent_since, policy.quiet_s)
    yield Act(Do.TAKE_BACK if incident.questioned_at else Do.QUESTION, at, "quiet")


def _done(case: Case) -> set[str]:
    """Return the rules that have asked somebody since the incident was last opened."""
    return {
        asked.rule_id
        for asked in case.escalations
        if asked.rule_id is not None and asked.asked_at >= case.open_since
    }


def resolved_addressee(
    to: Addressee, incident: Incident, leads: Mapping[str, str | None]
) -> Addressee | None:
    """Return whom a step means; None for the lead of a team that has none.

    Args:
        leads: each team's.
    """
    if to.kind != "lead":
        return to
    lead = leads.get(incident.team or "")
    return Addressee("person", lead) if lead else None
