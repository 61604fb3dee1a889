with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
),

-- A team counts if it ever held an incident, not only if it holds one now.
seen as (
    select
        transitions.to_team as team,
        incidents.monitor_id,
        incidents.source,
        cast(min(transitions.changed_at) as date) as first_day,
        cast(max(transitions.changed_at) as date) as last_day
    from transitions
    inner join incidents on transitions.incident_id = incidents.incident_id
    group by transitions.to_team, incidents.monitor_id, incidents.source
),

found as (
    select
        dimensions.dimension,
        {{ dimension_value('seen') }} as dimension_value,
        min(seen.first_day) as first_day,
        max(seen.last_day) as last_day
    from seen
    inner join {{ dimensions() }} on {{ counts_under('seen') }}
    group by dimensions.dimension, {{ dimension_value('seen') }}
),

-- What lives here has the same days for all, until now; an imported log has its own.
bounded as (
    select
        dimension,
        dimension_value,
        case
            when dimension = 'source' then first_day
            else min(case when dimension = 'total' then first_day end) over ()
        end as first_day,
        case when dimension = 'source' then last_day end as last_day
    from found
)

select * from bounded
