"""What holds an event back, so that it opens nothing: mutes, maintenance, inhibitions. Pure.

Each is asked whether it holds an event back at a moment, the as_of of a run, and until when. What
somebody accepted is held back as well, by the incident that they accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from opsloop.routing.globs import WILDCARDS, glob_matches
from opsloop.routing.values import Null, OneOf, Scalar
from opsloop.types import Disposition, Incident

EVERY = ("*",)
_DAY_MINUTES = 24 * 60

Same = Literal["entity", "group"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that may be held back; `evidence` is the JSON object of its evidence columns."""

    entity_id: str
    group_key: str
    evidence: str = "{}"


@dataclass(frozen=True, slots=True)
class Hold:
    """That something holds an event back.

    Args:
        by: the mute's id, the window's name, or the incident's number.
        until: its end, UTC; None = until that incident ends.
    """

    disposition: Disposition
    by: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Mute:
    """Events of this monitor, entity and evidence open nothing; what is not said may be anything.

    In force from `starts_at` until before `ends_at`, UTC; ending one early moves `ends_at`.

    Args:
        entity_id: an entity's id, or a pattern of ids.
        evidence: column → value; all must be so. None stands for null.
    """

    mute_id: int
    monitor_id: str | None
    entity_id: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str
    created_at: datetime
    ended_by: str | None = None
    evidence: Mapping[str, Scalar | None] = field(default_factory=dict)

    def covers(self, monitor_id: str, event: Candidate, at: datetime) -> bool:
        """Return whether the mute holds back this event of this monitor at a moment."""
        return self.starts_at <= at < self.ends_at and self._concerns(monitor_id, event)

    def _concerns(self, monitor_id: str, event: Candidate) -> bool:
        if self.monitor_id not in (None, monitor_id):
            return False
        if self.entity_id is not None and not glob_matches(self.entity_id, event.entity_id):
            return False
        return not self.evidence or _has_values(_parsed(event.evidence), self.evidence)


