{# A business invariant: the rows for which `expression` is not true; unknown counts as untrue. #}
{% test expression_is_true(model, expression) %}

select *
from {{ model }}
where ({{ expression }}) is not true

{% endtest %}
