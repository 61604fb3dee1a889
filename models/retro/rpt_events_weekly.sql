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
    where dimension <> 'source'
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

event_log as (
    select * from {{ ref('stg_incident_event_log') }}
),

-- An event may move between incidents, and belongs to the one that has it last.
events as (
    select
        event_id,
        {{ first_known('monitor_id', 'seq') }} as monitor_id,
        {{ last_known('incident_id', 'seq') }} as incident_id,
        min(started_at) as started_at,
        {{ first_known('disposition', 'seq') }} as first_disposition
    from event_log
    group by event_id
),

begun as (
    select
        cast(date_trunc('week', events.started_at) as date) as week_start,
        incidents.team,
        events.monitor_id,
        incidents.priority,
        incidents.class,
        incidents.type,
        {{ entity_type_of('events.monitor_id') }} as entity_type,
        incidents.evidence,
        incidents.source,
        events.first_disposition in ('muted', 'accepted', 'maintenance', 'inhibited')
            as is_held_back
    from events
    left join incidents on events.incident_id = incidents.incident_id
    -- one of an incident that an import brought and another replaced is gone with it
    where events.incident_id is null or incidents.incident_id is not null
),

-- What is alike in everything that figures are told apart by is one row, before it is told apart.
alike as (
    select
        week_start,
        team,
        {{ dimension_columns() }},
        count(*) as events,
        count(*) filter (where is_held_back) as held_back
    from begun
    group by week_start, team, {{ dimension_columns() }}
),

counted as (
    select
        alike.week_start,
        dimensions.dimension,
        {{ dimension_value('alike') }} as dimension_value,
        cast(sum(alike.events) as bigint) as events,
        cast(sum(alike.held_back) as bigint) as held_back
    from alike
    inner join {{ dimensions() }} on {{ counts_under('alike') }}
    group by alike.week_start, dimensions.dimension, {{ dimension_value('alike') }}
),

runs as (
    select distinct
        monitor_id,
        cast(date_trunc('week', as_of) as date) as week_start
    from {{ source('opsloop_log', 'monitor_runs') }}
    where status in ('ok', 'held') and as_of <= {{ as_of() }}
),

-- Which monitors looked: of a monitor itself alone, of every other part any of them.
looked as (
    select
        week_start,
        'monitor' as dimension,
        monitor_id as dimension_value,
        count(*) as monitors_run
    from runs
    group by week_start, monitor_id
    union all
    select
        week_start,
        'any' as dimension,
        'any' as dimension_value,
        count(*) as monitors_run
    from runs
    group by week_start
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(looked.monitors_run, 0) as monitors_run,
        -- nobody looked and nothing was found later: unknown, which is not 0
        case
            when looked.monitors_run is not null or counted.events is not null
                then coalesce(counted.events, 0)
        end as events,
        case
            when looked.monitors_run is not null or counted.events is not null
                then coalesce(counted.held_back, 0)
        end as held_back
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join counted
        on
            weeks.week_start = counted.week_start
            and dimension_values.dimension = counted.dimension
            and dimension_values.dimension_value = counted.dimension_value
    left join looked
        on
            weeks.week_start = looked.week_start
            and case
                when dimension_values.dimension = 'monitor'
                    then
                        looked.dimension = 'monitor'
                        and dimension_values.dimension_value = looked.dimension_value
                else looked.dimension = 'any'
            end
)

select * from weekly
