"""Figures of persons: load against capacity, and one's own weeks for oneself (definition 17).

There are none unless opsloop.yml has `person_figures:`, and what is older than its `days` counts
for nobody. They are counted from the store when they are asked for: nothing of them is published.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from opsloop.calendars import Calendar, OutsideHorizon
from opsloop.errors import Refused
from opsloop.service.acting import require_known
from opsloop.store.rosters import minutes_by_person

if TYPE_CHECKING:
    from opsloop.config import Config
    from opsloop.store import Store
    from opsloop.store.rosters import Absence, Entry

WEEK = timedelta(days=7)
_SECONDS_PER_MINUTE = 60
_FULL_WEEK_SECONDS = 40 * 3600  # nobody works all the hours of a calendar open day and night

Moments = tuple[datetime, datetime]  # from, and until before


@dataclass(frozen=True, slots=True)
class Burden:
    """The minutes that a person wrote down in the last so many days, and those that they had.

    Attributes:
        minutes: None = figures of persons are off.
        capacity_minutes: without absences; None = in no team, or its hours are not known so far.
    """

    minutes: float | None
    capacity_minutes: float | None


UNTOLD = Burden(None, None)


@dataclass(frozen=True, slots=True)
class OwnWeek:
    """An ISO week of one's own, as far as figures of persons reach.

    Attributes:
        incidents: that one wrote minutes on.
        resolved: that one has, and that were resolved in the week.
    """

    week_start: date
    minutes: float
    capacity_minutes: float | None
    incidents: int
    resolved: int


def burdens(
    store: Store, config: Config, people: Sequence[str], now: datetime
) -> dict[str, Burden]:
    """Return the load of these people, as far as it is told."""
    if config.person_figures is None:
        return dict.fromkeys(people, UNTOLD)
    since = now - timedelta(days=config.person_figures.days)
    minutes = minutes_by_person(store.entries(people, since))
    hours = _Hours(store, config, since)
    return {
        person: Burden(minutes.get(person, 0.0), hours.capacity(person, (since, now)))
        for person in people
    }


def own_weeks(store: Store, config: Config, person: str, now: datetime) -> list[OwnWeek]:
    """Return a person's own weeks, the oldest first, and the first one as far as it is kept.

    Args:
        person: who asks; it is for nobody else.

    Raises:
        UnknownPerson: the settings know nobody of that name.
        Refused: figures of persons are off.
    """
    require_known(config, person)
    if config.person_figures is None:
        raise Refused(
            "There are no figures of persons here.",
            "They are off unless opsloop.yml has `person_figures: {days: 28}`.",
        )
    since = now - timedelta(days=config.person_figures.days)
    worked: defaultdict[date, list[Entry]] = defaultdict(list)
    for entry in store.entries([person], since):
        worked[_monday(entry.worked_at)].append(entry)
    resolved = Counter(map(_monday, store.resolved_by(person, since)))
    hours = _Hours(store, config, since)
    return [
        OwnWeek(
            monday,
            sum(one.minutes for one in worked[monday]),
            hours.capacity(person, span),
            len({one.incident_id for one in worked[monday] if one.minutes > 0}),
            resolved[monday],
        )
        for monday, span in _weeks(since, now)
    ]


def _weeks(since: datetime, now: datetime) -> Iterator[tuple[date, Moments]]:
    """Yield the ISO weeks that a span touches, each with the part of it that lies within."""
    monday = _monday(since)
    while (starts := datetime.combine(monday, time.min, now.tzinfo)) <= now:
        yield monday, (max(starts, since), min(starts + WEEK, now))
        monday += WEEK


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


class _Hours:
    """When people are here: the open hours of their team's calendar without their absences."""

    def __init__(self, store: Store, config: Config, since: datetime) -> None:
        self._terms = store.terms_in_force()
        self._config = config
        self._absences = store.absences(since)

    def capacity(self, person: str, span: Moments) -> float | None:
        """Return the minutes that a person has in a span of time; None = not known."""
        team = self._config.team_of(person)
        if team is None:
            return None
        calendar = self._terms.calendar(self._terms.calendar_name(None, team))
        own = (one for one in self._absences if one.person == person)
        try:
            return capacity_minutes(calendar, list(_without(span, own)))
        except OutsideHorizon:
            return None


def capacity_minutes(calendar: Calendar, present: Iterable[Moments]) -> float:
    """Return the minutes of a person who is here in these spans: at most 40 hours a week.

    Of a week that is open for longer, each open minute counts for 40 hours' share of it, as
    models/retro/int_capacity.sql has it.

    Raises:
        OutsideHorizon: the calendar does not know the hours of them all.
    """
    seconds = Fraction()  # so that the parts of a week make up the whole, to the last digit
    for span in present:
        for monday, (starts, ends) in _weeks(*span):
            first = datetime.combine(monday, time.min, starts.tzinfo)
            whole_week = calendar.elapsed(first, first + WEEK)
            share = Fraction(_FULL_WEEK_SECONDS, max(whole_week, _FULL_WEEK_SECONDS))
            seconds += share * calendar.elapsed(starts, ends)
    return float(seconds / _SECONDS_PER_MINUTE)


def _without(span: Moments, absences: Iterable[Absence]) -> Iterator[Moments]:
    """Yield what is left of a span of time without these absences, in order."""
    starts, ends = span
    for one in sorted(absences, key=lambda one: one.starts_at):
        if starts < min(one.starts_at, ends):
            yield starts, min(one.starts_at, ends)
        starts = max(starts, one.ends_at)
    if starts < ends:
        yield starts, ends
