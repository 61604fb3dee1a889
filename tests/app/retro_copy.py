"""A published serving copy with a few weeks of figures, in the columns of the retro models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from opsloop.store import Store
from opsloop.warehouse.serving import Published, replace_serving
from tests.app import quality_copy, retro_facts, work_copy

DIMENSIONS = (("total", "all"), ("team", "shipping"), ("monitor", "mon_late_orders"))
MEASURES = ("acknowledge", "resolve", "final_resolve", "resolve_by_people")
WEEKS = (date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2))
HOUR = 3600.0


def publish(
    serving_dir: Path,
    store: Store,
    *,
    published_at: datetime,
    store_id: str | None = None,
    proposals: Sequence[dict[str, Any]] = (),
) -> None:
    """Publish figures of `store`; another `store_id` makes them those of another store.

    Args:
        proposals: in place of the two for late orders.
    """
    identity = store.identity()
    published = Published(
        store_id=store_id or identity[0],
        lineage=identity[1],
        seq=store.last_seq(),
        published_at=published_at.replace(tzinfo=None),
        data_through=datetime(2026, 3, 5, 12, 30),  # noqa: DTZ001, as the warehouse has it
    )
    found = tables()
    if proposals:
        found["rpt_proposals"] = pa.Table.from_pylist(list(proposals))
    replace_serving(serving_dir, published, found.items())


def tables() -> dict[str, pa.Table]:
    """Return the retro models' rows; in the last week no 85th percentile is reached."""
    return (
        work_copy.tables(DIMENSIONS, WEEKS, _week)
        | quality_copy.tables(DIMENSIONS, WEEKS, _week)
        | retro_facts.tables()
        | {
            "dim_parts": pa.Table.from_pylist([_of(*one) | {"incidents": 7} for one in DIMENSIONS]),
            "rpt_flow_weekly": pa.Table.from_pylist(
                [_week(week) | _flow(*one) for week in WEEKS for one in DIMENSIONS]
            ),
            "rpt_flow_daily": pa.Table.from_pylist(
                [
                    {"day": WEEKS[0] + timedelta(days=day)} | _flow(*one)
                    for day in range(17)
                    for one in DIMENSIONS
                ]
            ),
            "rpt_turnaround_weekly": pa.Table.from_pylist(
                [
                    _week(week) | _turnaround(*one, measure, is_last=week == WEEKS[-1])
                    for week in WEEKS
                    for one in DIMENSIONS
                    for measure in MEASURES
                ]
            ),
            "rpt_escalations_weekly": pa.Table.from_pylist(
                [
                    _week(week) | _escalations(*one, is_last=week == WEEKS[-1])
                    for week in WEEKS
                    for one in DIMENSIONS
                ]
            ),
            "rpt_service_levels_weekly": pa.Table.from_pylist(
                [
                    _week(week) | _service_levels(*one, is_last=week == WEEKS[-1])
                    for week in WEEKS
                    for one in DIMENSIONS
                ]
            ),
            "rpt_open_work": pa.Table.from_pylist(
                [_open_work(number, hours) for number, hours in ((7, 1), (3, 30), (5, 60))]
            ),
            "rpt_monitor_quality": pa.Table.from_pylist([_streaks("mon_late_orders")]),
        }
    )


def _week(start: date) -> dict[str, Any]:
    year, week, _ = start.isocalendar()
    return {
        "week_start": start,
        "iso_week": f"{year}-W{week:02}",
        "is_complete": start != WEEKS[-1],
    }


def _of(dimension: str, value: str) -> dict[str, Any]:
    return {"dimension": dimension, "dimension_value": value}


def _flow(dimension: str, value: str) -> dict[str, Any]:
    return _of(dimension, value) | {
        "backlog_start": 8,
        "opened": 12,
        "reopened": 1,
        "moved_in": 0,
        "resolved": 11,
        "merged": 0,
        "moved_out": 0,
        "backlog_end": 10,
        "self_resolved": 2,
    }


def _quantiles(prefix: str, is_last: bool) -> dict[str, Any]:
    return {
        f"{prefix}median_seconds": 2 * HOUR,
        "is_median_reached": True,
        f"{prefix}p85_seconds": None if is_last else 9 * HOUR,
        "is_p85_reached": not is_last,
        "longest_seconds": 52 * HOUR,
    }


def _turnaround(dimension: str, value: str, measure: str, is_last: bool) -> dict[str, Any]:
    return (
        _of(dimension, value)
        | {"measure": measure, "incidents": 12, "finished": 10, "running": 2, "ended_otherwise": 0}
        | _quantiles("", is_last)
        | {"p95_seconds": None, "is_p95_reached": False, "finished_share": 0.8}
    )


def _escalations(dimension: str, value: str, is_last: bool) -> dict[str, Any]:
    return (
        _of(dimension, value)
        | {
            "escalations": 2,
            "answered": 1,
            "unanswered": 1,
            "escalated_incidents": 2,
            "incidents_opened": 12,
            "opened_escalated": 2,
            "escalated_share": 2 / 12,
        }
        | _quantiles("answer_", is_last)
    )


def _service_levels(dimension: str, value: str, is_last: bool) -> dict[str, Any]:
    met, missed = (0, 0) if is_last else (7, 2)
    return _of(dimension, value) | {
        "target": "resolve",
        "clocks": 12,
        "met": met,
        "missed": missed,
        "missed_and_open": missed // 2,
        "running": 12 - met - missed,
        "void": 0,
        "unknown": 0,
        "missed_by_queue": missed,
        "missed_by_hand_over": 0,
        "missed_by_waiting": 0,
        "missed_by_work": 0,
        "median_missed_by_seconds": None if is_last else 0.5 * HOUR,
        "met_share": None if is_last else 7 / 9,
        "met_share_low": None if is_last else 0.45,
        "met_share_high": None if is_last else 0.94,
    }


def _open_work(number: int, hours: int) -> dict[str, Any]:
    return {
        "incident_id": number,
        "monitor_id": "mon_late_orders",
        "team": "shipping",
        "priority": "P2",
        "state": "waiting" if number == 5 else "new",
        "opened_at": datetime(2026, 3, 5, 12, 30) - timedelta(hours=hours),  # noqa: DTZ001
        "age_seconds": hours * HOUR,
        "seconds_in_state": HOUR,
        "median_seconds": 2 * HOUR,
        "p85_seconds": 40 * HOUR,
        "p95_seconds": None,
        "finished": 30,
        "age_band": "young" if hours < 2 else "beyond_median" if hours < 40 else "beyond_p85",
    }


def _streaks(monitor: str) -> dict[str, Any]:
    return {
        "monitor_id": monitor,
        "longest_false_streak": 0,
        "present_false_streak": 0,
        "last_confirmed_at": None,
    }
