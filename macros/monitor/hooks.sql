{# An aborted materialization cannot write its row: dbt's results tell what did not finish. #}

{# on-run-end: one row of monitor_runs for every monitor that failed or was skipped. #}
{% macro record_unfinished_runs(results) %}
    {%- if not execute or flags.EMPTY or flags.SAMPLE -%}{{ return('') }}{%- endif -%}
    {%- set unfinished = [] -%}
    {%- for result in results -%}
        {%- if result.node.resource_type == 'model'
            and result.node.config.materialized == 'monitor'
            and result.status in ['error', 'skipped'] -%}
            {%- do unfinished.append(result) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if unfinished -%}{%- do run_in_transaction(unfinished_runs_sql(unfinished)) -%}{%- endif -%}
{% endmacro %}


{% macro unfinished_runs_sql(unfinished) %}
{%- set runs = system_table('monitor_runs') -%}
{%- set now = timestamp_literal(modules.datetime.datetime.utcnow()) -%}
insert into {{ runs }} (
    monitor_id, generation, run_number, as_of, started_at, completed_at, status, message,
    invocation_id
)
{% for result in unfinished %}
{%- set meta = result.node.config.meta.get('monitor') -%}
{%- set id = text_literal(monitor_id_of(result.node.name, meta if meta is mapping else {})) -%}
select
    {{ id }},
    (
        select max(generation) from {{ runs }}
        where run_number = (
            select max(run_number) from {{ runs }}
            where monitor_id = {{ id }} and status in ('ok', 'held')
        ) and monitor_id = {{ id }}
    ),
    (select coalesce(max(run_number), 0) + 1 from {{ runs }} where monitor_id = {{ id }}),
    {{ as_of() }},
    {{ now }},
    {{ now }},
    {{ text_literal(result.status | string) }},
    {{ text_literal(unfinished_message(result)) }},
    {{ text_literal(invocation_id) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endmacro %}


{# dbt's message on one line, without the macros that it went through. #}
{% macro unfinished_message(result) %}
    {%- set message = result.message or 'skipped: something that it reads failed' -%}
    {{ return(message.split('\n  > in macro')[0].split() | join(' ')) }}
{% endmacro %}
