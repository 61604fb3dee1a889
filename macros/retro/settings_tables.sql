{#
    What clocks go by, beside the mirrored logs: calendars and service levels by version, empty
    until `opsloop` fills them. Columns are those of opsloop/store/settings_export.py;
    tests/dbt/test_retro.py compares them. Returns SQL for a hook.
#}
{% macro create_settings_tables() -%}
    {%- for table, columns in settings_columns().items() %}
create table if not exists {{ system_table(table) }} (
    {%- for column, type in columns %}
    {{ column }} {{ type }}{{ ',' if not loop.last }}
    {%- endfor %}
);
    {%- endfor %}
{%- endmacro %}


{# These tables' columns as (name, type). #}
{% macro settings_columns() %}
    {%- set text = dbt.type_string() -%}
    {%- set id = dbt.type_bigint() -%}
    {%- set flag = dbt.type_boolean() -%}
    {%- set time = dbt.type_timestamp() -%}
    {{ return({
        'calendar_intervals': [
            ('calendar_version', id), ('calendar', text), ('starts_at', time), ('ends_at', time),
            ('open_before_s', id),
        ],
        'team_calendars': [('calendar_version', id), ('team', text), ('calendar', text)],
        'service_level_targets': [
            ('policy_version', id), ('policy', text), ('target', text), ('priority', text),
            ('target_s', id), ('calendar', text), ('pauses_waiting', flag),
            ('pauses_snoozed', flag), ('restarts_on_reopen', flag),
        ],
        'imports': [
            ('import_id', id), ('source', text), ('generation', id), ('file_name', text),
            ('is_current', flag), ('window_from', time), ('window_to', time),
            ('complete_for', text), ('counts_reassignments', flag), ('rows_read', id),
            ('rows_imported', id), ('rows_rejected', id), ('imported_at', time),
        ],
        'mirrored_settings': [('fingerprint', text)],
    }) }}
{% endmacro %}
