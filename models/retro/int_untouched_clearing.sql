with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where monitor_id is not null
),

ends as (
    select
        incident_id,
        monitor_id,
        coalesce(source, '') as source,
        opened_at,
        acknowledged_at,
        coalesce(first_resolved_at, closed_at) as first_ended_at,
        known_until,
        {{ is_self_resolved_code('first_resolution_code') }}
        and (acknowledged_at is null or acknowledged_at > first_resolved_at) as is_cleared_untouched
    from incidents
),

-- How long each stood without anybody's act, and whether it then cleared by itself. An act, any
-- other end and the present only end the watching.
watched as (
    select
        monitor_id,
        source,
        is_cleared_untouched,
        case
            when acknowledged_at is not null and not is_cleared_untouched
                then greatest({{ seconds_between('opened_at', 'acknowledged_at') }}, 0)
            when first_ended_at is not null
                then {{ seconds_between('opened_at', 'first_ended_at') }}
            else {{ seconds_until('opened_at', 'known_until') }}
        end as seconds
    from ends
),

steps as (
    select
        monitor_id,
        source,
        seconds,
        count(*) as leaving,
        count(*) filter (where is_cleared_untouched) as cleared
    from watched
    group by monitor_id, source, seconds
),

at_risk as (
    select
        *,
        cast(
            sum(leaving) over (
                partition by monitor_id, source
                order by seconds
                rows between current row and unbounded following
            ) as double precision
        ) as at_risk,
        cast(sum(leaving) over (partition by monitor_id, source) as bigint) as watched_incidents
    from steps
),

-- Kaplan–Meier as a sum of logarithms; where all that are left clear at once, there is none.
survival as (
    select
        *,
        exp(
            sum(ln(1 - case when cleared < at_risk then cleared / at_risk else 0 end)) over (
                partition by monitor_id, source
                order by seconds
                rows between unbounded preceding and current row
            )
        ) as staying_share
    from at_risk
),

curve as (
    select
        monitor_id,
        source,
        seconds,
        watched_incidents,
        {{ without_dust('case when cleared = at_risk then 1 else 1 - staying_share end') }}
            as cleared_share
    from survival
)

select * from curve
