"""Who asks whom, how the answers come, and what the receivers bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import NOBODYS, Part, Row, belonging
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.service.figures.survival import TURNAROUND

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def routes(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return whom a part of the work asked in a period, for what, and how the answers came.

    One row for each receiver and type, the most questions first. Answers, also after a nudge, are
    Kaplan–Meier: null = not reached.
    """
    condition, values = belonging(part)
    sql = f"""
        with
        asked as (
            select
                *,
                dense_rank() over (order by receiver_kind, receiver, told_type) as dimension_value
            from (
                select *, coalesce(escalation_type, '(none)') as told_type
                from fct_escalations_received
            )
            where {condition} and asked_at >= $since and asked_at < $until
        ),
        durations as (
            select
                dimension_value,
                'answer' as measure,
                seconds_waited as seconds,
                is_answered as is_finished,
                false as is_ended_otherwise
            from asked
            union all
            select dimension_value, 'after_nudge', seconds_waited_after_nudge, is_answered, false
            from asked where nudges_count > 0
        ),
        {TURNAROUND},
        counted as (
            select
                dimension_value,
                receiver_kind,
                receiver,
                told_type as escalation_type,
                count(*) as escalations,
                count(distinct incident_id) as escalated_incidents,
                count(*) filter (where is_answered) as answered,
                count(*) filter (where not is_answered) as unanswered,
                count(*) filter (where nudges_count > 0) as nudged,
                cast(sum(nudges_count) as bigint) as nudges,
                count(*) filter (where is_answered and nudges_count > 0) as answered_after_nudge
            from asked
            group by dimension_value, receiver_kind, receiver, told_type
        )
        select
            counted.* exclude (dimension_value),
            answer.median_seconds as answer_median_seconds,
            answer.p85_seconds as answer_p85_seconds,
            answer.longest_seconds,
            after_nudge.median_seconds as after_nudge_median_seconds,
            after_nudge.longest_seconds as after_nudge_longest_seconds
        from counted
        inner join turnaround as answer
            on counted.dimension_value = answer.dimension_value and answer.measure = 'answer'
        left join turnaround as after_nudge
            on
                counted.dimension_value = after_nudge.dimension_value
                and after_nudge.measure = 'after_nudge'
        order by escalations desc, receiver, escalation_type
    """
    return copy.query(sql, {**values, **period.bounds()})


def causes(copy: ServingCopy, period: Period = ALL_TIME) -> list[Row]:
    """Return how often each monitor's incidents were escalated in a period, most first."""
    sql = f"""
        select
            coalesce(monitor_id, '{NOBODYS}') as monitor_id,
            count(*) as escalations,
            count(*) filter (where is_answered) as answered,
            cast(sum(nudges_count) as bigint) as nudges
        from fct_escalations_received
        where source is null and asked_at >= $since and asked_at < $until
        group by coalesce(monitor_id, '{NOBODYS}')
        order by escalations desc, monitor_id
    """
    return copy.query(sql, period.bounds())


def received(copy: ServingCopy, period: Period = ALL_TIME) -> list[Row]:
    """Return what each receiver was asked, answered and bore in the weeks that begin in a period.

    Receiver by receiver, the oldest week first.
    """
    sql = """
        select * from rpt_escalations_received_weekly
        where week_start >= $since and week_start < $until
        order by receiver, week_start
    """
    return copy.query(sql, period.bounds())
