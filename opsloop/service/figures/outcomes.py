"""How well the work goes: what came back, changed hands, was false, or was found by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, belonging, told_apart
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.stats.intervals import wilson

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

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

# whose a reopening or a hand-over is: SQL on fct_incident_transitions
HANDLED_BY = "case when is_reassignment then coalesce(from_team, to_team) else to_team end"
# what moved, was opened and ended: SQL on fct_incident_transitions and fct_incidents
_MOVED = {
    "reopened": "is_reopening",
    "reassignments": "is_reassignment",
    "ping_pongs": "is_ping_pong",
}
_OPENED = {
    "opened": "true",
    "found_by_monitor": "found_by = 'monitor'",
    "found_by_staff": "found_by = 'staff'",
    "found_by_customer": "found_by = 'customer'",
    "opened_with_entity": "contacts.incident_id is not null",
    "again_within_14_days": "contacts.is_within_14_days",
    "again_within_28_days": "contacts.is_within_28_days",
}
_ENDED = {
    **{name: sql for name, sql in _OF_ENDED.items() if name != "reviewed"},
    "self_resolved": "resolution_code = 'cleared_by_itself'",
    # an imported log that names nobody does not say that nobody acted
    "ended_by_nobody": "people_count = 0 and source is null",
    "ended_by_one_person": "people_count = 1",
    "ended_by_several_people": "people_count > 1",
    "ended_by_several_teams": "teams_count > 1",
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
    """Return what moved in a period, what was opened in it, and what ended in it.

    What was handed over counts for the team that gave it away. `people_mean` and `teams_mean` are
    per ended incident; None = nothing ended.
    """
    told = told_apart(part.dimension)
    of_moves, values = belonging(part)
    sql = f"""
        with
        moves as (
            select
                *,
                {HANDLED_BY} as team
            from fct_incident_transitions
            where
                changed_at >= $since and changed_at < $until
                and (is_reopening or is_reassignment)
        ),
        moved as (select {_counts(_MOVED)} from moves where {of_moves}),
        theirs as (
            select * from fct_incidents where {told.condition} and {told.value} = $value
        ),
        opened as (
            select {_counts(_OPENED)}
            from theirs left join fct_repeat_contacts as contacts using (incident_id)
            where opened_at >= $since and opened_at < $until
        ),
        ended as (
            select
                {_counts(_ENDED)},
                coalesce(cast(sum(people_count) as bigint), 0) as people_sum,
                coalesce(cast(sum(teams_count) as bigint), 0) as teams_sum
            from theirs
            where
                not is_open
                and coalesce(resolved_at, closed_at) >= $since
                and coalesce(resolved_at, closed_at) < $until
        )
        select
            *,
            people_sum / nullif(ended, 0) as people_mean,
            teams_sum / nullif(ended, 0) as teams_mean
        from moved, opened, ended
    """
    named = {**values, **told.values, "value": part.value}
    return copy.query(sql, {**named, **period.bounds()})[0]


def _counts(conditions: Mapping[str, str]) -> str:
    return ", ".join(f"count(*) filter (where {sql}) as {name}" for name, sql in conditions.items())


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
