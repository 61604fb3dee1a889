"""How well the work goes: what came back, changed hands, was false, or was found by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, belonging, told_apart
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.stats.intervals import wilson

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

# what people said something about (definition 8), and what they said of it: SQL on fct_incidents
REVIEWED = """
    (
        not is_open
        and resolution_code not in ('cleared_by_itself', 'rule_changed', 'duplicate', 'accepted')
    )
"""
FALSE_ALARM = "resolution_code = 'false_alarm'"
_OF_OPENED = {
    "incidents": "true",
    "untouched": "people_count = 0",
    "reopened_incidents": "reopened_count > 0",
    "reassigned_incidents": "reassignments_count > 0",
    "ping_pong_incidents": "ping_pongs_count > 0",
    "escalated_incidents": "escalations_count > 0",
    "several_people_incidents": "people_count > 1",
    "several_teams_incidents": "teams_count > 1",
}
_OF_ENDED = {
    "ended": "true",
    "reviewed": REVIEWED,
    "confirmed": f"{REVIEWED} and not {FALSE_ALARM}",
    "false_alarms": f"{REVIEWED} and {FALSE_ALARM}",
    "duplicates": "resolution_code = 'duplicate'",
    "accepted": "resolution_code = 'accepted'",
    "self_resolved": "is_self_resolved",
}


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


def monitors(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return what became of each monitor's incidents, longest present run of false ones first.

    `incidents` to `several_teams_incidents` are of those opened in the period; `ended`, what was
    reviewed and the other ways to end are of those that ended in it, and so is the precision, with
    Wilson's interval (definition 8; None = nothing was reviewed). Streaks are of all the monitor's
    reviews. An imported log has no monitors.
    """
    told = told_apart(part.dimension)
    opened = ", ".join(
        f"count(*) filter (where is_of_opened and {condition}) as {name}"
        for name, condition in _OF_OPENED.items()
    )
    ended = ", ".join(
        f"count(*) filter (where is_of_ended and {condition}) as {name}"
        for name, condition in _OF_ENDED.items()
    )
    sql = f"""
        with
        theirs as (
            select
                *,
                opened_at >= $since and opened_at < $until as is_of_opened,
                not is_open
                and coalesce(resolved_at, closed_at) >= $since
                and coalesce(resolved_at, closed_at) < $until as is_of_ended
            from fct_incidents
            where
                {told.condition} and {told.value} = $value
                and monitor_id is not null and source is null
        ),
        counted as (
            select monitor_id, {opened}, {ended} from theirs
            where is_of_opened or is_of_ended
            group by monitor_id
        )
        select
            counted.*,
            streaks.longest_false_streak,
            streaks.present_false_streak,
            streaks.last_confirmed_at
        from counted
        inner join rpt_monitor_quality as streaks using (monitor_id)
        order by present_false_streak desc, longest_false_streak desc, monitor_id
    """
    rows = copy.query(sql, {**told.values, "value": part.value, **period.bounds()})
    return [row | _precision(row) for row in rows]


def _precision(row: Row) -> Row:
    reviewed = row["reviewed"]
    low, high = wilson(row["confirmed"], reviewed) or (None, None)
    share = row["confirmed"] / reviewed if reviewed else None
    return {"precision_share": share, "precision_low": low, "precision_high": high}


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
