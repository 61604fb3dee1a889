{%- set route = 'dimension, dimension_value, receiver_kind, receiver, escalation_type' -%}
with

received as (
    select * from {{ ref('fct_escalations_received') }}
),

told_apart as (
    select
        dimensions.dimension,
        {{ dimension_value('received') }} as dimension_value,
        received.receiver_kind,
        received.receiver,
        coalesce(received.escalation_type, '(none)') as escalation_type,
        received.incident_id,
        received.is_answered,
        received.seconds_waited,
        received.nudges_count,
        received.seconds_waited_after_nudge
    from received
    inner join {{ dimensions() }} on {{ counts_under('received') }}
),

counted as (
    select
        {{ route }},
        count(*) as escalations,
        count(distinct incident_id) as escalated_incidents,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where nudges_count > 0) as nudged,
        cast(sum(nudges_count) as bigint) as nudges,
        count(seconds_waited_after_nudge) filter (where is_answered) as answered_after_nudge,
        max(seconds_waited) as longest_seconds,
        max(seconds_waited_after_nudge) as after_nudge_longest_seconds
    from told_apart
    group by {{ route }}
),

durations as (
    select
        {{ route }},
        'answer' as measure,
        seconds_waited as seconds,
        is_answered
    from told_apart
    union all
    select
        {{ route }},
        'after_nudge' as measure,
        seconds_waited_after_nudge as seconds,
        is_answered
    from told_apart
    where seconds_waited_after_nudge is not null
),

steps as (
    select
        {{ route }},
        measure,
        seconds,
        count(*) as leaving,
        count(*) filter (where is_answered) as answered
    from durations
    group by {{ route }}, measure, seconds
),

at_risk as (
    select
        *,
        cast(
            sum(leaving) over (
                partition by {{ route }}, measure
                order by seconds
                rows between current row and unbounded following
            ) as double precision
        ) as at_risk
    from steps
),

-- Kaplan–Meier as a sum of logarithms; where all that are left are answered at once, there is none.
survival as (
    select
        *,
        case
            when answered = at_risk then 1
            else
                1 - exp(
                    sum(ln(1 - case when answered < at_risk then answered / at_risk else 0 end))
                        over (
                            partition by {{ route }}, measure
                            order by seconds
                            rows between unbounded preceding and current row
                        )
                )
        end as answered_share
    from at_risk
),

reached as (
    select
        {{ route }},
        measure,
        seconds,
        {{ without_dust('answered_share') }} as answered_share
    from survival
),

quantiles as (
    select
        {{ route }},
        min(case when measure = 'answer' and answered_share >= 0.5 then seconds end)
            as answer_median_seconds,
        min(case when measure = 'answer' and answered_share >= 0.85 then seconds end)
            as answer_p85_seconds,
        min(case when measure = 'after_nudge' and answered_share >= 0.5 then seconds end)
            as after_nudge_median_seconds
    from reached
    group by {{ route }}
),

routes as (
    select
        counted.dimension,
        counted.dimension_value,
        counted.receiver_kind,
        counted.receiver,
        counted.escalation_type,
        counted.escalations,
        counted.escalated_incidents,
        counted.answered,
        counted.escalations - counted.answered as unanswered,
        counted.nudged,
        counted.nudges,
        counted.answered_after_nudge,
        quantiles.answer_median_seconds,
        quantiles.answer_p85_seconds,
        counted.longest_seconds,
        quantiles.after_nudge_median_seconds,
        counted.after_nudge_longest_seconds
    from counted
    inner join quantiles
        on
            counted.dimension = quantiles.dimension
            and counted.dimension_value = quantiles.dimension_value
            and counted.receiver_kind = quantiles.receiver_kind
            and counted.receiver = quantiles.receiver
            and counted.escalation_type = quantiles.escalation_type
)

select * from routes
