{# The writes of a run: each touches only the rows of the difference. #}

{# Rows that fire on and changed, came back or ripened. #}
{% macro monitor_update_changed_sql(plan, run) %}
update {{ plan.events }} as events
set
    {%- for value in plan['values'] %}
    {{ quoted(value.column) }} = source.value_{{ loop.index }},
    {%- endfor %}
    ripened_at = case when source.opsloop_ripens then {{ plan.as_of }} else events.ripened_at end,
    absent_since = null,
    cleared_reason = null,
    last_seen_at = {{ plan.as_of }},
    {#- while it was absent it was not seen; otherwise every complete run since then saw it #}
    runs_seen = events.runs_seen
    + case
        when source.opsloop_was_absent then 1
        else source.runs_since + {{ 0 if run.is_rerun else 1 }}
    end,
    changed_at = {{ plan.as_of }},
    changed_run = {{ run.number }}
from (
    select
        diff.opsloop_key,
        diff.opsloop_ripens,
        diff.opsloop_was_absent,
        coalesce(counted_runs.runs_since, 0) as runs_since,
        {%- for value in plan['values'] %}
        {{ value.source }} as value_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ plan.firing }} as firing
    inner join {{ plan.diff }} as diff on {{ plan.key }} = diff.opsloop_key
    left join ({{ monitor_counted_runs(plan.monitor.id) }}) as counted_runs
        on diff.opsloop_changed_run = counted_runs.run_number
    where diff.opsloop_change = 'changed'
) as source
where events.{{ plan.key_column }} = source.opsloop_key and events.cleared_at is null
{% endmacro %}


{# Rows that are absent: marked at the first absent run, cleared when that is long enough. #}
{% macro monitor_update_absent_sql(plan, run) %}
update {{ plan.events }} as events
set
    absent_since = coalesce(events.absent_since, {{ plan.as_of }}),
    {#- the first absent run decides the reason, even if the clear follows later #}
    cleared_reason = coalesce(events.cleared_reason, {{ text_literal(run.reason) }}),
    cleared_at = {{ 'null' if run.held else 'case when source.opsloop_may_clear then '
        ~ plan.as_of ~ ' end' }},
    last_seen_at = case
        when events.absent_since is null then {{ run.last_as_of }} else events.last_seen_at
    end,
    runs_seen = events.runs_seen + case
        when events.absent_since is null then source.runs_since else 0
    end,
    changed_at = {{ plan.as_of }},
    changed_run = {{ run.number }}
from (
    select
        diff.opsloop_key,
        diff.opsloop_may_clear,
        coalesce(counted_runs.runs_since, 0) as runs_since
    from {{ plan.diff }} as diff
    left join ({{ monitor_counted_runs(plan.monitor.id) }}) as counted_runs
        on diff.opsloop_changed_run = counted_runs.run_number
    where
        diff.opsloop_change = 'absent'
        {{ 'and not diff.opsloop_was_absent' if run.held }}
) as source
where events.{{ plan.key_column }} = source.opsloop_key and events.cleared_at is null
{% endmacro %}


{# Rows that fire for the first time, or again: the next episode of their entity. #}
{% macro monitor_insert_appeared_sql(plan, run) %}
{%- set is_event = plan.monitor.kind == 'event' -%}
{%- set episode = '1' if is_event else 'coalesce(earlier.episode, 0) + 1' -%}
{%- set identity = plan.key if is_event else text_of(episode) -%}
insert into {{ plan.events }} (
    event_id, entity_id, {{ 'event_key, ' if is_event }}episode,
    {%- for value in plan['values'] %} {{ quoted(value.column) }},{% endfor %}
    first_seen_at, ripened_at, last_seen_at, runs_seen, changed_at, changed_run
)
select
    {{ event_id(text_literal(plan.monitor.id), plan.entity, identity) }},
    {{ plan.entity }},
    {%- if is_event %}
    {{ plan.key }},
    {%- endif %}
    {{ episode }},
    {%- for value in plan['values'] %}
    {{ value.source }},
    {%- endfor %}
    {{ plan.as_of }},
    {{ plan.as_of if monitor_is_ripe_at_once(plan.monitor.pending_for)
       else timestamp_literal(none) }},
    {{ plan.as_of }},
    1,
    {{ plan.as_of }},
    {{ run.number }}
from {{ plan.firing }} as firing
inner join {{ plan.diff }} as diff on {{ plan.key }} = diff.opsloop_key
{%- if not is_event %}
left join (
    select
        entity_id,
        max(episode) as episode
    from {{ plan.events }}
    where entity_id in (
        select opsloop_key from {{ plan.diff }} where opsloop_change = 'appeared'
    )
    group by entity_id
) as earlier on diff.opsloop_key = earlier.entity_id
{%- endif %}
where diff.opsloop_change = 'appeared'
{% endmacro %}


{% macro monitor_is_ripe_at_once(pending_for) %}
    {{ return(pending_for is none or pending_for.get('runs') == 1) }}
{% endmacro %}


{# Rows that were set aside: one row per reason and entity, the rest beyond a hundred together. #}
{% macro monitor_insert_rejects_sql(plan, run) %}
insert into {{ system_table('monitor_rejects') }} (
    monitor_id, run_number, as_of, reason, entity_id, row_count, sample
)
select
    {{ text_literal(plan.monitor.id) }},
    {{ run.number }},
    {{ plan.as_of }},
    ranked.opsloop_reject,
    case when ranked.place <= 100 then ranked.opsloop_entity end,
    cast(sum(ranked.row_count) as bigint),
    min(ranked.sample)
from (
    select
        firing.opsloop_reject,
        firing.opsloop_entity,
        count(*) as row_count,
        min(firing.opsloop_sample) as sample,
        row_number() over (
            partition by firing.opsloop_reject order by firing.opsloop_entity
        ) as place
    from ({{ monitor_judged_firing(plan, with_sample=true) }}) as firing
    where firing.opsloop_reject is not null
    group by firing.opsloop_reject, firing.opsloop_entity
) as ranked
group by
    ranked.opsloop_reject,
    case when ranked.place <= 100 then ranked.opsloop_entity end
{% endmacro %}