@dataclass(frozen=True, slots=True)
class Once:
    """From one moment until before another, UTC."""

    starts_at: datetime
    ends_at: datetime

    def end_at(self, at: datetime) -> datetime | None:
        """Return the end, if the moment is within."""
        return self.ends_at if self.starts_at <= at < self.ends_at else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """Hours of some days of every week, on the wall of a time zone.

    Args:
        days: 0 for Monday to 6 for Sunday; where hours pass midnight, the day they begin on.
        hours: from (included) and to (excluded), in minutes after midnight; to ≤ from = to the
            next day.
        time_zone: an IANA name. A change of its clocks never cuts the hours short.
    """

    days: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]
    time_zone: str

    def end_at(self, at: datetime) -> datetime | None:
        """Return when the hours that the moment is within end; None if it is within none."""
        zone = ZoneInfo(self.time_zone)
        today = at.astimezone(zone).date()
        found = (
            ends
            for day in (today - timedelta(days=1), today)
            if day.weekday() in self.days
            for first, last in self.hours
            if _moment(day, first, zone) <= at < (ends := _end(day, first, last, zone))
        )
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Window:
    """Maintenance: while it lasts, events of these monitors and entities open nothing.

    `monitors` and `entities` are patterns.
    """

    name: str
    time: Once | Weekly
    monitors: tuple[str, ...] = EVERY
    entities: tuple[str, ...] = EVERY
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an incident of the source is open, the same entity's (or group's) targets are silent.

    `source` is a monitor's id, `targets` are patterns of ids.
    """

    name: str
    source: str
    targets: tuple[str, ...]
    same: Same

    def silences(self, monitor_id: str) -> bool:
        """Return whether a monitor is one of the targets."""
        return _matches(self.targets, monitor_id)


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """An open incident that silences an entity or a group, since the event that it holds began."""

    same: Same
    key: str
    incident_id: int
    since: datetime


class Suppressions:
    """All that may hold back the events of one monitor.

    Mutes stand by entity, since most name one: an event meets its own and those of patterns alone.

    Args:
        mutes: of whichever monitor; those of others are left out.
        windows: of whichever monitor.
        inhibitors: the open incidents that silence this monitor.
        since: the earliest moment that will be asked about; mutes that ended before are left out.
    """

    def __init__(
        self,
        monitor_id: str,
        *,
        mutes: Iterable[Mute] = (),
        windows: Iterable[Window] = (),
        inhibitors: Iterable[Inhibitor] = (),
        since: datetime | None = None,
    ) -> None:
        self._monitor_id = monitor_id
        self._mutes_of: dict[str, list[Mute]] = {}
        self._other_mutes: list[Mute] = []
        self._inhibitors: dict[tuple[Same, str], list[Inhibitor]] = {}
        self._windows = [one for one in windows if _matches(one.monitors, monitor_id)]
        self._known_windows: dict[datetime, Sequence[tuple[Window, datetime]]] = {}
        for mute in mutes:
            is_over = since is not None and mute.ends_at <= since
            if not is_over and mute.monitor_id in (None, monitor_id):
                self._place(mute)
        for one in inhibitors:
            self._inhibitors.setdefault((one.same, one.key), []).append(one)
        self._holds_nothing = not (
            self._mutes_of or self._other_mutes or self._windows or self._inhibitors
        )

    def holds(self, event: Candidate, at: datetime) -> tuple[Hold, ...]:
        """Return all that hold an event back at a moment; the first one is why it opens nothing."""
        if self._holds_nothing:  # as for most monitors, whatever rows they have
            return ()
        return (*self._muted(event, at), *self._maintained(event, at), *self._inhibited(event, at))

    def ended_at(self, event: Candidate, ended_at: datetime, at: datetime) -> datetime:
        """Return when the last of what held an event back ended: one may follow on another.

        Args:
            ended_at: the end of what is known to have held it back.
            at: a moment at which nothing does.
        """
        while ended_at < at:
            following = [hold.until for hold in self.holds(event, ended_at) if hold.until]
            if not following:
                return ended_at
            ended_at = max(following)
        return at

    def _place(self, mute: Mute) -> None:
        if mute.entity_id is None or WILDCARDS & set(mute.entity_id):
            self._other_mutes.append(mute)
        else:
            self._mutes_of.setdefault(mute.entity_id, []).append(mute)

    def _muted(self, event: Candidate, at: datetime) -> Iterator[Hold]:
        mutes = (*self._mutes_of.get(event.entity_id, ()), *self._other_mutes)
        found = (mute for mute in mutes if mute.covers(self._monitor_id, event, at))
        for mute in sorted(found, key=lambda one: (-one.ends_at.timestamp(), one.mute_id)):
            yield Hold(Disposition.MUTED, str(mute.mute_id), mute.ends_at)

    def _maintained(self, event: Candidate, at: datetime) -> Iterator[Hold]:
        for window, until in self._windows_at(at):
            if _matches(window.entities, event.entity_id):
                yield Hold(Disposition.MAINTENANCE, window.name, until)

    def _windows_at(self, at: datetime) -> Sequence[tuple[Window, datetime]]:
        """Return the windows that a moment is within, and their ends; a run has but one moment."""
        if at not in self._known_windows:
            ends = ((window, window.time.end_at(at)) for window in self._windows)
            self._known_windows[at] = [(window, end) for window, end in ends if end is not None]
        return self._known_windows[at]

    def _inhibited(self, event: Candidate, at: datetime) -> Iterator[Hold]:
        keys: Sequence[tuple[Same, str]] = (
            ("entity", event.entity_id),
            ("group", event.group_key),
        )
        found = (one for key in keys for one in self._inhibitors.get(key, ()))
        for number in sorted({one.incident_id for one in found if one.since <= at}):
            yield Hold(Disposition.INHIBITED, str(number), None)


def accepted(last: Incident | None, at: datetime) -> tuple[Hold, ...]:
    """Return whether the last incident of an event's key was accepted, and still is at a moment."""
    if last is None or last.state.is_open or last.accepted_until is None:
        return ()
    if last.accepted_until <= at:
        return ()
    return (Hold(Disposition.ACCEPTED, str(last.incident_id), last.accepted_until),)


def sources_first(monitor_ids: Iterable[str], inhibitions: Sequence[Inhibition]) -> list[str]:
    """Return the monitors in their order, save that what silences others comes before them."""
    rank = dict.fromkeys(monitor_ids, 0)
    for _ in inhibitions:  # no chain of them is longer
        for monitor_id in rank:
            sources = (one.source for one in inhibitions if one.silences(monitor_id))
            rank[monitor_id] = max((rank[one] + 1 for one in sources if one in rank), default=0)
    return sorted(rank, key=lambda monitor_id: rank[monitor_id])


def _matches(patterns: Iterable[str], text: str) -> bool:
    return any(glob_matches(pattern, text) for pattern in patterns)


def _has_values(evidence: Mapping[str, Any], wanted: Mapping[str, Scalar | None]) -> bool:
    """Return whether the evidence has these columns, each with its value."""
    return all(
        column in evidence and _test(value).holds(evidence[column])
        for column, value in wanted.items()
    )


def _test(value: Scalar | None) -> OneOf | Null:
    return Null(True) if value is None else OneOf((value,))


@lru_cache(maxsize=256)  # several mutes may ask of the same event
def _parsed(evidence: str) -> Mapping[str, Any]:
    found = json.loads(evidence)
    return found if isinstance(found, dict) else {}


def _end(day: date, first: int, last: int, zone: ZoneInfo) -> datetime:
    minutes = last if last > first else last + _DAY_MINUTES
    # where the clock shows it twice, or never, the later of both
    return max(_moment(day, minutes, zone, fold) for fold in (0, 1))


def _moment(day: date, minutes: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return the moment at which the wall clock shows so many minutes after a day's midnight."""
    days, minute = divmod(minutes, _DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(*divmod(minute, 60), fold=fold), zone)
    return local.astimezone(UTC)
