with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

runs as (
    select
        *,
        cast(date_trunc('week', as_of) as date) as week_start
    from {{ source('opsloop_log', 'monitor_runs') }}
    where as_of < {{ known_before() }}
),

incidents as (
    select
        *,
        cast(date_trunc('week', opened_at) as date) as week_start
    from {{ ref('fct_incidents') }}
    where source is null
),

looked as (
    select
        week_start,
        monitor_id,
        count(*) as runs,
        count(*) filter (where status not in ('ok', 'held')) as failed_runs,
        avg(case when status = 'ok' then population end) as population,
        cast(sum(case when status in ('ok', 'held') then appeared end) as bigint) as events
    from runs
    group by week_start, monitor_id
),

opened as (
    select
        week_start,
        monitor_id,
        count(*) as incidents
    from incidents
    group by week_start, monitor_id
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        looked.monitor_id,
        looked.runs,
        looked.failed_runs,
        cast(looked.population as double precision) as population,
        coalesce(looked.events, 0) as events,
        coalesce(opened.incidents, 0) as incidents,
        1000 * looked.events / cast(nullif(looked.population, 0) as double precision)
            as events_per_1000,
        1000 * coalesce(opened.incidents, 0)
        / cast(nullif(looked.population, 0) as double precision) as incidents_per_1000
    from looked
    inner join weeks on looked.week_start = weeks.week_start
    left join opened
        on
            looked.week_start = opened.week_start
            and looked.monitor_id = opened.monitor_id
)

select * from weekly
