{#- Once every fact knows what changed. -#}
-- depends_on: {{ ref('fct_activities') }}
-- depends_on: {{ ref('fct_clocks') }}
-- depends_on: {{ ref('fct_process_loops') }}
-- depends_on: {{ ref('fct_process_paths') }}
-- depends_on: {{ ref('fct_business_times') }}
-- depends_on: {{ ref('fct_work') }}
-- depends_on: {{ ref('int_escalation_weeks') }}
-- depends_on: {{ ref('int_flow_days') }}
-- depends_on: {{ ref('int_impacts') }}
-- depends_on: {{ ref('fct_incident_entities') }}
-- depends_on: {{ ref('int_incident_hours') }}
-- depends_on: {{ ref('int_incident_teams') }}
-- depends_on: {{ ref('int_incident_touch') }}
-- depends_on: {{ ref('int_quality_weeks') }}
-- depends_on: {{ ref('int_service_level_weeks') }}
-- depends_on: {{ ref('int_turnaround_weeks') }}
-- depends_on: {{ ref('int_work_weeks') }}
with

signatures as (
    select * from {{ of_changed(ref('int_incident_signatures')) }}
),

incidents as (
    select * from {{ of_changed(ref('int_incidents')) }}
),

-- Asked of what had ended already, and never answered.
waiting as (
    select distinct incident_id
    from {{ ref('fct_escalations') }}
    where not is_answered and incident_ended_at is null
),

built as (
    select
        signatures.incident_id,
        signatures.log_rows,
        signatures.undone_rows,
        signatures.log_fingerprint,
        signatures.log_ends_at,
        signatures.entity_type,
        signatures.event_log_rows,
        signatures.event_log_fingerprint,
        signatures.evidence,
        incidents.is_open or waiting.incident_id is not null as is_ageing
    from signatures
    inner join incidents on signatures.incident_id = incidents.incident_id
    left join waiting on signatures.incident_id = waiting.incident_id
)

select * from built
