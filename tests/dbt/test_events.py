"""Weekly events over a random log, recomputed by a plain second implementation."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from . import figures_settings, retro_reference
from .retro_build import KNOWN_BEFORE, Retro
from .retro_log import AS_OF

Key = tuple[date, str, str]  # week, dimension, value


def begun(retro: Retro) -> Counter[Key]:
    """Count the events that live here by the week in which they began."""
    by_event: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in retro.events:
        if row["recorded_at"] < KNOWN_BEFORE:
            by_event[row["event_id"]].append(row)
    found: Counter[Key] = Counter()
    for rows in by_event.values():
        history = retro.histories.get(rows[-1]["incident_id"])  # None: its import was replaced
        if history is not None and history.incident.source is None:
            week = retro_reference.week_of(rows[0]["started_at"])
            parts = retro_reference.dimensions(history.steps[-1].team, history)
            found.update((week, *part) for part in parts)
    return found


def looked() -> dict[date, set[str]]:
    """Return the monitors with a complete run by week."""
    found: dict[date, set[str]] = defaultdict(set)
    for run in figures_settings.runs():
        if run["status"] in ("ok", "held") and run["as_of"] <= AS_OF:
            found[retro_reference.week_of(run["as_of"])].add(run["monitor_id"])
    return found


def test_weekly_events(retro: Retro) -> None:
    expected, monitors = begun(retro), looked()
    assert expected
    for row in retro.table("rpt_events_weekly"):
        assert row["dimension"] != "source"
        key = (row["week_start"], row["dimension"], row["dimension_value"])
        of_week = monitors.get(row["week_start"], set())
        ran = of_week & {row["dimension_value"]} if row["dimension"] == "monitor" else of_week
        assert row["monitors_run"] == len(ran), row
        events = expected.pop(key, None)
        assert row["events"] == (events or 0 if ran or events else None), row
        assert row["held_back"] == (None if row["events"] is None else 0)
    assert not expected
