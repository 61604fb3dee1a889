"""A period of whole days in UTC, and the one before it to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)  # of what a warehouse can say
DAYS_IN_WEEK = 7


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC: `since` is the first, `until` the first that no longer belongs to it.

    None leaves an end open; both None is all time.

    Raises:
        ValueError: it would hold no day.
    """

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        first = self.since or FIRST_DAY
        if self.until and first >= self.until:
            raise ValueError(
                f"A period from {first} to {self.until} holds no day: "
                "its end is the first day that no longer belongs to it."
            )

    @property
    def is_all(self) -> bool:
        """Whether it is all time."""
        return self.since is None and self.until is None

    @property
    def days(self) -> int | None:
        """How many days it has; None = an end is open."""
        return (self.until - self.since).days if self.since and self.until else None

    @property
    def last_day(self) -> date | None:
        """Its last day; None = it goes on."""
        return self.until - timedelta(days=1) if self.until else None

    def before(self) -> Period | None:
        """Return the period of the same length that ends where this one begins, if there is one."""
        if self.since is None or self.days is None:
            return None
        if (self.since - FIRST_DAY).days < self.days:
            return None
        return Period(self.since - timedelta(days=self.days), self.since)

    def earlier(self, first: date) -> Period | None:
        """Return the period of the same length that begins on `first` and ends before this one.

        None if there is none: an end is open, or too few days lie between.
        """
        latest = self.before()
        if latest is None or latest.since is None or first > latest.since or self.days is None:
            return None
        return Period(first, first + timedelta(days=self.days))

    def bounds(self) -> dict[str, datetime]:
        """Return `since` and `until` as a warehouse compares them: UTC without a zone."""
        first, after = self.since or FIRST_DAY, self.until or LAST_DAY
        return {
            "since": datetime.combine(first, time.min),
            "until": datetime.combine(after, time.min),
        }


ALL_TIME = Period()


def last_weeks(weeks: int, through: datetime) -> Period:
    """Return the last so many complete ISO weeks.

    Args:
        weeks: at least 1.
        through: until when figures are known; UTC if it has no zone.
    """
    day = (through.astimezone(UTC) if through.tzinfo else through).date()
    monday = day - timedelta(days=day.weekday())
    return Period(monday - timedelta(days=DAYS_IN_WEEK * weeks), monday)
