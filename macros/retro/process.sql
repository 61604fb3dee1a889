{# The process as its activities: what a person or the course of things did, never a mere note. #}

{#
    The actions of the log that are activities. Comments, evidence that is refreshed, links, labels,
    reminders and minutes say something about an incident and move it nowhere: they are left out.
#}
{% macro process_actions() -%}
    (
        'opened', 'taken', 'assigned', 'set_waiting', 'resumed', 'snoozed', 'woken', 'taken_back',
        'escalated', 'answered', 'updated', 'merged', 'split', 'resolved', 'closed', 'reopened'
    )
{%- endmacro %}


{#
    An action's name as an activity: its own, except that a change of team is told apart from a
    change of person, and clearing by itself from a resolve.
#}
{% macro activity_of(action, resolution_code, is_other_team) -%}
    case
        when {{ action }} = 'assigned' and {{ is_other_team }} then 'handed_over'
        when {{ action }} = 'resolved' and {{ is_self_resolved_code(resolution_code) }}
            then 'cleared_by_itself'
        else {{ action }}
    end
{%- endmacro %}


{# Whether nothing is left to do after an activity: time until what follows it is nobody's. #}
{% macro is_ending_activity(activity) -%}
    {{ activity }} in ('resolved', 'cleared_by_itself', 'merged', 'closed')
{%- endmacro %}


{# The median of a number, an aggregate; between the two in the middle if they are even. #}
{% macro median_of(number) -%}
    percentile_cont(0.5) within group (order by {{ number }})
{%- endmacro %}
