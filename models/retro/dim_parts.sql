with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

teams as (
    select * from {{ ref('int_incident_teams') }}
),

sources as (
    select * from {{ ref('stg_imported_sources') }}
),

-- A team counts if it ever held an incident, not only if it holds one now.
seen as (
    select
        teams.team,
        {{ dimension_columns('incidents') }},
        min(teams.first_day) as first_day
    from teams
    inner join incidents on teams.incident_id = incidents.incident_id
    group by teams.team, {{ dimension_columns('incidents') }}
),

found as (
    select
        dimensions.dimension,
        {{ dimension_value('seen') }} as dimension_value,
        min(seen.first_day) as first_day
    from seen
    inner join {{ dimensions() }} on {{ counts_under('seen') }}
    group by dimensions.dimension, {{ dimension_value('seen') }}
    -- the whole is there even when nothing happened
    union
    select
        'total' as dimension,
        'all' as dimension_value,
        min(first_day) as first_day
    from seen
    where source is null
    having count(*) = 0
),

alike as (
    select
        team,
        {{ dimension_columns() }},
        count(*) as incidents
    from incidents
    group by team, {{ dimension_columns() }}
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('alike') }} as dimension_value,
        cast(sum(alike.incidents) as bigint) as incidents
    from alike
    inner join {{ dimensions() }} on {{ counts_under('alike') }}
    group by dimensions.dimension, {{ dimension_value('alike') }}
),

-- What lives here has the same days for all, until now; an imported log has its own.
bounded as (
    select
        found.dimension,
        found.dimension_value,
        case
            when found.dimension = 'source' then found.first_day
            else min(case when found.dimension = 'total' then found.first_day end) over ()
        end as first_day,
        sources.last_day,
        coalesce(counted.incidents, 0) as incidents
    from found
    left join sources on found.dimension = 'source' and found.dimension_value = sources.source
    left join counted
        on
            found.dimension = counted.dimension
            and found.dimension_value = counted.dimension_value
)

select * from bounded
