with

log as (
    select * from {{ ref('stg_incident_log') }}
),

event_log as (
    select * from {{ ref('stg_incident_event_log') }}
    where incident_id is not null
),

evidence as (
    select * from {{ ref('int_incident_evidence') }}
),

of_log as (
    select
        incident_id,
        count(*) as log_rows,
        count(*) filter (where is_undone) as undone_rows,
        {{ fingerprint_of('log_id') }} as log_fingerprint,
        -- what changes without a row: where an imported log ends, what a monitor calls its entities
        max(case when source is not null then known_until end) as log_ends_at,
        {{ entity_type_of('min(monitor_id)') }} as entity_type
    from log
    group by incident_id
),

of_event_log as (
    select
        incident_id,
        count(*) as event_log_rows,
        {{ fingerprint_of('log_id') }} as event_log_fingerprint
    from event_log
    group by incident_id
),

signatures as (
    select
        of_log.incident_id,
        of_log.log_rows,
        of_log.undone_rows,
        of_log.log_fingerprint,
        of_log.log_ends_at,
        of_log.entity_type,
        coalesce(of_event_log.event_log_rows, 0) as event_log_rows,
        of_event_log.event_log_fingerprint,
        evidence.evidence
    from of_log
    left join of_event_log on of_log.incident_id = of_event_log.incident_id
    left join evidence on of_log.incident_id = evidence.incident_id
)

select * from signatures
