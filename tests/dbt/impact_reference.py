"""Impact once more: slow, plain Python over the logs that shares nothing with the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from . import quality_reference as quality
from . import retro_reference as reference
from .retro_log import Row
from .retro_reference import History, seconds

NO_RECOVERY = ("cleared_by_itself", "rule_changed", "false_alarm", "duplicate", "accepted")
LEAST_WATCHED = 10
Watched = tuple[float, bool]  # seconds without an act, and whether it then cleared by itself


@dataclass(frozen=True)
class Impact:
    """What was at stake in an incident, and what was recovered of it."""

    history: History
    ended_at: datetime | None
    at_stake: float
    left: float | None
    gross: float | None
    cleared_share: float | None
    net: float | None


def watched(history: History) -> Watched:
    """Return how long an incident stood untouched, and whether it cleared by itself then."""
    acted = history.incident.acknowledged_at
    first = history.first_resolve
    is_clear = first is not None and first.row.get("resolution_code") == "cleared_by_itself"
    if first and is_clear and (acted is None or acted > first.at):
        return seconds(history.opened_at, first.at) or 0.0, True
    closed = [step.at for step in history.steps if step.state == "closed"]
    end = first.at if first else None
    if end is None and history.steps[-1].state == "closed":
        end = closed[-1]
    until = acted or end or history.known_until
    return max(0.0, seconds(history.opened_at, until) or 0.0), False


def cleared_share(sample: Sequence[Watched], within: float) -> float:
    """Return the share that clears by itself within so many seconds, by Kaplan–Meier."""
    staying = Fraction(1)
    for moment in sorted({took for took, _ in sample if took <= within}):
        at_risk = sum(took >= moment for took, _ in sample)
        cleared = sum(is_clear for took, is_clear in sample if took == moment)
        staying *= 1 - Fraction(cleared, at_risk)
    return float(1 - staying)


def values(history: History, events: Iterable[Row]) -> tuple[float, float | None]:
    """Return the value at opening, and what is left of it by the last look."""
    by_event = defaultdict(list)
    for event in events:
        by_event[event["event_id"]].append(event)
    batch = history.rows[0]["batch_id"]
    opening = [
        rows
        for rows in by_event.values()
        if any(row["batch_id"] == batch for row in rows) and rows[0]["impact"] is not None
    ]
    if opening:
        left = sum(rows[-1]["impact"] if rows[-1]["firing"] else 0.0 for rows in opening)
        return sum(rows[0]["impact"] for rows in opening), left
    looks = [
        row["action"]
        for row in history.rows
        if row["action"] in ("all_clear", "attached", "reopened")
    ]
    if looks and looks[-1] == "all_clear":
        return history.rows[0]["impact"], 0.0
    until = history.ends[-1].row["version"] if history.ends else 0
    before_end = [r["impact"] for r in history.rows if "impact" in r and r["version"] <= until]
    return history.rows[0]["impact"], before_end[-1] if before_end else None


def impacts(
    histories: Mapping[int, History],
    events: Iterable[Row],
) -> dict[int, Impact]:
    """Return the impact of every incident."""
    own_events = reference.grouped(events, lambda event: [(event["incident_id"],)])
    samples = defaultdict(list)
    for history in histories.values():
        samples[_group(history)].append(watched(history))
    return {
        number: _impact(history, own_events.get((number,), []), samples[_group(history)])
        for number, history in histories.items()
    }


def _group(history: History) -> tuple[str | None, str | None]:
    return history.incident.monitor_id, history.incident.source


def _impact(history: History, events: Iterable[Row], sample: Sequence[Watched]) -> Impact:
    end = quality.ended(history)
    at_stake, left = values(history, events)
    if end is None:
        return Impact(history, None, at_stake, None, None, None, None)
    acted = history.incident.acknowledged_at
    if acted is None or acted > end.at or end.code in NO_RECOVERY or left is None:
        return Impact(history, end.at, at_stake, left, None, None, None)
    gross = at_stake - left
    if history.incident.monitor_id is None or len(sample) < LEAST_WATCHED:
        return Impact(history, end.at, at_stake, left, gross, None, None)
    share = cleared_share(sample, seconds(history.opened_at, end.at) or 0.0)
    return Impact(history, end.at, at_stake, left, gross, share, gross * (1 - share))


def weekly(found: Iterable[Impact]) -> dict[tuple[date, str, str, str], dict[str, float]]:
    """Return what rpt_impact_weekly should say, by week, dimension, value and unit."""
    table: dict[tuple[date, str, str, str], dict[str, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for impact in found:
        unit = impact.history.rows[0]["impact_unit"] or "(none)"
        for part in quality.parts(impact.history):
            row = table[reference.week_of(impact.history.opened_at), *part, unit]
            row["incidents"] += 1
            row["at_stake"] += impact.at_stake
            if impact.ended_at and impact.gross is not None:
                row = table[reference.week_of(impact.ended_at), *part, unit]
                row["recoveries"] += 1
                row["recovered_gross"] += impact.gross
                if impact.net is not None and unit != "(none)":
                    row["recoveries_with_net"] += 1
                    row["gross_with_net"] += impact.gross
                    row["recovered_net"] += impact.net
    return table


def population(
    runs: Iterable[Row], histories: Iterable[History], as_of: datetime
) -> dict[tuple[date, str], dict[str, Any]]:
    """Return what rpt_population_weekly should say, by week and monitor."""
    found = {}
    opened = reference.grouped(
        (history for history in histories if history.incident.source is None),
        lambda history: [(reference.week_of(history.opened_at), history.incident.monitor_id)],
    )
    known = [run for run in runs if run["as_of"] <= as_of]
    by_week = reference.grouped(
        known, lambda run: [(reference.week_of(run["as_of"]), run["monitor_id"])]
    )
    for key, own in by_week.items():
        sizes = [run["population"] for run in own if run["status"] == "ok"]
        sizes = [size for size in sizes if size is not None]
        mean = sum(sizes) / len(sizes) if sizes else None
        events = sum(run["appeared"] for run in own if run["status"] in ("ok", "held"))
        found[key] = {
            "runs": len(own),
            "failed_runs": sum(run["status"] == "error" for run in own),
            "population": mean,
            "events": events,
            "incidents": len(opened.get(key, ())),
            "events_per_1000": 1000 * events / mean if mean else None,
        }
    return found
