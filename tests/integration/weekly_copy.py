"""A published serving copy with weekly series of one's own making, and the runs of monitors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from opsloop.store import Store
from opsloop.warehouse.serving import Published, ServingCopy, open_serving, replace_serving

FIRST_WEEK = date(2025, 1, 6)
LATE = ("monitor", "mon_late_orders")

Figures = Sequence[float | None]
Run = tuple[str, datetime, str]  # a monitor, as of when, the checksum of its rule


def calm(weeks: int, level: int = 40) -> list[float | None]:
    """Return weeks of about `level`, which differ as counts do and remember nothing."""
    wiggle = (0, 5, -4, 7, -6, 2, -1, 8, -7, 3, -3, 6, -5, 1, 4, -8, -2)
    return [float(level + wiggle[week * 5 % len(wiggle)]) for week in range(weeks)]


def publish(
    serving_dir: Path,
    store: Store,
    *,
    events: Mapping[tuple[str, str], Figures],
    runs: Sequence[Run] = (),
    resolve: Figures = (),
    running: Mapping[int, int] | None = None,
    runless: Collection[str] = (),
    incidents: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    at: datetime = datetime(2026, 6, 1),  # noqa: DTZ001, as the warehouse has it
) -> ServingCopy:
    """Publish weekly events of parts of the work, and one week more that is not over.

    Args:
        events: by dimension and value, from `FIRST_WEEK` on; None = nobody looked. Arrivals are
            the same figures, and 0 where nobody looked.
        resolve: weekly medians in seconds of `LATE`.
        running: how many incidents are still open, by the number of the week that opened them.
        runless: monitors that stand in no run, as the monitors' own health does.
        incidents: rows of fct_incidents.
        extra: rows of other tables.
    """
    held = [
        {"incident_id": number} | dict(one)
        for number, one in enumerate(incidents or [incident("mon_late_orders")], start=1)
    ]
    tables = {
        "dim_parts": [_of(*part) | {"incidents": 40} for part in events],
        "rpt_flow_weekly": [
            row | {"opened": figure or 0, "reopened": 0, "moved_in": 0}
            for row, figure in _weeks(events)
        ],
        "rpt_events_weekly": [
            row
            | {"events": figure, "monitors_run": int(figure is not None)}
            | ({"monitors_run": 0} if row["dimension_value"] in runless else {})
            for row, figure in _weeks(events)
        ],
        "rpt_turnaround_weekly": [
            row
            | {"measure": "resolve", "median_seconds": figure}
            | {"running": (running or {}).get(week, 0)}
            for week, (row, figure) in enumerate(_weeks({LATE: resolve}))
        ],
        "fct_incidents": held,
        "fct_incident_transitions": [
            {"incident_id": one["incident_id"], "to_team": one["team"]} for one in held
        ],
        **(extra or {}),
    }
    if runs:
        tables["monitor_runs"] = [
            {
                "monitor_id": monitor,
                "run_number": number,
                "as_of": as_of.replace(tzinfo=None),
                "status": "ok",
                "checksum": checksum,
            }
            for number, (monitor, as_of, checksum) in enumerate(runs, start=1)
        ]
    store_id, lineage = store.identity()
    published = Published(store_id, lineage, store.last_seq(), at, at)
    found = {
        name: pa.Table.from_pylist([dict(row) for row in rows]) for name, rows in tables.items()
    }
    replace_serving(serving_dir, published, found.items())
    copy = open_serving(serving_dir)
    assert copy is not None
    return copy


def incident(
    monitor: str | None, team: str | None = None, evidence: str | None = None
) -> dict[str, Any]:
    """Return an open incident; its type is `late`, whoever found it, and its entity an order."""
    return {
        "monitor_id": monitor,
        "team": team,
        "type": "late",
        "entity_type": "order",
        "evidence": evidence,
        "source": None,
        "opened_at": datetime(2025, 1, 7),  # noqa: DTZ001
        "first_resolution_code": None,
        "seconds_to_resolve": None,
    }


def resolved(monitor: str, week: int, code: str, seconds: float) -> dict[str, Any]:
    """Return an incident that was opened in a week and resolved so after so long."""
    opened_at = datetime(2025, 1, 7) + timedelta(weeks=week)  # noqa: DTZ001
    return incident(monitor, "shipping") | {
        "opened_at": opened_at,
        "first_resolution_code": code,
        "seconds_to_resolve": seconds,
    }


def _weeks(
    series: Mapping[tuple[str, str], Figures],
) -> list[tuple[dict[str, Any], float | None]]:
    found = []
    for part, figures in series.items():
        for number, figure in enumerate([*figures, 1.0]):
            week = {
                "week_start": FIRST_WEEK + timedelta(weeks=number),
                "is_complete": number < len(figures),
            }
            found.append((_of(*part) | week, figure))
    return found


def _of(dimension: str, value: str) -> dict[str, Any]:
    return {"dimension": dimension, "dimension_value": value}
