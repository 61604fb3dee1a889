{#
    Numbers that figures and proposals go by, all of them in this place. Each may be set under
    `vars: {opsloop: {...}}` in dbt_project.yml; a proposal with less than these is not made.
#}
{% macro threshold(name) %}
    {%- set thresholds = {
        'least_watched': 10,
        'smallest_group': 5,
        'full_week_minutes': 2400,
        'proposal_weeks': 13,
        'automate_reviewed': 10,
        'automate_share': 0.9,
        'tune_reviewed': 10,
        'tune_precision': 0.5,
        'retire_incidents': 20,
        'merge_incidents': 10,
        'merge_share': 0.8,
        'merge_hours': 24,
        'split_reviewed': 10,
        'split_share': 0.9,
        'write_runbook_incidents': 5,
        'source_incidents': 10,
        'source_share': 0.25,
        'source_lift': 2,
        'overload_share': 0.9,
        'free_share': 0.5,
        'free_growth': 0.05,
        'load_weeks': 8,
        'load_weeks_known': 4,
        'load_coverage': 0.5,
    } -%}
    {%- if name not in thresholds -%}
        {{ exceptions.raise_compiler_error("there is no threshold '" ~ name ~ "'") }}
    {%- endif -%}
    {{ return(var(name, thresholds[name])) }}
{% endmacro %}
