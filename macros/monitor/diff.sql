{# The difference between the firing set and the open events: the only rows that a run touches. #}

{# One row per rejected row and per key that appeared, changed, or is absent. #}
{% macro monitor_diff_sql(plan) %}
with firing as (
    {{ monitor_judged_firing(plan) }}
),

open_events as (
    {{ monitor_open_events_sql(plan) }}
),

compared as (
    select
        firing.opsloop_reject,
        open_events.changed_run as opsloop_changed_run,
        open_events.opsloop_was_absent,
        open_events.opsloop_ripens,
        open_events.opsloop_may_clear,
        coalesce(firing.opsloop_key, open_events.{{ plan.key_column }}) as opsloop_key,
        case
            when firing.opsloop_reject is not null then 'rejected'
            when open_events.changed_run is null then 'appeared'
            when firing.opsloop_key is null then 'absent'
            when open_events.opsloop_was_absent or open_events.opsloop_ripens then 'changed'
            {%- for value in plan['values'] %}
            when {{ comparable('open_events.' ~ quoted(value.column), value.type) }}
                is distinct from {{ comparable(value.source, value.type) }} then 'changed'
            {%- endfor %}
            else 'same'
        end as opsloop_change
    from firing
    {# a row of kind event that is no longer selected is simply left #}
    {{- 'left' if plan.monitor.kind == 'event' else 'full' }} join open_events
        on firing.opsloop_key = open_events.{{ plan.key_column }}
)

select * from compared
where
    opsloop_change <> 'same'
    and (opsloop_change <> 'absent' or not opsloop_was_absent or opsloop_may_clear)
{% endmacro %}


{# The rows that fire so far, and what this run means for each if it is absent or still there. #}
{% macro monitor_open_events_sql(plan) %}
select
    {{ plan.key_column }},
    changed_run,
    {%- for value in plan['values'] %}
    {{ quoted(value.column) }},
    {%- endfor %}
    absent_since is not null as opsloop_was_absent,
    ripened_at is null and first_seen_at <= {{
        monitor_time_is_over_at(plan.monitor.pending_for, ['ok', 'held']) }} as opsloop_ripens,
    {#- what never ripened has nobody to spare the flapping #}
    ripened_at is null
    or coalesce(absent_since, {{ as_of() }}) <= {{
        monitor_time_is_over_at(plan.monitor.keep_for, ['ok']) }} as opsloop_may_clear
from {{ plan.events }}
where
    cleared_at is null
    {%- if plan.monitor.kind == 'event' %}
    {#- every row ever is open here: look only at those that could match #}
    and event_key in (select firing.opsloop_key from firing)
    {%- endif %}
{% endmacro %}
