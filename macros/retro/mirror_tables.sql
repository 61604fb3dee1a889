{#
    The mirror of the incident store's two logs, empty until `opsloop` fills it, so that a fresh
    `dbt build` is green. Columns and order are those of opsloop/store/tables.py without `payload`;
    tests/dbt/test_retro.py compares them. Returns SQL for a hook.
#}
{% macro create_mirror_tables() -%}
    {%- for table, columns in mirror_columns().items() %}
create table if not exists {{ system_table(table) }} (
    {%- for column, type in columns %}
    {{ column }} {{ type }}{{ ' not null' if column in ('seq', 'log_id') }}{{ ',' if not loop.last }}
    {%- endfor %}
);
    {%- endfor %}
    {#- what came later than the first tables, for those who have them already -#}
    {%- for column, type in mirror_columns()['incident_log'] if column in later_columns() %}
alter table {{ system_table('incident_log') }} add column if not exists {{ column }} {{ type }};
    {%- endfor %}
{%- endmacro %}


{# What the incident log has gained since its first version. #}
{% macro later_columns() %}
    {{ return([
        'policy', 'found_by', 'waiting_since', 'follow_up_every_s', 'follow_ups', 'escalation_class',
        'import_id',
    ]) }}
{% endmacro %}


{# The mirror's columns as (name, type), by table. #}
{% macro mirror_columns() %}
    {%- set text = dbt.type_string() -%}
    {%- set id = dbt.type_bigint() -%}
    {%- set number = dbt.type_int() -%}
    {%- set flag = dbt.type_boolean() -%}
    {%- set time = dbt.type_timestamp() -%}
    {%- set double = type_double() -%}
    {{ return({
        'incident_log': [
            ('seq', id), ('log_id', text), ('batch_id', text), ('reverses_batch_id', text),
            ('corrects_log_id', text), ('incident_id', id), ('version', number),
            ('decision_version', number), ('action', text), ('recorded_at', time),
            ('effective_at', time), ('actor_kind', text), ('actor_id', text), ('via', text),
            ('source', text), ('source_row', text), ('monitor_id', text), ('entity_id', text),
            ('group_key', text), ('is_flood', flag), ('state', text), ('team', text),
            ('assignee', text), ('assignment_kind', text), ('class', text), ('type', text),
            ('severity', text), ('impact', double), ('impact_unit', text), ('priority', text),
            ('priority_overridden', flag), ('waiting_kind', text), ('waiting_on', text),
            ('waiting_reason', text), ('follow_up_at', time), ('snoozed_until', time),
            ('wake_events', number), ('wake_share', double), ('all_clear_at', time),
            ('regression_of', id), ('merged_into', id), ('resolution_code', text),
            ('root_cause', text), ('accepted_until', time), ('opened_at', time),
            ('acknowledged_at', time), ('first_response_at', time), ('resolved_at', time),
            ('closed_at', time), ('next_update_due_at', time), ('evidence_lost_at', time),
            ('monitor_gone_at', time), ('events_total', number), ('events_firing', number),
            ('policy_version', number), ('calendar_version', number), ('policy', text),
            ('found_by', text), ('waiting_since', time), ('follow_up_every_s', number),
            ('follow_ups', number), ('import_id', id), ('person', text),
            ('minutes', double), ('work_started_at', time), ('escalation_id', text),
            ('escalation_type', text), ('escalation_class', text), ('to_kind', text),
            ('to_id', text), ('nudge_no', number),
            ('other_incident_id', id), ('link_kind', text), ('item_id', text), ('rule_id', text),
            ('text_id', text),
        ],
        'incident_event_log': [
            ('seq', id), ('log_id', text), ('batch_id', text), ('recorded_at', time),
            ('incident_id', id), ('event_id', text), ('monitor_id', text), ('entity_id', text),
            ('group_key', text), ('change', text), ('firing', flag), ('severity', text),
            ('impact', double), ('occurred_at', time), ('started_at', time), ('cleared_at', time),
            ('cleared_reason', text), ('disposition', text),
        ],
    }) }}
{% endmacro %}
