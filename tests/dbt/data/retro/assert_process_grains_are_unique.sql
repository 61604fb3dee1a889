-- Grains of several columns: each combination once.
{%- set grains = {
    'fct_activities': ['incident_id', 'version'],
    'fct_process_loops': ['incident_id', 'kind', 'place'],
    'rpt_process_activities': ['dimension', 'dimension_value', 'activity'],
    'rpt_process_edges': ['dimension', 'dimension_value', 'from_activity', 'to_activity'],
    'rpt_process_variants': ['dimension', 'dimension_value', 'place'],
    'rpt_process_rework': ['dimension', 'dimension_value', 'kind', 'activity', 'via_activity'],
} %}
{% for model, columns in grains.items() %}
    select '{{ model }}' as model
    from {{ ref(model) }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {% if not loop.last %}union all{% endif %}
{% endfor %}
