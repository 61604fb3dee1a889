"""How much of each target an incident has used up: a pure function of its whole history.

Clocks are never moved on; they are computed anew from the log, so that a change of priority or of
the service level holds for the past as well and nothing that happened is forgotten. Every duration
is in whole seconds of business time (opsloop.calendars), every moment aware UTC, cut to the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, overload

from opsloop.calendars import ALWAYS, ALWAYS_NAME, Calendar
from opsloop.errors import NotFound
from opsloop.standing import (
    Stand,
    Step,
    ended_at,
    since,
    stands_of,
    terms_changed_at,
    to_second,
)
from opsloop.types import Action, Incident, State


class Target(StrEnum):
    """What a clock measures, from the opening on."""

    ACKNOWLEDGE = "acknowledge"  # until a person's first deliberate act
    FIRST_RESPONSE = "first_response"  # until the first update to whoever is affected
    RESOLVE = "resolve"  # until the first resolve; never runs again
    TOTAL_RESOLVE = "total_resolve"  # until the last resolve; runs again after a reopening
    NEXT_UPDATE = "next_update"  # from the opening, or the last update, until the next


class OnReopen(StrEnum):
    """What a reopening does to the clock of `total_resolve`."""

    CONTINUE = "continue"  # the time before the resolve counts on
    RESTART = "restart"  # the target is given once more


class Outcome(StrEnum):
    """How a clock ended."""

    MET = "met"
    BREACHED = "breached"
    VOID = "void"  # there is nothing to judge


class ClockState(StrEnum):
    """How a clock stands at a moment."""

    RUNNING = "running"
    NEARING = "nearing"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    VOID = "void"


class Status(NamedTuple):
    """How a clock stands, and since when."""

    state: ClockState
    since: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """A service level.

    Args:
        targets: seconds of business time, per target and priority; what is missing has no clock.
        calendar: whose time counts; None = that of the team that has the incident.
        pauses: the open states in which clocks stand still.
        nearing: the share of a target from which on it is nearing.
    """

    targets: Mapping[Target, Mapping[str, int]]
    calendar: str | None = None
    pauses: frozenset[State] = frozenset({State.WAITING})
    on_reopen: OnReopen = OnReopen.CONTINUE
    nearing: float = 0.8

    def target_s(self, target: Target, priority: str | None) -> int | None:
        """Return what a target allows, in seconds; None = it has no clock."""
        return self.targets.get(target, {}).get(priority or "")


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """The settings in force: those of the versions that the incident's last step names.

    Args:
        policies: by name. A policy that is not there (any more) has no clocks.
        calendars: by name; `always` need not be given.
        team_calendars: the calendar's name by team; other teams work by `always`.
    """

    policies: Mapping[str, Policy]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    team_calendars: Mapping[str, str] = field(default_factory=dict)

    def calendar(self, name: str) -> Calendar:
        """Return a calendar; raises NotFound."""
        if name in self.calendars:
            return self.calendars[name]
        if name == ALWAYS_NAME:
            return ALWAYS
        raise NotFound(f"There is no calendar '{name}'.", "Define it under `calendars`.")

    def calendar_of(self, incident: Incident) -> Calendar:
        """Return whose time counts for an incident as it stands: its service level's or team's."""
        policy = self.policies.get(incident.policy or "")
        return self.calendar(self.calendar_name(policy, incident.team))

    def calendar_name(self, policy: Policy | None, team: str | None) -> str:
        """Return the name of the calendar that a service level has for a team's incidents."""
        own = policy.calendar if policy else None
        return own or self.team_calendars.get(team or "", ALWAYS_NAME)


@dataclass(frozen=True, slots=True)
class Clock:
    """How far one target of an incident is, as stored: one row per incident and target.

    A breach is never set by a job: while the clock runs, `meets_until` says when it comes.

    Args:
        calendar: whose time counts now; deadlines are shown in its time zone.
        target_s: what the target allows.
        consumed_s: what was used up until `running_since`, or altogether.
        running_since: since when, in this calendar; None while paused or stopped.
        due_at: the earliest moment at which all is used up; None while paused or stopped.
        meets_until: the last moment at which the target can be met: `due_at`, or, if that is at
            closing time, the next opening. None while paused or stopped.
        nearing_at: when it is, or was, nearing; None if it is not foreseeable.
        paused_since: None unless paused.
        stopped_at: when what it waits for happened, or the incident ended.
        breached_at: when more than the target had been used up, as far as `consumed_s` says; None
            if it has not. Never before `changed_at`.
        changed_at: the last change of priority, policy or calendars, if there was one.
        outcome: None until it is stopped.
    """

    incident_id: int
    target: Target
    calendar: str
    target_s: int
    consumed_s: int
    policy_version: int | None = None
    calendar_version: int | None = None
    running_since: datetime | None = None
    due_at: datetime | None = None
    meets_until: datetime | None = None
    nearing_at: datetime | None = None
    paused_since: datetime | None = None
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    changed_at: datetime | None = None
    outcome: Outcome | None = None


