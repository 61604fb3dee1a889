with

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
    where impact_at_opening is not null
),

log as (
    select * from {{ changed_log() }}
),

event_log as (
    select * from {{ of_changed(ref('stg_incident_event_log')) }}
    where incident_id is not null
),

opening_batches as (
    select
        incident_id,
        batch_id
    from log
    where version = 1
),

-- The same entities at both ends: the events it was opened with, as they were then and last.
opening_events as (
    select
        event_log.incident_id,
        event_log.event_id,
        {{ first_known('event_log.impact', 'event_log.seq') }} as at_opening,
        {{ last_known(
            'case when event_log.is_firing then event_log.impact else 0 end', 'event_log.seq'
        ) }} as at_last
    from event_log
    inner join opening_batches on event_log.incident_id = opening_batches.incident_id
    group by event_log.incident_id, event_log.event_id
    having bool_or(event_log.batch_id = opening_batches.batch_id)
),

measured as (
    select
        incident_id,
        sum(at_opening) as at_opening,
        sum(at_last) as at_last
    from opening_events
    where at_opening is not null
    group by incident_id
),

-- What has no events with an impact: the incident's own, nothing once its data is all clear. What
-- joins or comes back takes that back.
looks as (
    select
        incident_id,
        coalesce(
            max(case when action = 'all_clear' then version end)
            > coalesce(max(case when action in ('attached', 'reopened') then version end), 0),
            false
        ) as is_all_clear
    from log
    where action in ('all_clear', 'attached', 'reopened')
    group by incident_id
),

ended as (
    select
        incidents.incident_id,
        incidents.monitor_id,
        incidents.source,
        incidents.opened_at,
        incidents.impact_unit,
        coalesce(measured.at_opening, incidents.impact_at_opening) as at_stake,
        case
            when not incidents.is_open then coalesce(incidents.resolved_at, incidents.closed_at)
        end as ended_at,
        case
            when incidents.is_open then null
            when measured.at_opening is not null then measured.at_last
            when looks.is_all_clear then 0
            else incidents.impact_at_resolve
        end as left_at_end,
        incidents.acknowledged_at,
        incidents.resolution_code
    from incidents
    left join measured on incidents.incident_id = measured.incident_id
    left join looks on incidents.incident_id = looks.incident_id
)

select * from ended
