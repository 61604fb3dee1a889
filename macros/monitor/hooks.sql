{# An aborted materialization cannot write its row: dbt's results tell what did not finish. #}

{# on-run-end: one row of monitor_runs for every monitor that failed or was skipped. #}
{% macro record_unfinished_runs(results) %}
    {%- if not execute or flags.EMPTY or is_sampled() -%}{{ return('') }}{%- endif -%}
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
{%- set now = timestamp_literal(utc_now()) -%}
{%- set ids = [] -%}
insert into {{ runs }} (
    monitor_id, generation, run_number, as_of, started_at, completed_at, status, message,
    invocation_id
)
{% for result in unfinished %}
{%- set meta = result.node.config.meta.get('monitor') -%}
{%- do ids.append(monitor_id_of(result.node.name, meta if meta is mapping else {})) -%}
{#- two monitors with one id are a fault, and each gets a number of its own #}
select
    {{ text_literal(ids[-1]) }} as monitor_id,
    {{ latest('generation', 'run_number', "status in ('ok', 'held')") }} as generation,
    coalesce(max(run_number), 0) + {{ ids.count(ids[-1]) }} as run_number,
    {{ as_of() }} as as_of,
    {{ now }} as started_at,
    {{ now }} as completed_at,
    {{ text_literal(result.status | string) }} as status,
    {{ text_literal(unfinished_message(result)) }} as message,
    {{ text_literal(invocation_id) }} as invocation_id
from {{ runs }}
where monitor_id = {{ text_literal(ids[-1]) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endmacro %}


{# dbt's message on one line, without the macros that it went through. #}
{% macro unfinished_message(result) %}
    {%- set unknown = 'skipped: something that it reads, or a test before it, failed' -%}
    {%- set message = result.message or unknown -%}
    {{ return(message.split('\n  > in macro')[0].split() | join(' ')) }}
{% endmacro %}
