"""A series of weekly figures: ISO weeks by their Monday, unknown weeks told apart from zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(weeks=1)


def monday_of(day: date) -> date:
    """Return the Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def name_of(monday: date) -> str:
    """Return the name of a week, like 2026-W07."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


@dataclass(frozen=True)
class Weeks:
    """One figure for each ISO week, from a first week on without gaps.

    Attributes:
        first: the first week's Monday.
        values: one figure per week, in any unit of at least zero; None (or no finite number) where
            the figure is unknown. A week in which nothing happened is 0.

    Raises:
        ValueError: `first` is not a Monday, or a figure is negative.
    """

    first: date
    values: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if self.first.weekday() != 0:
            raise ValueError(f"{self.first} is not a Monday")
        known = [None if v is None or not math.isfinite(v) else float(v) for v in self.values]
        if any(value is not None and value < 0 for value in known):
            raise ValueError("weekly figures are at least zero")
        object.__setattr__(self, "values", tuple(known))

    @classmethod
    def of(cls, first: date, values: Iterable[float | None]) -> Weeks:
        """Return the weeks from `first` (a Monday) on."""
        return cls(first, tuple(values))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, monday: date) -> float | None:
        """Return the figure of a week by its Monday; None outside the series."""
        index = (monday - self.first).days // 7
        return self.values[index] if 0 <= index < len(self.values) else None

    def items(self) -> Iterator[tuple[date, float | None]]:
        """Yield each week's Monday and figure."""
        for index, value in enumerate(self.values):
            yield self.first + index * WEEK, value

    def complete(self, through: date) -> Weeks:
        """Return the weeks that were over at the end of a day; what follows is left out."""
        count = ((through - self.first).days + 1) // 7
        return Weeks(self.first, self.values[: max(count, 0)])


def mondays(first: date, count: int) -> list[date]:
    """Return the Mondays of `count` weeks from `first` on."""
    return [first + index * WEEK for index in range(count)]
