with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

dimension_values as (
    select * from {{ ref('dim_parts') }}
),

quantiles as (
    select * from {{ ref('int_turnaround_weeks') }}
    where measure = 'answer'
),

counted as (
    select * from {{ ref('int_escalation_weeks') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(quantiles.incidents, 0) as escalations,
        coalesce(quantiles.finished, 0) as answered,
        coalesce(quantiles.running, 0) as unanswered,
        coalesce(counted.escalated_incidents, 0) as escalated_incidents,
        coalesce(counted.incidents_opened, 0) as incidents_opened,
        coalesce(counted.opened_escalated, 0) as opened_escalated,
        {{ share('counted.opened_escalated', 'counted.incidents_opened') }} as escalated_share,
        quantiles.median_seconds as answer_median_seconds,
        quantiles.median_seconds is not null as is_median_reached,
        quantiles.p85_seconds as answer_p85_seconds,
        quantiles.p85_seconds is not null as is_p85_reached,
        quantiles.longest_seconds
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join quantiles
        on
            weeks.week_start = quantiles.week_start
            and dimension_values.dimension = quantiles.dimension
            and dimension_values.dimension_value = quantiles.dimension_value
    left join counted
        on
            weeks.week_start = counted.week_start
            and dimension_values.dimension = counted.dimension
            and dimension_values.dimension_value = counted.dimension_value
)

select * from weekly
