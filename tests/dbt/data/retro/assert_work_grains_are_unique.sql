-- Grains of several columns: each combination once.
{%- set grains = {
    'rpt_work': ['dimension', 'dimension_value'],
    'rpt_work_weekly': ['week_start', 'dimension', 'dimension_value'],
} %}
{% for model, columns in grains.items() %}
    select '{{ model }}' as model
    from {{ ref(model) }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {% if not loop.last %}union all{% endif %}
{% endfor %}
