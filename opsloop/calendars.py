"""Business time: when a calendar is open, and how many open seconds lie between two moments.

A calendar's rules become its open intervals in UTC once; every question is then one bisect over
W(t), the open seconds from the calendar's first moment to t. Moments are aware UTC datetimes and
are truncated to the second; macros/expressions/business_time.sql asks the same of the stored
intervals.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from opsloop.errors import OpsloopError

ALWAYS_NAME = "always"
DAY_MINUTES = 24 * 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()
_DAY_S = 86_400  # of a day on the wall, or in UTC; a local day may be longer or shorter

Span = tuple[int, int]  # from and to, in seconds since 1970


class OutsideHorizon(OpsloopError):
    """A calendar was asked about a time for which its open hours are not known."""


class Slot(NamedTuple):
    """Open hours of one local day, in minutes of the wall clock after midnight; to is excluded."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Rules:
    """When a calendar is open, in local time.

    A moment is open if the local clock shows a time within a slot of the local date: hours that a
    clock change skips are not open, and hours that it repeats are open twice.

    Args:
        time_zone: an IANA name.
        week: the slots of Monday to Sunday.
        closed: dates without open hours.
        exceptions: dates that have these hours instead of any other rule.
    """

    time_zone: str
    week: tuple[tuple[Slot, ...], ...]
    closed: frozenset[date] = frozenset()
    exceptions: Mapping[date, tuple[Slot, ...]] = field(default_factory=dict)

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """Return the slots of a local date."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.closed else self.week[day.weekday()]


class Interval(NamedTuple):
    """One row of a calendar as the store keeps it, UTC.

    `open_before_s` are the open seconds from the calendar's first moment to `starts_at`. The first
    row starts where the calendar's horizon does, and the last ends where it ends; a row of no
    length marks such an end when the calendar is not open there.
    """

    starts_at: datetime
    ends_at: datetime
    open_before_s: int


@dataclass(frozen=True)
class Calendar:
    """A calendar's open time, ready to be asked; known from its first interval to its last.

    Args:
        time_zone: where its hours are local; deadlines are shown in it.
        intervals: as `open_intervals` returns them, or as they were stored.

    Raises:
        ValueError: there are no intervals, or they overlap or do not add up.
    """

    name: str
    time_zone: str
    intervals: tuple[Interval, ...]
    _starts: list[int] = field(init=False, repr=False, compare=False)
    _ends: list[int] = field(init=False, repr=False, compare=False)
    _before: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans = [(_seconds(row.starts_at), _seconds(row.ends_at)) for row in self.intervals]
        before = [row.open_before_s for row in self.intervals]
        if not spans or not _are_sorted(spans) or before != _cumulative(spans):
            raise ValueError(f"The intervals of the calendar {self.name!r} do not add up.")
        object.__setattr__(self, "_starts", [starts for starts, _ in spans])
        object.__setattr__(self, "_ends", [ends for _, ends in spans])
        object.__setattr__(self, "_before", before)

    @classmethod
    def from_rules(cls, name: str, rules: Rules, first: date, last: date) -> Calendar:
        """Return the calendar from `first` to `last`, both included, as UTC has these dates."""
        return cls(name, rules.time_zone, open_intervals(rules, first, last))

    @property
    def starts_at(self) -> datetime:
        """The first moment that the calendar knows."""
        return self.intervals[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """The last moment that the calendar knows."""
        return self.intervals[-1].ends_at

    def open_seconds(self, at: datetime) -> int:
        """Return W(at): the open seconds from the calendar's first moment to `at`.

        Raises:
            OutsideHorizon: `at` is before the calendar's first moment or after its last.
        """
        since = at - _EPOCH
        moment = since.days * _DAY_S + since.seconds
        place = bisect_right(self._starts, moment) - 1
        starts, ends = self._starts[place], self._ends[place]
        if moment < ends:
            if place < 0:
                raise self._outside(at)
            return self._before[place] + moment - starts
        if moment > self._ends[-1]:
            raise self._outside(at)
        return self._before[place] + ends - starts

    def elapsed(self, earlier: datetime, later: datetime) -> int:
        """Return the open seconds from one moment to a later one; negative if it is earlier."""
        return self.open_seconds(later) - self.open_seconds(earlier)

    def due(self, since: datetime, seconds: int) -> datetime:
        """Return the earliest t with W(t) ≥ W(since) + `seconds`.

        It lies before `since` where `seconds` is negative, and for 0 while the calendar is closed:
        then all was used up when it closed.

        Raises:
            OutsideHorizon: the calendar does not know so many open seconds after `since`.
        """
        wanted = self.open_seconds(since) + seconds
        if wanted <= 0:
            return self.starts_at
        place = bisect_left(self._before, wanted) - 1
        moment = self._starts[place] + wanted - self._before[place]
        if moment > self._ends[place]:
            raise self._too_long(since, seconds)
        return _moment(moment)

    def latest(self, since: datetime, seconds: int) -> datetime:
        """Return the latest t with W(t) ≤ W(since) + `seconds`; at the most, the last moment known.

        It is `due` while the calendar is open; a deadline at closing time lasts until the next
        opening.
        """
        wanted = self.open_seconds(since) + seconds
        place = bisect_right(self._before, wanted) - 1
        if place < 0:
            return self.starts_at
        return _moment(min(self._starts[place] + wanted - self._before[place], self._ends[-1]))

    def local(self, at: datetime) -> datetime:
        """Return a moment as the clocks of the calendar's time zone show it."""
        return at.astimezone(self._zone)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def _outside(self, at: datetime) -> OutsideHorizon:
        return OutsideHorizon(
            f"The calendar '{self.name}' knows no hours on {at:%Y-%m-%d}: it reaches from "
            f"{self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}.",
            "Apply the settings anew with a horizon that covers it (`opsloop config apply`).",
        )

    def _too_long(self, since: datetime, seconds: int) -> OutsideHorizon:
        return OutsideHorizon(
            f"The calendar '{self.name}' has no {seconds:,} open seconds after "
            f"{since:%Y-%m-%d %H:%M} UTC: it ends on {self.ends_at:%Y-%m-%d}.",
            "Give a shorter target, or more open hours.",
        )


