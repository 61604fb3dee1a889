{# When and how often a row was seen. Written only when a row changes; derived while it fires. #}

{# The complete runs of a monitor, each with how many moments were looked at after it. #}
{% macro monitor_counted_runs(monitor_id) %}
select
    moments.run_number,
    max(moments.as_of) over () as last_as_of,
    {#- reruns of one moment count once #}
    cast(coalesce(sum(moments.is_new) over (
        order by moments.run_number desc rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as runs_since
from (
    select
        run_number,
        as_of,
        case when as_of = lag(as_of) over (order by run_number) then 0 else 1 end as is_new
    from {{ system_table('monitor_runs') }}
    where monitor_id = {{ text_literal(monitor_id) }} and status in ('ok', 'held')
) as moments
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
            case when events.is_firing
                then coalesce(counted_runs.last_as_of, events.last_seen_at)
                else events.last_seen_at
            end as last_seen_at,
            case when events.is_firing
                then events.runs_seen + coalesce(counted_runs.runs_since, 0)
                else events.runs_seen
            end as runs_seen
        from events
        left join counted_runs on events.changed_run = counted_runs.run_number
    {%- endcall -%}
{% endmacro %}
