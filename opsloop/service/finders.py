"""Who finds a part of the work, and in which weeks they looked: what nobody looked for is no 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from opsloop.improvements import Part
from opsloop.service.figures.parts import MONITOR, NOBODYS, SOURCE, TEAM, told_apart
from opsloop.warehouse.serving import ServingCopy

PEOPLE = None  # found by nobody's monitor: people wrote it down

# Monitors that run, with the weeks in which each ran or found something. What people find, and
# what is wrong with the monitors themselves, stands in no run.
_LOOKED = """
    select dimension_value as monitor_id, week_start
    from rpt_events_weekly
    where
        dimension = 'monitor'
        and events is not null
        and dimension_value in (
            select dimension_value from rpt_events_weekly
            where dimension = 'monitor' and monitors_run > 0
        )
    order by week_start
"""


@dataclass(frozen=True, slots=True)
class Began:
    """A monitor, and the week in which it looked first, by its Monday."""

    monitor_id: str
    week: date


def finders_of(copy: ServingCopy, part: Part) -> set[str | None]:
    """Return the monitors that found any of a part of the work; `PEOPLE` among them if they did.

    A team's are those of whatever it ever had: that came in for it, wherever it went.
    """
    if part.dimension == SOURCE:
        return set()
    if part.dimension == MONITOR:
        return {PEOPLE if part.value == NOBODYS else part.value}
    monitor, dot, _ = part.dimension.partition(".")
    if dot:  # a column of evidence tells apart what its own monitor found
        return {monitor}
    if part.dimension == TEAM:
        condition = f"""
            source is null and incident_id in (
                select incident_id from fct_incident_transitions
                where coalesce(to_team, '{NOBODYS}') = $value
            )
        """
    else:
        told = told_apart(part.dimension)
        condition = f"{told.condition} and {told.value} = $value"
    sql = f"select distinct monitor_id from fct_incidents where {condition}"
    return {row["monitor_id"] for row in copy.query(sql, {"value": part.value})}


def monitors_of(copy: ServingCopy, part: Part) -> set[str]:
    """Return the monitors whose rules a part's figures depend on: those that found any of it."""
    return {one for one in finders_of(copy, part) if one is not PEOPLE}


def watched_weeks(copy: ServingCopy, part: Part) -> set[date] | None:
    """Return the weeks in which somebody looked for what is of a part; None = in all.

    The first is left out, since its monitor began within it. People always look; what is found by
    no monitor that runs, such as the monitors' own health, is looked at whenever any runs.
    """
    finders = finders_of(copy, part)
    if not finders or PEOPLE in finders:
        return None
    looked = _looked(copy)
    found_by = looked if finders - looked.keys() else finders & looked.keys()
    weeks = {week for monitor in found_by for week in looked[str(monitor)]}
    return weeks - {min(weeks, default=None)}


def began(copy: ServingCopy, parts: Iterable[Part]) -> list[Began]:
    """Return when the monitors that run and find some of these parts looked first."""
    monitors = {monitor for part in parts for monitor in monitors_of(copy, part)}
    looked = _looked(copy)
    return [Began(one, looked[one][0]) for one in sorted(monitors & looked.keys())]


def _looked(copy: ServingCopy) -> dict[str, list[date]]:
    """Return the weeks in which each monitor that runs looked, in order."""
    found: dict[str, list[date]] = {}
    for row in copy.query(_LOOKED):
        found.setdefault(row["monitor_id"], []).append(row["week_start"])
    return found
