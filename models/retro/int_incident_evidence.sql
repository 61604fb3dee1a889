{%- set told_apart = built_evidence_dimensions() -%}
with

event_log as (
    select * from {{ ref('stg_incident_event_log') }}
),

-- What an incident was opened for is the event that came first.
first_places as (
    select
        incident_id,
        min(seq) as seq
    from event_log
    group by incident_id
),

first_events as (
    select
        event_log.incident_id,
        event_log.event_id,
        event_log.monitor_id
    from event_log
    inner join first_places
        on
            event_log.incident_id = first_places.incident_id
            and event_log.seq = first_places.seq
),

found as (
    {% for one in told_apart %}
        select
            first_events.incident_id,
            first_events.monitor_id,
            {{ text_literal(one.column) }} as column_name,
            cast(events.{{ quoted(one.stored_as) }} as {{ dbt.type_string() }}) as value
        from first_events
        inner join {{ one.relation }} as events on first_events.event_id = events.event_id
        where
            first_events.monitor_id = {{ text_literal(one.monitor_id) }}
            and events.{{ quoted(one.stored_as) }} is not null
        union all
    {% endfor %}
    select
        incident_id,
        monitor_id,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as value
    from first_events
    where 1 = 0
),

-- A column with a value for each incident tells nothing apart: the rare ones are one.
ranked as (
    select
        monitor_id,
        column_name,
        value,
        row_number() over (
            partition by monitor_id, column_name order by count(*) desc, value asc
        ) as place
    from found
    group by monitor_id, column_name, value
),

named as (
    select
        found.incident_id,
        found.column_name,
        case when ranked.place <= {{ evidence_values_kept() }} then found.value else '(other)' end
            as value
    from found
    inner join ranked
        on
            found.monitor_id = ranked.monitor_id
            and found.column_name = ranked.column_name
            and found.value = ranked.value
),

evidence as (
    select
        incident_id,
        {{ json_object_of('column_name', 'value') }} as evidence
    from named
    group by incident_id
)

select * from evidence
