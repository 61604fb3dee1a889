{# The incident's states, and the resolution codes that mean something to figures. #}

{# All states, as a SQL list; the Python words are opsloop.types.State. #}
{% macro incident_states() -%}
    ('new', 'active', 'waiting', 'snoozed', 'resolved', 'closed')
{%- endmacro %}


{# Whether somebody still has to do something; false where there is no state yet. #}
{% macro is_open_state(state) -%}
    coalesce({{ state }} not in ('resolved', 'closed'), false)
{%- endmacro %}


{# Whether a code says that no person ended it; sync alone gives these. #}
{% macro is_ended_without_people(resolution_code) -%}
    coalesce({{ resolution_code }} in ('cleared_by_itself', 'rule_changed'), false)
{%- endmacro %}


{# Whether a code says what the exception was worth: real or a false alarm (definition 8). #}
{% macro is_review(resolution_code) -%}
    coalesce(
        {{ resolution_code }} not in ('cleared_by_itself', 'rule_changed', 'duplicate', 'accepted'),
        false
    )
{%- endmacro %}


{# Whether a code says that the exception went away before anybody acted (definition 5). #}
{% macro is_self_resolved_code(resolution_code) -%}
    coalesce({{ resolution_code }} = 'cleared_by_itself', false)
{%- endmacro %}


{#
    Whether an incident takes part in the time to acknowledge: it was acknowledged, or still may be.
    A case that starts in the middle, as an imported log may know it, was taken up at a time that
    nobody knows. `prefix` is the alias of rows of fct_incidents with its dot, if they need one.
#}
{% macro is_acknowledge_known(prefix='') -%}
    (
        {{ prefix }}acknowledged_at is not null
        or ({{ prefix }}is_open and coalesce({{ prefix }}first_state, 'new') = 'new')
    )
{%- endmacro %}
