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

flow as (
    select * from {{ ref('rpt_flow_weekly') }}
),

counted as (
    select * from {{ ref('int_work_weeks') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(counted.entries, 0) as entries,
        coalesce(counted.worked_incidents, 0) as worked_incidents,
        counted.minutes,
        counted.minutes_without_rate,
        counted.cost,
        coalesce(counted.ended_incidents, 0) as ended_incidents,
        coalesce(counted.recorded_incidents, 0) as recorded_incidents,
        {{ without_dust(share('counted.recorded_incidents', 'counted.ended_incidents')) }}
            as recorded_share,
        coalesce(flow.backlog_end, 0) as open_at_end
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join counted
        on
            weeks.week_start = counted.week_start
            and dimension_values.dimension = counted.dimension
            and dimension_values.dimension_value = counted.dimension_value
    left join flow
        on
            weeks.week_start = flow.week_start
            and dimension_values.dimension = flow.dimension
            and dimension_values.dimension_value = flow.dimension_value
)

select * from weekly
