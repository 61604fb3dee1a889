"""Outcomes, load, entities, impact and proposals in a published copy, in the models' columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

Row = dict[str, Any]
WEEKLY = {
    "opened": 12,
    "reopened": 1,
    "reassignments": 2,
    "ended": 11,
    "confirmed": 6,
    "false_alarms": 2,
    "self_resolved": 2,
    "accepted": 1,
    "duplicates": 0,
    "ping_pongs": 0,
    "again_within_14_days": 3,
}


def tables(
    dimensions: Sequence[tuple[str, str]], weeks: Sequence[date], week: Callable[[date], Row]
) -> dict[str, pa.Table]:
    """Return the rows for these dimensions' values and weeks."""
    of = [{"dimension": name, "dimension_value": value} for name, value in dimensions]
    every = [week(monday) | one for monday in weeks for one in of]
    return {
        "rpt_events_weekly": pa.Table.from_pylist(
            [row | {"events": 20, "monitors_run": 1} for row in every]
        ),
        "rpt_quality_weekly": pa.Table.from_pylist([row | WEEKLY for row in every]),
        "rpt_load_weekly": pa.Table.from_pylist(
            [week(monday) | one for monday in weeks for one in (_load(), _small_teams())]
        ),
        "fct_impact": pa.Table.from_pylist([_impact(number) for number in (2, 3, 6)]),
        "rpt_proposals": pa.Table.from_pylist([proposal(1), proposal(2)]),
    }


def _load() -> Row:
    return {
        "team": "shipping",
        "people": 5,
        "arrivals": 13,
        "completions": 11,
        "open_at_end": 10,
        "capacity_minutes": 2400.0,
        "ended_incidents": 5,
        "recorded_incidents": 3,
        "minutes": 600.0,
        "detect_minutes": None,
        "resolve_minutes": 600.0,
        "improve_minutes": None,
        "acts": 20,
        "acts_outside": 4,
        "opened": 12,
        "opened_outside": None,
    }


def _small_teams() -> Row:
    """Return what teams under five did, as one: their items stand in rows of their own."""
    items = ("arrivals", "completions", "open_at_end", "opened", "opened_outside")
    return _load() | {"team": "(small teams)", **dict.fromkeys(items)}


def _impact(number: int) -> Row:
    is_over = number != 6
    return {
        "incident_id": number,
        "opened_at": datetime(2026, 2, 15 + number, 9),  # noqa: DTZ001
        "ended_at": datetime(2026, 2, 15 + number, 15) if is_over else None,  # noqa: DTZ001
        "impact_unit": "euro",
        "at_stake": 1000.0,
        "is_recovery": is_over,
        "recovered_gross": 800.0 if is_over else None,
        "recovered_net": 560.0 if number == 2 else None,
    }


def proposal(rank: int, monitor: str = "mon_late_orders") -> Row:
    """Return a proposal to tune a monitor."""
    return {
        "proposal_key": f"tune:{monitor}:{rank}",
        "kind": "tune",
        "dimension": "monitor",
        "dimension_value": monitor,
        "title": f"Tune {monitor} {rank}",
        "reason": "Of 20 reviewed, 3 were real.",
        "stake_minutes": 125.4,
        "recorded_share": 0.6,
        "stake_incidents": None,
        "rank": rank,
        "metric": "arrivals",
        "target_change": -0.5,
    }
