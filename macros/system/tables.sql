{# The tables that opsloop owns in the target schema, created at the start of every invocation. #}

{% macro system_table(name) %}
    {{ return(api.Relation.create(
        database=target.database, schema=target.schema, identifier=name, type='table'
    )) }}
{% endmacro %}


{# on-run-start: an empty schema gets everything that models and readers expect to find. #}
{% macro create_system_tables() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do adapter.create_schema(system_table('monitor_runs')) -%}
    {%- set statements = [] -%}
    {%- for name, columns in system_columns().items() -%}
        {%- set lines = [] -%}
        {%- for column, type in columns.items() -%}
            {%- do lines.append(column ~ ' ' ~ type) -%}
        {%- endfor -%}
        {%- do statements.append(
            'create table if not exists ' ~ system_table(name) ~ ' (' ~ lines | join(', ') ~ ')'
        ) -%}
    {%- endfor -%}
    {%- do statements.extend(system_indexes()) -%}
    {%- do run_in_transaction(statements | join(';\n') ~ ';\n' ~ create_mirror_tables()
        ~ create_settings_tables() ~ create_rates_table() ~ create_roster_table()) -%}
{% endmacro %}


{# Run SQL and commit it: dbt leaves what a hook returns uncommitted on Postgres. #}
{% macro run_in_transaction(sql) %}
    {%- call statement('hook', auto_begin=true) -%}{{ sql }}{%- endcall -%}
    {%- do adapter.commit() -%}
{% endmacro %}


{% macro system_columns() %}
    {{ return({
        'monitor_runs': monitor_runs_columns(),
        'monitor_rejects': monitor_rejects_columns(),
    }) }}
{% endmacro %}


{% macro monitor_runs_columns() %}
    {%- set text = dbt.type_string() -%}
    {{ return({
        'monitor_id': text, 'generation': text, 'run_number': 'bigint', 'as_of': 'timestamp',
        'started_at': 'timestamp', 'completed_at': 'timestamp', 'status': text, 'reason': text,
        'message': text, 'firing_rows': 'bigint', 'appeared': 'bigint', 'changed': 'bigint',
        'cleared': 'bigint', 'population': 'bigint', 'rejected_rows': 'bigint',
        'data_updated_at': 'timestamp', 'checksum': text, 'invocation_id': text,
    }) }}
{% endmacro %}


{% macro monitor_rejects_columns() %}
    {%- set text = dbt.type_string() -%}
    {{ return({
        'monitor_id': text, 'run_number': 'bigint', 'as_of': 'timestamp', 'reason': text,
        'entity_id': text, 'row_count': 'bigint', 'sample': text,
    }) }}
{% endmacro %}


{# Indexes of the system tables; on DuckDB none, where they would only slow the writes down. #}
{% macro system_indexes() %}
    {{ return(adapter.dispatch('system_indexes', 'opsloop')()) }}
{% endmacro %}

{% macro default__system_indexes() %}
    {{ return([]) }}
{% endmacro %}

{% macro postgres__system_indexes() %}
    {{ return([
        'create unique index if not exists monitor_runs_by_number on '
        ~ system_table('monitor_runs') ~ ' (monitor_id, run_number)',
        'create index if not exists monitor_rejects_by_number on '
        ~ system_table('monitor_rejects') ~ ' (monitor_id, run_number)',
    ]) }}
{% endmacro %}
