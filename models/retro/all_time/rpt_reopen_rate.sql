{%- set window_days = 14 -%}
with

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

ends as (
    select
        incident_id,
        changed_at as resolved_at,
        from_team,
        to_state = 'resolved' and is_end as is_resolve,
        min(case when is_reopening then changed_at end) over (
            partition by incident_id
            order by version
            rows between 1 following and unbounded following
        ) as reopened_at
    from transitions
),

-- Only what is older than the window has had its chance to come back (definition 9).
resolves as (
    select
        ends.from_team as team,
        {{ dimension_columns('incidents') }},
        ends.resolved_at <= incidents.known_until - interval '{{ window_days }} days' as is_matured,
        coalesce(
            ends.reopened_at <= ends.resolved_at + interval '{{ window_days }} days', false
        ) as is_reopened
    from ends
    inner join incidents on ends.incident_id = incidents.incident_id
    where ends.is_resolve
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('resolves') }} as dimension_value,
        count(*) as resolves,
        count(*) filter (where resolves.is_matured) as matured,
        count(*) filter (where resolves.is_matured and resolves.is_reopened) as reopened
    from resolves
    inner join {{ dimensions() }} on {{ counts_under('resolves') }}
    group by dimensions.dimension, {{ dimension_value('resolves') }}
),

rates as (
    select
        dimension,
        dimension_value,
        {{ window_days }} as window_days,
        resolves,
        resolves - matured as too_young,
        matured,
        reopened,
        {{ share('reopened', 'matured') }} as reopen_share
    from counted
)

select * from rates
