-- Grains of several columns: each combination once.
{%- set grains = {
    'fct_incident_transitions': ['incident_id', 'version'],
    'dim_parts': ['dimension', 'dimension_value'],
    'int_turnaround_weeks': ['measure', 'week_start', 'dimension', 'dimension_value'],
    'rpt_flow_daily': ['day', 'dimension', 'dimension_value'],
    'rpt_flow_weekly': ['week_start', 'dimension', 'dimension_value'],
    'rpt_turnaround_weekly': ['week_start', 'dimension', 'dimension_value', 'measure'],
    'rpt_escalations_weekly': ['week_start', 'dimension', 'dimension_value'],
} %}
{{ repeats(grains) }}
