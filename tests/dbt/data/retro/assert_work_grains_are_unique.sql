-- Grains of several columns: each combination once.
{%- set grains = {
    'rpt_work': ['dimension', 'dimension_value'],
    'rpt_work_weekly': ['week_start', 'dimension', 'dimension_value'],
} %}
{{ repeats(grains) }}
