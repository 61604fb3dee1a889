{# When and how often a row was seen. Written only when a row changes; derived while it fires. #}

{# Complete runs of a monitor, numbered so that reruns of one moment count once. #}
{% macro monitor_counted_runs(monitor_id) %}
select
    numbered.run_number,
    numbered.as_of,
    cast(sum(numbered.is_new_moment) over (order by numbered.run_number) as bigint) as ordinal
from (
    select
        run_number,
        as_of,
        case
            when as_of = lag(as_of) over (order by run_number) then 0
            else 1
        end as is_new_moment
    from {{ system_table('monitor_runs') }}
    where monitor_id = {{ text_literal(monitor_id) }} and status in ('ok', 'held')
) as numbered
{% endmacro %}


{% macro monitor_seen_view(relation) %}
    {{ return(api.Relation.create(
        database=relation.database, schema=relation.schema,
        identifier=relation.identifier ~ '_seen', type='view'
    )) }}
{% endmacro %}


{# One row per event: last_seen_at and runs_seen as of the last complete run. #}
{% macro monitor_create_seen_view(relation, monitor) %}
    {%- call statement('create_seen_view') -%}
        create or replace view {{ monitor_seen_view(relation) }} as
        with counted_runs as (
            {{ monitor_counted_runs(monitor.id) }}
        ),

        last_run as (
            select max(as_of) as as_of, max(ordinal) as ordinal
            from counted_runs
        ),

        events as (
            select
                event_id,
                entity_id,
                last_seen_at,
                runs_seen,
                changed_run,
                {#- whether an event row is still selected is not recorded #}
                {{ 'cleared_at is null and absent_since is null' if monitor.kind != 'event'
                   else '1 = 0' }} as is_firing
            from {{ relation }}
        )

        select
            events.event_id,
            events.entity_id,
            case when events.is_firing then last_run.as_of else events.last_seen_at end
                as last_seen_at,
            case
                when events.is_firing
                    then events.runs_seen + last_run.ordinal - coalesce(counted_runs.ordinal, last_run.ordinal)
                else events.runs_seen
            end as runs_seen
        from events
        cross join last_run
        left join counted_runs on events.changed_run = counted_runs.run_number
    {%- endcall -%}
{% endmacro %}
