"""What a routing rule may ask of an incident. Pure.

Each condition says in words whether it holds for an incident, and whether it holds wherever another
one with the same key does (`covers`). Conditions with different keys ask independent things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from opsloop.routing.globs import glob_is_covered, glob_matches
from opsloop.routing.values import Test, any_of, shown
from opsloop.types import Severity

IsOpen = Callable[[str, datetime], bool]  # whether a calendar, by its name, is open at a moment

ALWAYS = "always"  # the calendar that never closes
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES

Name = Literal["monitor", "severity", "entity", "class"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may look at.

    Args:
        at: the moment of the decision, aware.
        owner: the team that has it where no rule says otherwise: the monitor's owner, or the team
            that an incident entered by hand was entered for.
        row_owner: the owner that the event's row names, if it is a team; goes before `owner`.
        evidence: of the event that the incident opens with, by column.
    """

    at: datetime
    owner: str
    row_owner: str | None = None
    monitor: str | None = None
    severity: Severity | None = None
    entity: str | None = None
    class_: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError(f"{self.at} has no time zone.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition found: `has` is the incident's value and `wants` the condition, in words."""

    key: str
    has: str
    wants: str
    holds: bool

    def __str__(self) -> str:
        if not self.holds:
            return f"{self.key} is {self.has}, not {self.wants}"
        return f"{self.key} is {self.has}" + (f" ({self.wants})" if self.has != self.wants else "")


@dataclass(frozen=True, slots=True)
class Named:
    """The monitor, severity, entity or class is there and is one of these.

    `*` stands for any text and `?` for any letter; case counts.
    """

    key: Name
    patterns: tuple[str, ...]

    def judge(self, facts: Facts, is_open: IsOpen) -> Finding:
        """Return whether the incident's value is one of these."""
        value = facts.class_ if self.key == "class" else getattr(facts, self.key)
        holds = value is not None and any(glob_matches(one, value) for one in self.patterns)
        return Finding(self.key, value or "unknown", any_of(self.patterns), holds)

    def covers(self, other: Condition) -> bool:
        """Return whether each value that `other` takes is one of these."""
        return isinstance(other, Named) and all(
            glob_is_covered(one, self.patterns) for one in other.patterns
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence has this column, and its value passes the test."""

    column: str
    test: Test

    @property
    def key(self) -> str:
        """Where the value stands."""
        return f"evidence.{self.column}"

    def judge(self, facts: Facts, is_open: IsOpen) -> Finding:
        """Return whether the value passes; a column that the evidence lacks passes no test."""
        if self.column not in facts.evidence:
            return Finding(self.key, "missing", str(self.test), holds=False)
        value = facts.evidence[self.column]
        return Finding(self.key, shown(value), str(self.test), self.test.holds(value))

    def covers(self, other: Condition) -> bool:
        """Return whether each value that `other` takes passes."""
        return isinstance(other, Evidence) and self.test.covers(other.test)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """A calendar is open at the moment, or is closed."""

    calendar: str
    is_open: bool

    @property
    def key(self) -> str:
        """Which calendar is asked."""
        return f"calendar {self.calendar}"

    def judge(self, facts: Facts, is_open: IsOpen) -> Finding:
        """Return whether the calendar is as asked at the incident's moment."""
        found = is_open(self.calendar, facts.at)
        return Finding(self.key, _open(found), _open(self.is_open), found is self.is_open)

    def covers(self, other: Condition) -> bool:
        """Return whether `other` asks the same."""
        return self == other


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock on the wall of a time zone shows one of these days and hours.

    Args:
        days: 0 for Monday to 6 for Sunday; where hours pass midnight, the day they begin on.
        hours: from (included) and to (excluded), in minutes after midnight; to ≤ from = to the
            next day.
        time_zone: an IANA name.
    """

    days: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]
    time_zone: str
    key: str = field(default="time", init=False)

    def judge(self, facts: Facts, is_open: IsOpen) -> Finding:
        """Return whether the incident's moment is among them."""
        local = facts.at.astimezone(ZoneInfo(self.time_zone))
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        has = f"{DAYS[local.weekday()]} {local:%H:%M} in {self.time_zone}"
        return Finding(self.key, has, str(self), minute in self.minutes)

    def covers(self, other: Condition) -> bool:
        """Return whether `other` asks for the same zone's hours, and for no others."""
        if not isinstance(other, WallClock) or self.time_zone != other.time_zone:
            return False
        return other.minutes <= self.minutes

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the week, from Monday 00:00, that are among them."""
        return _minutes_of_week(self.days, self.hours)

    def __str__(self) -> str:
        days = ", ".join(DAYS[day] for day in self.days) if len(set(self.days)) < 7 else "daily"
        hours = ", ".join(f"{_clock(first)}-{_clock(end)}" for first, end in self.hours)
        return f"{days} {hours} in {self.time_zone}"


Condition = Named | Evidence | OpenHours | WallClock


def is_certain(condition: Condition) -> bool:
    """Return whether the condition holds for every incident."""
    if isinstance(condition, WallClock):
        return len(condition.minutes) == WEEK_MINUTES
    return condition == OpenHours(ALWAYS, is_open=True)


@lru_cache(maxsize=256)
def _minutes_of_week(days: tuple[int, ...], hours: tuple[tuple[int, int], ...]) -> frozenset[int]:
    return frozenset(
        (day * DAY_MINUTES + minute) % WEEK_MINUTES
        for day in days
        for first, end in hours
        for minute in range(first, end if end > first else end + DAY_MINUTES)
    )


def _open(is_open: bool) -> str:
    return "open" if is_open else "closed"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
