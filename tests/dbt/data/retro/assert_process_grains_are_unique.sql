-- Grains of several columns: each combination once.
{%- set grains = {
    'fct_activities': ['incident_id', 'version'],
    'fct_process_loops': ['incident_id', 'kind', 'place'],
} %}
{% for model, columns in grains.items() %}
    select '{{ model }}' as model
    from {{ ref(model) }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {% if not loop.last %}union all{% endif %}
{% endfor %}
