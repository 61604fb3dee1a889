"""The retro asked from the serving copy: a figure is a column, only rows are chosen here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opsloop.warehouse.serving import ServingCopy

Row = dict[str, Any]

MEASURES = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "final_resolve": "Final resolve",
}
TARGETS = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "first_response": "First response",
    "total_resolve": "Final resolve",
    "next_update": "Updates",
}
GRAINS = {"week": "rpt_flow_weekly", "day": "rpt_flow_daily"}
DAYS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the work: all of it, one team's or one monitor's."""

    dimension: str = "total"
    value: str = "all"


EVERYTHING = Slice()


def values(copy: ServingCopy, dimension: str) -> list[str]:
    """Return the teams or monitors that the figures know, the busiest first."""
    sql = """
        select dimension_value from rpt_headline
        where dimension = ? order by incidents desc, dimension_value
    """
    return [row["dimension_value"] for row in copy.query(sql, [dimension])]


def headline(copy: ServingCopy, part: Slice) -> Row | None:
    """Return the headline figures of a part; None if it had no incidents."""
    sql = """
        select headline.*, reopening.window_days, reopening.matured, reopening.reopen_share
        from rpt_headline as headline
        left join rpt_reopen_rate as reopening using (dimension, dimension_value)
        where dimension = ? and dimension_value = ?
    """
    rows = copy.query(sql, [part.dimension, part.value])
    return rows[0] if rows else None


def headlines(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return the headline figures of each team or monitor, the busiest first."""
    sql = "select * from rpt_headline where dimension = ? order by incidents desc, dimension_value"
    return copy.query(sql, [dimension])


def flow(copy: ServingCopy, part: Slice, grain: str) -> list[Row]:
    """Return arrivals, completions and backlog by week or by day (the last 60), oldest first."""
    name, period = GRAINS[grain], "week_start" if grain == "week" else "day"
    sql = f"""
        select * from {name} where dimension = ? and dimension_value = ?
        order by {period} desc limit {DAYS_SHOWN}
    """
    return copy.query(sql, [part.dimension, part.value])[::-1]


def turnaround(copy: ServingCopy, part: Slice, measure: str) -> list[Row]:
    """Return a measure's quantiles by week of opening, oldest first."""
    sql = """
        select * from rpt_turnaround_weekly
        where dimension = ? and dimension_value = ? and measure = ? order by week_start
    """
    return copy.query(sql, [part.dimension, part.value, measure])


def turnaround_by(copy: ServingCopy, dimension: str, measure: str) -> list[Row]:
    """Return a measure's quantiles by week of each team or monitor."""
    sql = """
        select * from rpt_turnaround_weekly
        where dimension = ? and measure = ? and incidents > 0
        order by dimension_value, week_start
    """
    return copy.query(sql, [dimension, measure])


def escalations(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return escalations and the time to their answers by week, oldest first."""
    sql = """
        select * from rpt_escalations_weekly
        where dimension = ? and dimension_value = ? order by week_start
    """
    return copy.query(sql, [part.dimension, part.value])


def escalations_by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return escalations by week of each team or monitor that had any."""
    sql = """
        select * from rpt_escalations_weekly
        where dimension = ? and escalations > 0 order by dimension_value, week_start
    """
    return copy.query(sql, [dimension])


def targets(copy: ServingCopy, part: Slice) -> list[str]:
    """Return the targets of service levels that a part has clocks of, the known ones first."""
    sql = """
        select distinct target from rpt_service_levels_weekly
        where dimension = ? and dimension_value = ?
    """
    found = {row["target"] for row in copy.query(sql, [part.dimension, part.value])}
    return [target for target in TARGETS if target in found]


def service_levels(copy: ServingCopy, part: Slice, target: str) -> list[Row]:
    """Return how a target was kept by week of opening, oldest first."""
    sql = """
        select * from rpt_service_levels_weekly
        where dimension = ? and dimension_value = ? and target = ? order by week_start
    """
    return copy.query(sql, [part.dimension, part.value, target])


def open_work(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return open incidents with their age, the oldest first."""
    column = {"team": "team", "monitor": "monitor_id"}.get(part.dimension)
    condition = f"where coalesce({column}, '(none)') = ?" if column else ""
    sql = f"select * from rpt_open_work {condition} order by age_seconds desc, incident_id"
    return copy.query(sql, [part.value] if column else [])


def precision(copy: ServingCopy) -> list[Row]:
    """Return each monitor's precision, the least precise first, unknown ones last."""
    return copy.query(
        "select * from rpt_monitor_precision order by precision_share nulls last, monitor_id"
    )
