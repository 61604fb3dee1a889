"""What the tests of improvements share: sixty weeks of figures before a start, and what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsloop.improvements import Improvement, Part
from opsloop.service import Service
from opsloop.warehouse.serving import ServingCopy
from tests.integration.event_tables import ADA
from tests.integration.weekly_copy import FIRST_WEEK, LATE, Figures, calm, publish

WEEKS_BEFORE = 60
START = FIRST_WEEK + timedelta(weeks=WEEKS_BEFORE)
NOW = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
PART = Part(*LATE)

PROPOSAL = {
    "proposal_key": "automate:mon_late_orders:fixed",
    "kind": "automate",
    "dimension": "monitor",
    "dimension_value": "mon_late_orders",
    "title": "Automate the answer to late orders",
    "reason": "19 of 20 were resolved as fixed.",
    "stake_minutes": 120.0,
    "recorded_share": 0.5,
    "stake_incidents": 20.0,
    "rank": 1,
    "metric": "minutes",
    "target_change": -0.5,
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, weeks: int) -> datetime:
        """Return the moment so many weeks after the start, and go there."""
        self.now = NOW + timedelta(weeks=weeks)
        return self.now


def registered(service: Service, **more: Any) -> Improvement:
    """Register and start an improvement of the late orders' events."""
    given: dict[str, Any] = {
        "title": "Ask the carrier earlier",
        "hypothesis": "They answer by noon.",
        "part": PART,
        "metric": "events",
        "team": "shipping",
        "start_day": START,
    }
    one = service.open_improvement(ADA, **{**given, **more})
    return service.start_improvement(one.improvement_id, ADA)


def fallen(weeks_after: int, level: int) -> Figures:
    """Return calm weeks of about 40, and then some of about `level`."""
    return [*calm(WEEKS_BEFORE), *calm(weeks_after, level)]


def published(
    service: Service, clock: Clock, tmp_path: Path, figures: Figures, **more: Any
) -> ServingCopy:
    """Publish weekly events of the late orders up to as many weeks as there are figures."""
    at = clock.later(len(figures) - WEEKS_BEFORE).replace(tzinfo=None)
    return publish(tmp_path, service.store, events={LATE: figures}, at=at, **more)
