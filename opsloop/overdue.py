"""Monitors that should have run by now, and have not. Pure: `now` is given.

A parse error or a kill leaves no row in `monitor_runs`, so only the rows that are missing tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Protocol

LOOK_BACK = 20  # runs, to learn how far apart they usually are
AT_LEAST = timedelta(days=1)
PATIENCE = 3  # usual gaps


class Ran(Protocol):
    """What of a run matters here."""

    @property
    def as_of(self) -> datetime:
        """The moment that the run was for."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A monitor without a run for too long; `last_at` is None if it never ran."""

    monitor_id: str
    last_at: datetime | None
    limit: timedelta


def overdue_monitors(
    monitor_ids: Sequence[str], runs: Mapping[str, Sequence[Ran]], now: datetime
) -> list[Overdue]:
    """Return the monitors whose last run is longer ago than it may be, of any outcome.

    The limit is a day, or three times the usual gap between the project's runs if that is longer.
    """
    limit = _limit(runs)
    found = []
    for monitor_id in monitor_ids:
        history = runs.get(monitor_id, ())
        last_at = max((run.as_of for run in history), default=None)
        if last_at is None or now - last_at > limit:
            found.append(Overdue(monitor_id, last_at, limit))
    return found


def _limit(runs: Mapping[str, Sequence[Ran]]) -> timedelta:
    moments = sorted({run.as_of for history in runs.values() for run in history})[-LOOK_BACK:]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    return max(AT_LEAST, PATIENCE * timedelta(seconds=median(gaps))) if gaps else AT_LEAST
