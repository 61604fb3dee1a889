with

incidents as (
    select
        incident_id,
        source,
        entity_id,
        opened_at,
        cast(date_trunc('week', opened_at) as date) as week_start
    from {{ ref('fct_incidents') }}
    where entity_id is not null
),

openings as (
    select * from {{ of_changed_weeks('incidents') }}
),

-- An end tells of what opens within 28 days of it: in its own week, or in one of the next four.
looked_back_to as (
    select distinct
        cast(openings.week_start - earlier.weeks * interval '7 days' as date)
            as week_start
    from openings
    cross join (values (0), (1), (2), (3), (4)) as earlier (weeks)
),

-- A merge ends nothing: its work goes on in another incident.
ends as (
    select
        incidents.source,
        incidents.entity_id,
        transitions.changed_at as ended_at
    from {{ ref('fct_incident_transitions') }} as transitions
    inner join looked_back_to
        on cast(date_trunc('week', transitions.changed_at) as date) = looked_back_to.week_start
    inner join incidents on transitions.incident_id = incidents.incident_id
    where transitions.is_end and not transitions.is_merge
),

moments as (
    select
        incident_id,
        week_start,
        source,
        entity_id,
        opened_at as happened_at,
        cast(null as {{ dbt.type_timestamp() }}) as ended_at
    from openings
    union all
    select
        cast(null as {{ dbt.type_bigint() }}) as incident_id,
        cast(null as date) as week_start,
        source,
        entity_id,
        ended_at as happened_at,
        ended_at
    from ends
),

-- Strictly before: what ends as another one opens was not yet over.
looked_back as (
    select
        incident_id,
        week_start,
        happened_at as opened_at,
        max(ended_at) over (
            partition by source, entity_id
            order by happened_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ) as last_ended_at
    from moments
),

contacts as (
    select
        incident_id,
        week_start,
        coalesce(opened_at <= last_ended_at + interval '14 days', false) as is_within_14_days,
        coalesce(opened_at <= last_ended_at + interval '28 days', false) as is_within_28_days
    from looked_back
    where incident_id is not null
)

select * from contacts
