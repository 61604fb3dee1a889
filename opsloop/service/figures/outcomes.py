"""How well the work goes: what came back, changed hands, was false, or was found by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import MONITOR, SOURCE, Part, Row, belonging
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

COUNTS = (
    "opened",
    "found_by_monitor",
    "found_by_staff",
    "found_by_customer",
    "opened_with_entity",
    "again_within_14_days",
    "again_within_28_days",
    "reopened",
    "reassignments",
    "ping_pongs",
    "ended",
    "confirmed",
    "false_alarms",
    "duplicates",
    "accepted",
    "self_resolved",
    "ended_by_nobody",
    "ended_by_one_person",
    "ended_by_several_people",
    "ended_by_several_teams",
    "people_sum",
    "teams_sum",
)


def weekly(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return the counts of each week that begins in a period, oldest first."""
    sql = """
        select * exclude (dimension, dimension_value) from rpt_quality_weekly
        where
            dimension = $dimension and dimension_value = $value
            and week_start >= $since and week_start < $until
        order by week_start
    """
    return copy.query(sql, {"dimension": part.dimension, "value": part.value, **period.bounds()})


def total(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> Row:
    """Return the counts of all weeks that begin in a period, and the means that they make.

    `people_mean` and `teams_mean` are per ended incident; None = nothing ended.
    """
    sums = ", ".join(f"coalesce(cast(sum({name}) as bigint), 0) as {name}" for name in COUNTS)
    sql = f"""
        select
            {sums},
            sum(people_sum) / nullif(sum(ended), 0) as people_mean,
            sum(teams_sum) / nullif(sum(ended), 0) as teams_mean
        from rpt_quality_weekly
        where
            dimension = $dimension and dimension_value = $value
            and week_start >= $since and week_start < $until
    """
    values = {"dimension": part.dimension, "value": part.value, **period.bounds()}
    return copy.query(sql, values)[0]


def monitors(copy: ServingCopy, part: Part) -> list[Row]:
    """Return what became of each monitor's incidents, longest present run of false ones first.

    Those of a part that is no monitor's are of all monitors that live here; an imported log has
    none.
    """
    if part.dimension == SOURCE:
        return []
    sql = """
        select * from rpt_monitor_quality where $monitor is null or monitor_id = $monitor
        order by present_false_streak desc, longest_false_streak desc, monitor_id
    """
    return copy.query(sql, {"monitor": part.value if part.dimension == MONITOR else None})


def detection(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return how long it took to detect what was opened in a period, by who found it.

    `incidents`, `timed` (whose first event's time is known), the median, 85th and 95th percentile
    and the longest of these in seconds; most found first.
    """
    condition, values = belonging(part)
    quantiles = ", ".join(
        f"percentile_disc({share}) within group (order by seconds_to_detect) as {name}_seconds"
        for name, share in (("median", 0.5), ("p85", 0.85), ("p95", 0.95))
    )
    sql = f"""
        select
            coalesce(found_by, 'unknown') as found_by,
            count(*) as incidents,
            count(seconds_to_detect) as timed,
            {quantiles},
            max(seconds_to_detect) as longest_seconds
        from fct_incidents
        where {condition} and opened_at >= $since and opened_at < $until
        group by coalesce(found_by, 'unknown')
        order by incidents desc, found_by
    """
    return copy.query(sql, {**values, **period.bounds()})
