"""Who of a team is at work when. Pure: a made-up roster, in the local time of the desks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DESK_ZONE = ZoneInfo("America/New_York")
HORIZON_DAYS = 9  # longer than any gap in a roster
LOWEST_WEEKEND_DAY = 5  # Saturday


@dataclass(frozen=True, slots=True)
class Hours:
    """A shift: from when, local time, and for how long."""

    begins: time
    length: timedelta


EARLY = Hours(time(5), timedelta(hours=8, minutes=30))
LATE = Hours(time(13), timedelta(hours=8, minutes=30))
NIGHT = Hours(time(21), timedelta(hours=8, minutes=30))
OFFICE = Hours(time(8, 30), timedelta(hours=8, minutes=30))

# The hours of a team's members, in the order in which opsloop.yml names them; it starts over.
ROSTERS = {
    "dispatch": (EARLY, LATE, NIGHT, LATE),
    "network_control": (EARLY, LATE, NIGHT),
    "flight_data": (OFFICE, OFFICE),
}
USUAL_ROSTER = (EARLY, LATE, LATE)


@dataclass(frozen=True, slots=True)
class Shift:
    """A person at work, from and until, UTC."""

    person: str
    begins_at: datetime
    ends_at: datetime


def shifts_around(team: str, members: tuple[str, ...], at: datetime) -> Iterator[Shift]:
    """Yield the team's shifts from the day before a moment on, for `HORIZON_DAYS` days."""
    today = at.astimezone(DESK_ZONE).date()
    roster = ROSTERS.get(team, USUAL_ROSTER)
    for offset in range(-1, HORIZON_DAYS):
        day = today + timedelta(days=offset)
        for place, person in enumerate(members):
            hours = roster[place % len(roster)]
            if not _is_off(day, place, hours):
                begins = datetime.combine(day, hours.begins, DESK_ZONE).astimezone(UTC)
                yield Shift(person, begins, begins + hours.length)


def next_on_duty(
    team: str, members: tuple[str, ...], at: datetime
) -> tuple[datetime, tuple[str, ...]] | None:
    """Return from when on somebody of the team is at work, and who; None if nobody ever is.

    The moment is `at` itself when somebody is at work then.
    """
    shifts = [shift for shift in shifts_around(team, members, at) if shift.ends_at > at]
    if not shifts:
        return None
    moment = max(at, min(shift.begins_at for shift in shifts))
    present = [shift.person for shift in shifts if shift.begins_at <= moment < shift.ends_at]
    return moment, tuple(present)


def next_shift_of(
    team: str, members: tuple[str, ...], person: str, at: datetime
) -> datetime | None:
    """Return from when on, not before `at`, this person is at work; None if never."""
    begins = [
        max(at, shift.begins_at)
        for shift in shifts_around(team, members, at)
        if shift.person == person and shift.ends_at > at
    ]
    return min(begins, default=None)


def _is_off(day: date, place: int, hours: Hours) -> bool:
    """Return whether the member at this place of the roster has the day off: two a week."""
    if hours is OFFICE:
        return day.weekday() >= LOWEST_WEEKEND_DAY
    return (day.weekday() - 2 * place) % 7 < 2