def clocks_of(history: Sequence[Step], settings: ClockSettings) -> tuple[Clock, ...]:
    """Return an incident's clocks, in the order of `Target`.

    The last step's priority, policy and versions hold for the whole history. What a batch decided
    that was undone later never was; the time until it was undone counts.

    Args:
        history: all of the incident's rows, oldest first.

    Raises:
        OutsideHorizon: a calendar does not reach as far as the history or a deadline.
    """
    stands = stands_of(history)
    if not stands:
        return ()
    last = history[-1].incident
    policy = settings.policies.get(last.policy or "")
    if policy is None:
        return ()
    case = _Case(
        stands,
        last,
        policy,
        calendar=settings.calendar_name(policy, last.team),
        runs=list(_runs(stands, policy, settings)),
        merged_at=since(stands, lambda stand: stand.is_merged),
        changed_at=terms_changed_at(stands),
    )
    promised = {target: policy.target_s(target, last.priority) for target in Target}
    return tuple(_clock(case, target, size) for target, size in promised.items() if size)


def state_of(clock: Clock, now: datetime) -> Status:
    """Return how a stored clock stands at `now`, and since when."""
    if clock.outcome is Outcome.VOID and clock.stopped_at:
        return Status(ClockState.VOID, clock.stopped_at)
    if clock.breached_at:
        return Status(ClockState.BREACHED, clock.breached_at)
    if clock.stopped_at:
        return Status(ClockState.MET, clock.stopped_at)
    if clock.paused_since:
        return Status(ClockState.PAUSED, clock.paused_since)
    assert clock.running_since, "a clock that is not stopped or paused runs"
    assert clock.due_at
    now = to_second(now)
    if clock.meets_until and now > clock.meets_until:
        return Status(ClockState.BREACHED, _not_before(clock.due_at, clock.changed_at))
    if clock.nearing_at and now >= clock.nearing_at:
        return Status(ClockState.NEARING, clock.nearing_at)
    return Status(ClockState.RUNNING, clock.running_since)


def used_s(clock: Clock, now: datetime, calendar: Calendar) -> int:
    """Return how much of its target a clock has used up by `now`, in seconds of business time.

    Args:
        calendar: the one that the clock names.
    """
    if clock.running_since is None:
        return clock.consumed_s
    return clock.consumed_s + calendar.elapsed(
        clock.running_since, max(to_second(now), clock.running_since)
    )


class _Case(NamedTuple):
    """All that the clocks of one incident are computed from; `last` says what is known now."""

    stands: Sequence[Stand]
    last: Incident
    policy: Policy
    calendar: str  # the name of the one that counts now
    runs: Sequence[_Run]
    merged_at: datetime | None
    changed_at: datetime | None

    def is_paused(self, stand: Stand) -> bool:
        return stand.incident.state in self.policy.pauses


class _Run(NamedTuple):
    """A stretch during which a clock ran, by one calendar; `ends` is None while it runs."""

    starts: datetime
    ends: datetime | None
    calendar: Calendar

    @property
    def spent_s(self) -> int:
        return self.calendar.elapsed(self.starts, self.ends) if self.ends else 0


class _End(NamedTuple):
    """When a clock stopped, and whether because what it waits for happened."""

    at: datetime | None
    is_reached: bool = True


def _clock(case: _Case, target: Target, target_s: int) -> Clock:
    end = _end(case, target)
    runs = _between(case.runs, _begins_at(case, target), end.at or case.merged_at)
    spent = [(run, run.spent_s) for run in runs]
    near_s = max(round(target_s * case.policy.nearing), 1)
    clock = Clock(
        incident_id=case.last.incident_id,
        target=target,
        calendar=case.calendar,
        target_s=target_s,
        consumed_s=sum(seconds for _, seconds in spent),
        policy_version=case.last.policy_version,
        calendar_version=case.last.calendar_version,
        nearing_at=_not_before(_used_up_at(spent, near_s, near_s), case.changed_at),
        breached_at=_not_before(_used_up_at(spent, target_s, target_s + 1), case.changed_at),
        changed_at=case.changed_at,
    )
    if case.merged_at:
        return replace(clock, stopped_at=case.merged_at, breached_at=None, outcome=Outcome.VOID)
    if end.at:
        return replace(clock, stopped_at=end.at, outcome=_outcome(clock, end))
    if case.is_paused(case.stands[-1]):
        return replace(clock, paused_since=since(case.stands, case.is_paused))
    return _running(clock, runs[-1], near_s)