def open_intervals(rules: Rules, first: date, last: date) -> tuple[Interval, ...]:
    """Return when the calendar is open, sorted and merged, with the open seconds before each.

    Args:
        first: the UTC date with whose midnight the horizon begins.
        last: the UTC date with whose midnight it ends, 24 hours later.
    """
    if last < first:
        raise ValueError(f"The horizon ends on {last}, before it begins on {first}.")
    horizon = _at_midnight(first), _at_midnight(last) + _DAY_S
    zone = ZoneInfo(rules.time_zone)
    spans = [
        (starts - offset, ends - offset)
        for span, offset in _offsets(zone, horizon)
        for starts, ends in _wall_spans(rules, span[0] + offset, span[1] + offset)
    ]
    rows = list(_reaching(_merged(spans), horizon))
    return tuple(
        Interval(_moment(starts), _moment(ends), before)
        for (starts, ends), before in zip(rows, _cumulative(rows), strict=True)
    )


def _offsets(zone: ZoneInfo, horizon: Span) -> Iterator[tuple[Span, int]]:
    """Yield the stretches of the horizon with one offset from UTC each, and the offset in seconds.

    No zone changes its clock twice within 24 hours.
    """
    starts, at = horizon[0], horizon[0]
    offset = _offset(zone, at)
    while at < horizon[1]:
        ahead = min(at + _DAY_S, horizon[1])
        if _offset(zone, ahead) == offset:
            at = ahead
            continue
        at = _change(zone, at, ahead)
        yield (starts, at), offset
        starts, offset = at, _offset(zone, at)
    if starts < at:
        yield (starts, at), offset


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the first second that has not the offset of `before`, which `after` does not have."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = _moment(moment).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def _wall_spans(rules: Rules, starts: int, ends: int) -> Iterator[Span]:
    """Yield the open spans between two readings of the local clock, as if it were UTC's."""
    for number in range(starts // _DAY_S, (ends - 1) // _DAY_S + 1):
        for slot in sorted(rules.slots_on(date.fromordinal(_EPOCH_DAY + number))):
            opens = max(number * _DAY_S + slot.opens * 60, starts)
            closes = min(number * _DAY_S + slot.closes * 60, ends)
            if opens < closes:
                yield opens, closes


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans, given in order of their start, with those that touch joined."""
    merged: list[Span] = []
    for starts, ends in spans:
        if merged and starts <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(ends, merged[-1][1])
        else:
            merged.append((starts, ends))
    return merged


def _reaching(spans: Sequence[Span], horizon: Span) -> Iterator[Span]:
    """Yield the spans with one of no length at each end of the horizon that none touches."""
    if not spans or spans[0][0] > horizon[0]:
        yield horizon[0], horizon[0]
    yield from spans
    if not spans or spans[-1][1] < horizon[1]:
        yield horizon[1], horizon[1]


def _are_sorted(spans: Sequence[Span]) -> bool:
    edges = [edge for span in spans for edge in span]
    return edges == sorted(edges)


def _cumulative(spans: Iterable[Span]) -> list[int]:
    """Return the length of all spans before each."""
    return list(accumulate((ends - starts for starts, ends in spans), initial=0))[:-1]


def _at_midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH_DAY) * _DAY_S


def _seconds(at: datetime) -> int:
    since = at - _EPOCH
    return since.days * _DAY_S + since.seconds


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


ALWAYS = Calendar(
    ALWAYS_NAME,
    "UTC",
    (Interval(datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC), 0),),
)
