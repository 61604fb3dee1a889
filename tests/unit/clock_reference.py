"""Business time and clocks, slow and obvious: what the fast ones must equal to the second.

Nothing here knows of intervals, offsets or sums: a minute is open if the wall clock says so, and a
clock looks at every second in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from opsloop.calendars import Rules
from opsloop.clocks import ClockState, OnReopen, Policy, Status, Target
from opsloop.standing import Step
from opsloop.types import Action, Incident

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def is_open(rules: Rules, at: datetime) -> bool:
    """Look at the wall clock."""
    local = at.astimezone(ZoneInfo(rules.time_zone))
    day = local.date()
    slots = rules.week[day.weekday()]
    if day in rules.closed:
        slots = ()
    if day in rules.exceptions:
        slots = rules.exceptions[day]
    minute = local.hour * 60 + local.minute
    return any(slot.opens <= minute < slot.closes for slot in slots)


class SlowCalendar:
    """A calendar that looks at the wall clock once a minute from midnight to midnight UTC."""

    def __init__(self, rules: Rules, first: date, last: date) -> None:
        self.starts_at = datetime(first.year, first.month, first.day, tzinfo=UTC)
        minutes = ((last - first).days + 1) * 24 * 60
        self.minutes = [is_open(rules, self.starts_at + n * MINUTE) for n in range(minutes)]
        self.ends_at = self.starts_at + minutes * MINUTE

    def is_open(self, at: datetime) -> bool:
        return self.minutes[(at - self.starts_at) // MINUTE]

    def open_seconds(self, at: datetime) -> int:
        total, moment = 0, self.starts_at
        while moment + MINUTE <= at:
            total += 60 if self.is_open(moment) else 0
            moment += MINUTE
        if moment < at and self.is_open(moment):
            total += int((at - moment).total_seconds())
        return total

    def due(self, since: datetime, seconds: int) -> datetime | None:
        """Return the earliest moment with so many open seconds more; None = after the last."""
        wanted = self.open_seconds(since) + seconds
        total, moment = 0, self.starts_at
        while moment < self.ends_at and total < wanted:
            if not self.is_open(moment):
                moment += MINUTE
            elif total + 60 <= wanted:
                total, moment = total + 60, moment + MINUTE
            else:
                total, moment = wanted, moment + (wanted - total) * SECOND
        return moment if total >= wanted else None

    def latest(self, since: datetime, seconds: int) -> datetime:
        """Return the last moment with at most so many open seconds more."""
        moment = self.due(since, seconds) or self.ends_at
        while moment < self.ends_at and not self.is_open(moment):
            moment += SECOND
        return moment


class SlowClock:
    """One clock, ticked second by second from the opening until `now`; without what was undone."""

    def __init__(
        self,
        history: Sequence[Step],
        target: Target,
        policy: Policy,
        calendars: dict[str | None, SlowCalendar],
    ) -> None:
        self.history, self.target, self.policy = history, target, policy
        self.calendars = calendars
        self.last = history[-1].incident
        self.target_s = policy.targets[target][self.last.priority or ""]

    def standing(self, now: datetime) -> tuple[Status, int]:
        """Return how the clock stands and what it has consumed."""
        used, reached, over = 0, None, None
        began = self.began()
        stopped, answered = self.stopped(now)
        at = began
        while at < (stopped or now):
            incident = self.incident(at)
            calendar = self.calendars[incident.team]
            if self.runs(incident) and calendar.is_open(at):
                used += 1
                if used == round(self.target_s * self.policy.nearing):
                    reached = at + SECOND
                if used == self.target_s + 1:
                    over = at
                    while not calendar.is_open(over - SECOND):
                        over -= SECOND
            at += SECOND
        return self.judged(used, reached, over, stopped, answered, now), used

    def judged(
        self,
        used: int,
        reached: datetime | None,
        over: datetime | None,
        stopped: datetime | None,
        answered: bool,
        now: datetime,
    ) -> Status:
        changed = self.changed()
        if over:
            return Status(ClockState.BREACHED, max(over, changed))
        if stopped:
            return Status(ClockState.MET if answered else ClockState.VOID, stopped)
        if not self.runs(self.incident(now)):
            return Status(ClockState.PAUSED, self.start_of_stretch(paused=True))
        if reached:
            return Status(ClockState.NEARING, max(reached, changed))
        return Status(ClockState.RUNNING, self.start_of_stretch(paused=False))

    def incident(self, at: datetime) -> Incident:
        return [step.incident for step in self.history if step.at <= at][-1]

    def runs(self, incident: Incident) -> bool:
        return incident.state.is_open and incident.state not in self.policy.pauses

    def began(self) -> datetime:
        restarts = []
        if self.target is Target.NEXT_UPDATE:
            restarts = [Action.UPDATED, Action.REOPENED]
        if self.target is Target.TOTAL_RESOLVE and self.policy.on_reopen is OnReopen.RESTART:
            restarts = [Action.REOPENED]
        began = [
            step.at
            for step in self.history
            if step.action in restarts and step.incident.state.is_open
        ]
        return began[-1] if began else self.history[0].at

    def stopped(self, now: datetime) -> tuple[datetime | None, bool]:
        """Return when the clock stopped, and whether what it waits for happened."""
        if self.target is Target.RESOLVE:
            ends = [step.at for step in self.history if not step.incident.state.is_open]
            return (ends[0] if ends else None), True
        if self.target in (Target.TOTAL_RESOLVE, Target.NEXT_UPDATE):
            return self.ended(now), True
        answer = self.last.acknowledged_at
        if self.target is Target.FIRST_RESPONSE:
            answer = self.last.first_response_at
        if answer is None:
            return self.ended(now), False
        ended = self.ended(answer)
        return (ended, False) if ended and ended < answer else (answer, True)

    def moments(self) -> list[datetime]:
        """Return when something happened; what lasted no second is not looked at."""
        return sorted({step.at for step in self.history})

    def ended(self, now: datetime) -> datetime | None:
        """Return since when the incident, as of `now`, is over."""
        ended = None
        for moment in self.moments():
            if moment <= now:
                ended = None if self.incident(moment).state.is_open else ended or moment
        return ended

    def start_of_stretch(self, *, paused: bool) -> datetime:
        """Return since when the clock runs by this calendar, or stands still."""
        start, calendar = None, None
        for moment in self.moments():
            incident = self.incident(moment)
            before, calendar = calendar, self.calendars[incident.team]
            if not (incident.state in self.policy.pauses if paused else self.runs(incident)):
                start = None
            elif paused:
                start = start or moment
            elif start is None or moment <= self.began() or calendar is not before:
                start = moment
        assert start is not None
        return start

    def changed(self) -> datetime:
        """Return when priority or versions changed last; long ago if they never did."""
        changed = datetime(1970, 1, 1, tzinfo=UTC)
        for before, now in zip(self.history, self.history[1:], strict=False):
            one, other = before.incident, now.incident
            if (one.priority, one.policy_version) != (other.priority, other.policy_version):
                changed = now.at
        return changed
