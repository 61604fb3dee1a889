{#- What an undone row decided never was. That somebody acted, and what came of itself, stays. -#}
{%- set decided = [
    'team', 'assignee', 'assignment_kind', 'class', 'type', 'priority', 'policy',
    'waiting_kind', 'waiting_on', 'merged_into', 'resolution_code', 'root_cause', 'resolved_at',
    'closed_at',
] -%}
with

-- What was imported counts until it is replaced.
known as (
    select log.*
    from {{ source('opsloop_log', 'incident_log') }} as log
    left join {{ source('opsloop_log', 'imports') }} as imports
        on log.import_id = imports.import_id and imports.is_current
    where
        log.recorded_at < {{ known_before() }}
        and (log.source is null or imports.import_id is not null)
),

sources as (
    select * from {{ ref('stg_imported_sources') }}
),

undone as (
    select distinct reverses_batch_id as batch_id
    from known
    where reverses_batch_id is not null
),

-- What was split off by mistake: it never was an incident of its own.
never_opened as (
    select known.incident_id
    from known
    inner join undone on known.batch_id = undone.batch_id
    where known.version = 1
),

decisions as (
    select
        known.seq,
        known.log_id,
        known.batch_id,
        known.incident_id,
        known.version,
        known.action,
        known.recorded_at,
        known.effective_at,
        known.actor_kind,
        known.actor_id,
        known.via,
        known.source,
        known.monitor_id,
        known.entity_id,
        known.group_key,
        known.is_flood,
        case
            when undone.batch_id is not null then null
            -- an imported log that does not say when it was resolved says only that it ended
            when {{ is_end_without_moment('known') }} then 'closed'
            else known.state
        end as state,
        {% for column in decided %}
            case when undone.batch_id is null then known.{{ column }} end as {{ column }},
        {% endfor %}
        known.severity,
        known.impact,
        known.impact_unit,
        known.opened_at,
        known.acknowledged_at,
        known.first_response_at,
        known.events_total,
        known.policy_version,
        known.calendar_version,
        known.found_by,
        known.escalation_id,
        known.escalation_type,
        known.escalation_class,
        known.to_kind,
        known.to_id,
        known.nudge_no,
        {{ is_end_without_moment('known') }} as is_implied,
        coalesce(sources.known_until, {{ as_of() }}) as known_until,
        (undone.batch_id is not null) as is_undone
    from known
    left join undone on known.batch_id = undone.batch_id
    left join sources on known.source = sources.source
    left join never_opened on known.incident_id = never_opened.incident_id
    where never_opened.incident_id is null
)

select * from decisions
