with

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
),

event_log as (
    select * from {{ of_changed(ref('stg_incident_event_log')) }}
    where incident_id is not null
),

of_events as (
    select
        incident_id,
        entity_id,
        count(distinct event_id) as events
    from event_log
    where entity_id is not null
    group by incident_id, entity_id
),

-- What has no events, as imported incidents do, is about its own entity.
of_incidents as (
    select
        incidents.incident_id,
        incidents.entity_id,
        0 as events
    from incidents
    left join of_events on incidents.incident_id = of_events.incident_id
    where of_events.incident_id is null and incidents.entity_id is not null
),

either as (
    select
        incident_id,
        entity_id,
        events
    from of_events
    union all
    select
        incident_id,
        entity_id,
        events
    from of_incidents
),

entities as (
    select
        either.incident_id,
        incidents.entity_type,
        either.entity_id,
        either.events,
        count(*) over (partition by either.incident_id) as entities_count,
        either.entity_id = incidents.entity_id as is_own
    from either
    inner join incidents on either.incident_id = incidents.incident_id
)

select * from entities
