{% macro repeats(grains) %}
{%- for model, columns in grains.items() %}
select '{{ model }}' as model
from {{ ref(model) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}
