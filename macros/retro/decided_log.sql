{#
    What rows of the incident log decided; `rows` are of the log, every row of an incident or none.
    What an undone row decided never was. That somebody acted, and what came of itself, stays.
#}
{% macro decided_log(rows) -%}
    {%- set stated = [
        'seq', 'log_id', 'batch_id', 'incident_id', 'version', 'action', 'recorded_at',
        'effective_at', 'actor_kind', 'actor_id', 'via', 'source', 'monitor_id', 'entity_id',
        'group_key', 'is_flood', 'severity', 'impact', 'impact_unit', 'opened_at',
        'acknowledged_at', 'first_response_at', 'events_total', 'policy_version',
        'calendar_version', 'found_by', 'escalation_id', 'escalation_type', 'escalation_class',
        'to_kind', 'to_id', 'nudge_no', 'counts_reassignments',
    ] -%}
    {%- set decided = [
        'team', 'assignee', 'assignment_kind', 'class', 'type', 'priority', 'policy',
        'waiting_kind', 'waiting_on', 'merged_into', 'resolution_code', 'root_cause', 'resolved_at',
        'closed_at',
    ] -%}
    with

    -- What was imported counts until it is replaced.
    current_imports as (
        select import_id, counts_reassignments
        from {{ source('opsloop_log', 'imports') }}
        where is_current
    ),

    known as (
        select log.*, coalesce(current_imports.counts_reassignments, false) as counts_reassignments
        from {{ rows }} as log
        left join current_imports on log.import_id = current_imports.import_id
        where
            log.recorded_at < {{ known_before() }}
            and (log.source is null or current_imports.import_id is not null)
    ),

    undone as (
        select distinct log.reverses_batch_id as batch_id
        from {{ source('opsloop_log', 'incident_log') }} as log
        left join current_imports on log.import_id = current_imports.import_id
        where
            log.reverses_batch_id is not null
            and log.recorded_at < {{ known_before() }}
            and (log.source is null or current_imports.import_id is not null)
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
            {% for column in stated %}known.{{ column }}, {% endfor %}
            case
                when undone.batch_id is not null then null
                -- an imported log that does not say when it was resolved says only that it ended
                when {{ is_end_without_moment('known') }} then 'closed'
                else known.state
            end as state,
            {% for column in decided %}
                case when undone.batch_id is null then known.{{ column }} end as {{ column }},
            {% endfor %}
            {{ is_end_without_moment('known') }} as is_implied,
            coalesce(sources.known_until, {{ as_of() }}) as known_until,
            (undone.batch_id is not null) as is_undone,
            known.counts_reassignments
            and coalesce(known.rule_id = 'reassigned', false)
            and undone.batch_id is null as is_counted_reassignment
        from known
        left join undone on known.batch_id = undone.batch_id
        left join {{ ref('stg_imported_sources') }} as sources on known.source = sources.source
        left join never_opened on known.incident_id = never_opened.incident_id
        where never_opened.incident_id is null
    )

    select * from decisions
{%- endmacro %}