def _running(clock: Clock, run: _Run, near_s: int) -> Clock:
    """Return the clock with what is to come if nothing else happens."""
    calendar, left_s = run.calendar, clock.target_s - clock.consumed_s
    due_at = calendar.due(run.starts, left_s)
    nearing_at = calendar.due(run.starts, near_s - clock.consumed_s)
    return replace(
        clock,
        running_since=run.starts,
        due_at=due_at,
        meets_until=calendar.latest(run.starts, left_s),
        nearing_at=clock.nearing_at or _not_before(nearing_at, clock.changed_at),
    )


def _outcome(clock: Clock, end: _End) -> Outcome:
    """Return how a stopped clock ended; without an answer there is only a breach to speak of."""
    if clock.consumed_s > clock.target_s:
        return Outcome.BREACHED
    return Outcome.MET if end.is_reached else Outcome.VOID


def _begins_at(case: _Case, target: Target) -> datetime:
    """Return when the clock began, for the last time."""
    restarts: tuple[Action, ...] = ()
    if target is Target.NEXT_UPDATE:
        restarts = (Action.UPDATED, Action.REOPENED)
    elif target is Target.TOTAL_RESOLVE and case.policy.on_reopen is OnReopen.RESTART:
        restarts = (Action.REOPENED,)
    if restarts:
        for stand in reversed(case.stands):
            if stand.action in restarts and stand.is_open:
                return stand.at
    return case.stands[0].at


def _end(case: _Case, target: Target) -> _End:
    """Return when the clock stopped, if it did."""
    match target:
        case Target.ACKNOWLEDGE:
            return _answer(case.stands, case.last.acknowledged_at)
        case Target.FIRST_RESPONSE:
            return _answer(case.stands, case.last.first_response_at)
        case Target.RESOLVE:
            return _End(next((stand.at for stand in case.stands if not stand.is_open), None))
        case _:
            return _End(ended_at(case.stands))


def _answer(stands: Sequence[Stand], answered_at: datetime | None) -> _End:
    """Return when a clock that waits for an answer stopped; one after the end is none."""
    if answered_at is None:
        return _End(ended_at(stands), is_reached=False)
    at = max(to_second(answered_at), stands[0].at)
    over_at = ended_at([stand for stand in stands if stand.at <= at])
    return _End(over_at, is_reached=False) if over_at and over_at < at else _End(at)


def _runs(stands: Sequence[Stand], policy: Policy, settings: ClockSettings) -> Iterator[_Run]:
    """Yield the stretches in which clocks ran, those by the same calendar joined."""
    run: _Run | None = None
    for stand, following in zip(stands, (*stands[1:], None), strict=True):
        ends = following and following.at
        if not stand.is_open or stand.incident.state in policy.pauses or ends == stand.at:
            continue
        calendar = settings.calendar(settings.calendar_name(policy, stand.incident.team))
        if run and run.ends == stand.at and run.calendar == calendar:
            run = run._replace(ends=ends)
            continue
        if run:
            yield run
        run = _Run(stand.at, ends, calendar)
    if run:
        yield run


def _between(runs: Sequence[_Run], since: datetime, until: datetime | None) -> list[_Run]:
    """Return what of the stretches lies between two moments."""
    cut = []
    for run in runs:
        starts = max(run.starts, since)
        ends = min(run.ends, until) if run.ends and until else run.ends or until
        if ends is None or starts < ends:
            cut.append(_Run(starts, ends, run.calendar))
    return cut


def _used_up_at(
    spent: Iterable[tuple[_Run, int]], wanted_s: int, at_least_s: int
) -> datetime | None:
    """Return when `wanted_s` were used up, if at least `at_least_s` were by the end of a run."""
    used_s = 0
    for run, seconds in spent:
        if used_s + seconds >= at_least_s and run.ends:
            return run.calendar.due(run.starts, wanted_s - used_s)
        used_s += seconds
    return None


@overload
def _not_before(at: datetime, earliest: datetime | None) -> datetime: ...
@overload
def _not_before(at: datetime | None, earliest: datetime | None) -> datetime | None: ...
def _not_before(at: datetime | None, earliest: datetime | None) -> datetime | None:
    return max(at, earliest) if at and earliest else at
