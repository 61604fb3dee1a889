"""The process and the work in a published copy, in the columns of the retro models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

Row = dict[str, Any]

MINUTE, HOUR = 60.0, 3600.0
EDGES = (
    ("start", "opened", 40, None, False),
    ("opened", "taken", 36, 10 * MINUTE, True),
    ("taken", "resolved", 30, 2 * HOUR, True),
    ("taken", "escalated", 6, 5 * HOUR, True),
    ("escalated", "resolved", 6, 9 * HOUR, True),
    ("resolved", "reopened", 2, 48 * HOUR, False),
    ("reopened", "resolved", 2, HOUR, True),
    ("resolved", "end", 36, None, False),
    ("opened", "still_open", 4, 30 * HOUR, True),
)


def tables(
    dimensions: Sequence[tuple[str, str]], weeks: Sequence[date], week: Callable[[date], Row]
) -> dict[str, pa.Table]:
    """Return the rows for these dimensions' values and weeks."""
    of = [{"dimension": name, "dimension_value": value} for name, value in dimensions]
    types = [{"dimension": "type", "dimension_value": value} for value in ("late", "lost")]
    return {
        "rpt_process_edges": pa.Table.from_pylist([one | row for one in of for row in _edges()]),
        "rpt_process_activities": pa.Table.from_pylist(
            [one | {"activity": "resolved", "times": 38, "incidents": 36} for one in of]
        ),
        "rpt_process_variants": pa.Table.from_pylist(
            [one | row for one in of for row in _variants()]
        ),
        "rpt_process_rework": pa.Table.from_pylist([one | row for one in of for row in _rework()]),
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


def _edges() -> Iterator[Row]:
    for one, other, steps, median, is_while_open in EDGES:
        yield {
            "from_activity": one,
            "to_activity": other,
            "steps": steps,
            "incidents": steps,
            "median_seconds": median,
            "total_seconds": median and median * steps,
            "is_while_open": is_while_open,
        }


def _variants() -> Iterator[Row]:
    for place, path in enumerate(("opened > taken > resolved", None), start=1):
        yield {
            "place": place,
            "path_id": path and "a",
            "path": path,
            "activities_count": 3 if path else None,
            "is_ended": bool(path) or None,
            "variants": 1 if path else 5,
            "incidents": 30 if path else 10,
            "incidents_share": 0.75 if path else 0.25,
            "median_seconds": 2 * HOUR if path else None,
            "total_seconds": 80 * HOUR,
        }


def _rework() -> Iterator[Row]:
    for kind, via in (("repeated", None), ("returned", "reopened")):
        yield {
            "kind": kind,
            "activity": "resolved",
            "via_activity": via,
            "times": 2,
            "incidents": 2,
            "incidents_share": 0.05,
            "median_seconds": 49 * HOUR,
            "total_seconds": 98 * HOUR,
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
