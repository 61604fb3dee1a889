with

work as (
    select
        *,
        cast(date_trunc('week', worked_at) as date) as week_start
    from {{ ref('fct_work') }}
    where minutes > 0
),

work_of_weeks as (
    select * from {{ of_changed_weeks('work') }}
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

ended_of_weeks as (
    select * from {{ of_changed_weeks('ended') }}
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
    from work_of_weeks as work
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
    from ended_of_weeks as ended
    inner join {{ dimensions() }} on {{ counts_under('ended') }}
    group by ended.week_start, dimensions.dimension, {{ dimension_value('ended') }}
),

keys as (
    select
        week_start,
        dimension,
        dimension_value
    from worked
    union
    select
        week_start,
        dimension,
        dimension_value
    from coverage
),

counted as (
    select
        keys.week_start,
        keys.dimension,
        keys.dimension_value,
        coalesce(worked.entries, 0) as entries,
        coalesce(worked.worked_incidents, 0) as worked_incidents,
        worked.minutes,
        worked.minutes_without_rate,
        worked.cost,
        coalesce(coverage.ended_incidents, 0) as ended_incidents,
        coalesce(coverage.recorded_incidents, 0) as recorded_incidents
    from keys
    left join worked
        on
            keys.week_start = worked.week_start
            and keys.dimension = worked.dimension
            and keys.dimension_value = worked.dimension_value
    left join coverage
        on
            keys.week_start = coverage.week_start
            and keys.dimension = coverage.dimension
            and keys.dimension_value = coverage.dimension_value
)

select * from counted
