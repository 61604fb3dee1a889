"""Work and cost once more: slow, plain Python over the log, sharing nothing with the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from .retro_log import Row
from .retro_reference import History, dimensions, seconds

# team, from, to, per hour: as opsloop mirrors `rates:`
RATES: tuple[tuple[str | None, datetime | None, datetime | None, float], ...] = (
    ("desk", None, datetime(2024, 2, 5), 48.0),  # noqa: DTZ001, as the warehouse has it
    ("desk", datetime(2024, 2, 5), None, 60.0),  # noqa: DTZ001
    ("night", datetime(2024, 2, 15), None, 90.0),  # noqa: DTZ001
    (None, None, None, 30.0),
)


@dataclass(frozen=True)
class Entry:
    """A work entry as it counts."""

    work_id: str
    incident_id: int
    worked_at: datetime
    team: str
    minutes: float
    cost: float | None


@dataclass(frozen=True)
class Work:
    """What is known and guessed of an incident's work."""

    history: History
    entries: list[Entry]
    minutes: float | None
    active_seconds: float
    cost: float | None
    estimated_minutes: float | None
    estimated_cost: float | None

    @property
    def ended_at(self) -> datetime | None:
        """When it last ended, if it is over."""
        if self.history.steps[-1].is_open:
            return None
        final = self.history.final_resolve
        closed = [step for step in self.history.steps if step.state == "closed"]
        return final.at if final else closed[-1].at

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """What an incident's figures are counted under."""
        return dimensions(self.history.steps[-1].team, self.history)


def rate_rows() -> list[Row]:
    """Return the rates as the warehouse has them."""
    names = ("team", "valid_from", "valid_to", "per_hour")
    return [{**dict(zip(names, row, strict=True)), "currency": "EUR"} for row in RATES]


def rate(team: str, moment: datetime) -> float | None:
    """Return what an hour of a team cost then; None = unknown."""
    own = [row for row in RATES if row[0] == team] or [row for row in RATES if row[0] is None]
    for _, since, until, per_hour in own:
        if (since is None or since <= moment) and (until is None or moment < until):
            return per_hour
    return None


def entries(history: History) -> list[Entry]:
    """Return an incident's work entries after their corrections."""
    found = []
    for row in history.rows:
        if row["action"] == "worked":
            minutes = _corrected(history.rows, row)
            team = history.owner_when(row["version"]).team
            hour = None if history.incident.source else rate(team, row["effective_at"])
            cost = None if hour is None else minutes / 60 * hour
            number = history.incident.incident_id
            found.append(Entry(row["log_id"], number, row["effective_at"], team, minutes, cost))
    return found


def _corrected(rows: Iterable[Row], worked: Row) -> float:
    minutes = worked["minutes"]
    for row in rows:
        if row.get("corrects_log_id") == worked["log_id"]:
            minutes = row["minutes"]
    return float(minutes)


def works(histories: Mapping[int, History]) -> dict[int, Work]:
    """Return every incident's work, the unrecorded one guessed from its monitor's median."""
    known = {number: entries(history) for number, history in histories.items()}
    touched = {number: sum(one.minutes for one in own) or None for number, own in known.items()}
    usual = defaultdict(list)
    for number, minutes in touched.items():
        if minutes is not None:
            usual[_kind(histories[number])].append(minutes)
    return {
        number: _work(history, known[number], touched[number], usual[_kind(history)])
        for number, history in histories.items()
    }


def _kind(history: History) -> tuple[str | None, str | None]:
    """Return whose median stands for what is not recorded."""
    return history.incident.monitor_id, history.incident.source


def _work(
    history: History,
    own: list[Entry],
    minutes: float | None,
    usual: list[float],
) -> Work:
    costs = [one.cost for one in own if one.minutes]
    is_known = minutes is not None and None not in costs
    cost = sum(one or 0.0 for one in costs) if is_known else None
    guessed = minutes if minutes is not None else (median(usual) if usual else None)
    is_ours = history.incident.source is None
    hour = rate(history.steps[-1].team, history.opened_at) if is_ours else None
    estimated = cost
    if minutes is None and guessed is not None and hour is not None:
        estimated = guessed / 60 * hour
    ends = [step.at for step in history.steps[1:]] + [
        max(history.known_until, history.steps[-1].at)
    ]
    active = sum(
        seconds(step.at, end) or 0.0
        for step, end in zip(history.steps, ends, strict=True)
        if step.state == "active"
    )
    return Work(history, own, minutes, active, cost, guessed, estimated)


def totals(chosen: Iterable[Work]) -> dict[str, Any]:
    """Return what rpt_work should say of some incidents."""
    known = list(chosen)

    def summed(name: str) -> tuple[int, float | None]:
        values = [value for one in known if (value := getattr(one, name)) is not None]
        return len(values), sum(values) if values else None

    minutes, cost = summed("minutes"), summed("cost")
    guessed, guessed_cost = summed("estimated_minutes"), summed("estimated_cost")
    recorded = [one.minutes for one in known if one.minutes is not None]
    return {
        "incidents": len(known),
        "recorded_incidents": minutes[0],
        "recorded_share": minutes[0] / len(known),
        "recorded_minutes": minutes[1],
        "median_minutes": float(median(recorded)) if recorded else None,
        "active_seconds": sum(one.active_seconds for one in known),
        "costed_incidents": cost[0],
        "recorded_cost": cost[1],
        "estimated_incidents": guessed[0],
        "estimated_minutes": guessed[1],
        "estimated_cost_incidents": guessed_cost[0],
        "estimated_cost": guessed_cost[1],
    }


def weekly(works: Iterable[Work], week_of: Any) -> dict[tuple[date, str, str], Row]:
    """Return what rpt_work_weekly should say, by week and dimension; only where something was."""
    table: dict[tuple[date, str, str], Row] = defaultdict(lambda: defaultdict(float))
    for work in works:
        for entry in work.entries:
            if entry.minutes:
                for dimension in dimensions(entry.team, work.history):
                    row = table[week_of(entry.worked_at), *dimension]
                    row["entries"] += 1
                    row["minutes"] += entry.minutes
                    row["minutes_without_rate"] += entry.minutes if entry.cost is None else 0
                    row["cost"] += entry.cost or 0
                    row["known_costs"] += entry.cost is not None
                    row.setdefault("numbers", set()).add(entry.incident_id)
        if work.ended_at:
            for dimension in work.dimensions:
                row = table[week_of(work.ended_at), *dimension]
                row["ended_incidents"] += 1
                row["recorded_incidents"] += work.minutes is not None
    return table
