"""How often somebody was asked, and how long the answers took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, belonging, of_part
from opsloop.service.figures.periods import Period
from opsloop.service.figures.survival import TURNAROUND, columns_of

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def escalations(copy: ServingCopy, part: Part) -> list[Row]:
    """Return escalations and the time to their answers by week, oldest first."""
    return of_part(copy, "rpt_escalations_weekly", part, "week_start")


def escalations_by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return escalations by week of each value of a dimension that had any."""
    sql = """
        select * from rpt_escalations_weekly
        where dimension = ? and escalations > 0 order by dimension_value, week_start
    """
    return copy.query(sql, [dimension])


def of_period(copy: ServingCopy, part: Part, period: Period) -> Row:
    """Return the questions that were asked in a period, and how long their answers took.

    `answer` and `after_nudge` have a count, how many still run, quantiles and the longest seen;
    after a nudge, time counts from the last one before the answer.
    """
    condition, values = belonging(part, team="from_team")
    sql = f"""
        with
        asked as (
            select * from fct_escalations
            where {condition} and asked_at >= $since and asked_at < $until
        ),
        durations as (
            select
                'all' as dimension_value,
                'answer' as measure,
                seconds_waited as seconds,
                is_answered as is_finished,
                false as is_ended_otherwise
            from asked
            union all
            select 'all', 'after_nudge', seconds_waited_after_nudge, is_answered, false
            from asked where nudges_count > 0
        ),
        {TURNAROUND},
        measured as (
            select {columns_of("answer")}, {columns_of("after_nudge")} from turnaround
        )
        select
            (select count(*) from asked) as escalations,
            (select count(distinct incident_id) from asked) as escalated_incidents,
            (select coalesce(cast(sum(nudges_count) as bigint), 0) from asked) as nudges,
            *
        from measured
    """
    return copy.query(sql, {**values, **period.bounds()})[0]


def types_of_period(copy: ServingCopy, part: Part, period: Period) -> list[Row]:
    """Return the questions that were asked in a period by their type, the most frequent first."""
    condition, values = belonging(part, team="from_team")
    sql = f"""
        select
            coalesce(escalation_type, '(none)') as escalation_type,
            count(*) as escalations,
            count(*) filter (where is_answered) as answered,
            count(distinct incident_id) as escalated_incidents
        from fct_escalations
        where {condition} and asked_at >= $since and asked_at < $until
        group by coalesce(escalation_type, '(none)')
        order by escalations desc, escalation_type
    """
    return copy.query(sql, {**values, **period.bounds()})
