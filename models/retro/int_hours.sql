with

hours as (
    select
        *,
        min(happened_at) over (partition by kind, batch_id, team) as began_at
    from {{ ref('int_incident_hours') }}
),

-- One act may be on several incidents, and happened when it was first written down.
acts as (
    select
        kind,
        team,
        happened_at,
        bool_or(is_outside) as is_outside
    from hours
    where kind = 'act' and happened_at = began_at
    group by kind, batch_id, team, happened_at
),

arrivals as (
    select
        kind,
        team,
        happened_at,
        is_outside
    from hours
    where kind = 'arrival'
),

either as (
    select
        kind,
        team,
        happened_at,
        is_outside
    from acts
    union all
    select
        kind,
        team,
        happened_at,
        is_outside
    from arrivals
)

select * from either
