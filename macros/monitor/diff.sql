{# The difference between the firing set and the open events: the only rows that a run touches. #}

{# One row per rejected row and per key that appeared, changed, or is absent.
One flat SELECT: for a few hundred rows, planning is what costs. #}
{% macro monitor_diff_sql(plan) %}
{%- set is_event = plan.monitor.kind == 'event' -%}
select
    firing.opsloop_reject,
    open_events.changed_run as opsloop_changed_run,
    open_events.absent_since is not null as opsloop_was_absent,
    {{ monitor_ripens(plan) }} as opsloop_ripens,
    {{ monitor_may_clear(plan) }} as opsloop_may_clear,
    coalesce(firing.opsloop_key, open_events.{{ plan.key_column }}) as opsloop_key,
    case
        when firing.opsloop_reject is not null then 'rejected'
        when firing.opsloop_key is null then 'absent'
        when open_events.changed_run is null then 'appeared'
        else 'changed'
    end as opsloop_change
from ({{ monitor_judged_firing(plan) }}) as firing
{# a row of kind event that is no longer selected is simply left -#}
{{ 'left' if is_event else 'full' }} join (
    select * from {{ plan.events }}
    where cleared_at is null
    {%- if is_event %}
    {#- every row ever is open here: look only at those that could match #}
    and event_key in (select {{ plan.key }} from {{ plan.firing }} as firing)
    {%- endif %}
) as open_events on firing.opsloop_key = open_events.{{ plan.key_column }}
where
    firing.opsloop_reject is not null
    or (
        firing.opsloop_key is null
        and (open_events.absent_since is null or {{ monitor_may_clear(plan) }})
    )
    or (
        firing.opsloop_key is not null
        and (
            open_events.changed_run is null
            or open_events.absent_since is not null
            or {{ monitor_ripens(plan) }}
            {%- for value in plan['values'] %}
            or {{ comparable('open_events.' ~ quoted(value.column), value.type) }}
            is distinct from {{ comparable(value.source, value.type) }}
            {%- endfor %}
        )
    )
{% endmacro %}


{# Whether a row that still fires has now fired for long enough. #}
{% macro monitor_ripens(plan) %}
    {{- return('(open_events.ripened_at is null and open_events.first_seen_at <= '
        ~ plan.pending_since ~ ')') -}}
{% endmacro %}


{# Whether an absent row has been so for long enough; one that never ripened waits for nothing. #}
{% macro monitor_may_clear(plan) %}
    {{- return('(open_events.ripened_at is null or coalesce(open_events.absent_since, '
        ~ plan.as_of ~ ') <= ' ~ plan.absent_since ~ ')') -}}
{% endmacro %}
