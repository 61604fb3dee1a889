{# A column holds one of the incident's states, or nothing. #}
{% test is_incident_state(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} not in {{ incident_states() }}
{% endtest %}
