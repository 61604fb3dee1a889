with

activities as (
    select * from {{ ref('fct_activities') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

per_incident as (
    select
        incident_id,
        activity,
        count(*) as times
    from activities
    group by incident_id, activity
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        per_incident.activity,
        cast(sum(per_incident.times) as bigint) as times,
        count(*) as incidents
    from per_incident
    inner join incidents on per_incident.incident_id = incidents.incident_id
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        per_incident.activity
)

select * from counted
