"""The process and the work in a published copy, in the columns of the retro models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

Row = dict[str, Any]

HOUR = 3600.0


def tables(
    dimensions: Sequence[tuple[str, str]], weeks: Sequence[date], week: Callable[[date], Row]
) -> dict[str, pa.Table]:
    """Return the rows for these dimensions' values and weeks."""
    of = [{"dimension": name, "dimension_value": value} for name, value in dimensions]
    types = [{"dimension": "type", "dimension_value": value} for value in ("late", "lost")]
    return {
        "rpt_work": pa.Table.from_pylist(
            [one | _work(place) for place, one in enumerate([*of, *types], start=1)]
        ),
        "rpt_work_weekly": pa.Table.from_pylist(
            [
                week(monday) | one | _week(is_last=monday == weeks[-1])
                for monday in weeks
                for one in of
            ]
        ),
    }


def _work(place: int) -> Row:
    is_lost = place == 5
    return {
        "place": place,
        "incidents": 10,
        "recorded_incidents": 0 if is_lost else 6,
        "recorded_share": 0.0 if is_lost else 0.6,
        "recorded_minutes": None if is_lost else 120.0,
        "minutes_share": None if is_lost else 1.0,
        "minutes_share_so_far": 1.0,
        "median_minutes": None if is_lost else 20.0,
        "active_seconds": 9 * HOUR,
        "currency": "EUR",
        "costed_incidents": 0 if is_lost else 6,
        "recorded_cost": None if is_lost else 120.0,
        "estimated_incidents": 0 if is_lost else 10,
        "estimated_minutes": None if is_lost else 200.0,
        "estimated_cost_incidents": 0 if is_lost else 10,
        "estimated_cost": None if is_lost else 200.0,
    }


def _week(is_last: bool) -> Row:
    return {
        "entries": 0 if is_last else 3,
        "worked_incidents": 0 if is_last else 3,
        "minutes": None if is_last else 60.0,
        "minutes_without_rate": None if is_last else 0.0,
        "cost": None if is_last else 60.0,
        "ended_incidents": 5,
        "recorded_incidents": 0 if is_last else 3,
        "recorded_share": 0.0 if is_last else 0.6,
        "open_at_end": 10,
    }
