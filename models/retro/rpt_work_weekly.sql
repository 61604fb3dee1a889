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

work as (
    select
        *,
        cast(date_trunc('week', worked_at) as date) as week_start
    from {{ ref('fct_work') }}
    where minutes > 0
),

ended as (
    select
        incident_work.*,
        cast(
            date_trunc('week', coalesce(incidents.resolved_at, incidents.closed_at)) as date
        ) as week_start
    from {{ ref('fct_incident_work') }} as incident_work
    inner join {{ ref('fct_incidents') }} as incidents
        on incident_work.incident_id = incidents.incident_id
    where not incidents.is_open
),

worked as (
    select
        work.week_start,
        dimensions.dimension,
        {{ dimension_value('work') }} as dimension_value,
        count(*) as entries,
        count(distinct work.incident_id) as worked_incidents,
        sum(work.minutes) as minutes,
        sum(case when work.cost is null then work.minutes else 0 end) as minutes_without_rate,
        sum(work.cost) as cost
    from work
    inner join {{ dimensions() }} on {{ counts_under('work') }}
    group by work.week_start, dimensions.dimension, {{ dimension_value('work') }}
),

coverage as (
    select
        ended.week_start,
        dimensions.dimension,
        {{ dimension_value('ended') }} as dimension_value,
        count(*) as ended_incidents,
        count(ended.touch_minutes) as recorded_incidents
    from ended
    inner join {{ dimensions() }} on {{ counts_under('ended') }}
    group by ended.week_start, dimensions.dimension, {{ dimension_value('ended') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(worked.entries, 0) as entries,
        coalesce(worked.worked_incidents, 0) as worked_incidents,
        worked.minutes,
        worked.minutes_without_rate,
        worked.cost,
        coalesce(coverage.ended_incidents, 0) as ended_incidents,
        coalesce(coverage.recorded_incidents, 0) as recorded_incidents,
        {{ without_dust(share('coverage.recorded_incidents', 'coverage.ended_incidents')) }}
            as recorded_share,
        coalesce(flow.backlog_end, 0) as open_at_end
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join worked
        on
            weeks.week_start = worked.week_start
            and dimension_values.dimension = worked.dimension
            and dimension_values.dimension_value = worked.dimension_value
    left join coverage
        on
            weeks.week_start = coverage.week_start
            and dimension_values.dimension = coverage.dimension
            and dimension_values.dimension_value = coverage.dimension_value
    left join flow
        on
            weeks.week_start = flow.week_start
            and dimension_values.dimension = flow.dimension
            and dimension_values.dimension_value = flow.dimension_value
)

select * from weekly
