with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
),

-- A team counts if it ever held an incident, not only if it holds one now.
seen as (
    select distinct
        transitions.to_team as team,
        incidents.monitor_id
    from transitions
    inner join incidents on transitions.incident_id = incidents.incident_id
),

dimension_values as (
    select distinct
        dimensions.dimension,
        {{ dimension_value('seen') }} as dimension_value
    from seen
    cross join {{ dimensions() }}
)

select * from dimension_values
