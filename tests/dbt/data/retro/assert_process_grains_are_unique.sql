-- Grains of several columns: each combination once.
{%- set grains = {
    'fct_activities': ['incident_id', 'version'],
    'fct_process_loops': ['incident_id', 'kind', 'place'],
} %}
{{ repeats(grains) }}
