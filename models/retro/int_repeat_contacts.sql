with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where entity_id is not null
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
),

-- A merge ends nothing: its work goes on in another incident.
ends as (
    select
        incidents.source,
        incidents.entity_id,
        transitions.changed_at as ended_at
    from transitions
    inner join incidents on transitions.incident_id = incidents.incident_id
    where transitions.is_end and not transitions.is_merge
),

moments as (
    select
        incident_id,
        source,
        entity_id,
        opened_at as happened_at,
        cast(null as {{ dbt.type_timestamp() }}) as ended_at
    from incidents
    union all
    select
        cast(null as {{ dbt.type_bigint() }}) as incident_id,
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
        opened_at,
        last_ended_at,
        {{ seconds_between('last_ended_at', 'opened_at') }} as seconds_since_last_end,
        coalesce(opened_at <= last_ended_at + interval '14 days', false) as is_within_14_days,
        coalesce(opened_at <= last_ended_at + interval '28 days', false) as is_within_28_days
    from looked_back
    where incident_id is not null
)

select * from contacts
