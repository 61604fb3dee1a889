with

ended as (
    select * from {{ ref('int_impacts') }}
),

curve as (
    select * from {{ ref('int_untouched_clearing') }}
),

-- Definition 11: only after a person acted, and only what was worth it.
judged as (
    select
        *,
        ended_at is not null
        and not {{ never_clears('monitor_id') }}
        and coalesce(acknowledged_at <= ended_at, false)
        and coalesce(
            resolution_code not in (
                'cleared_by_itself', 'rule_changed', 'false_alarm', 'duplicate', 'accepted'
            ),
            true
        ) as is_recovery,
        {{ seconds_between('opened_at', 'ended_at') }} as seconds_to_end
    from ended
),

-- Each end looks up the share that had cleared by itself by then: both on one line of time.
moments as (
    select
        cast(null as {{ dbt.type_bigint() }}) as incident_id,
        monitor_id,
        source,
        seconds,
        watched_incidents,
        cleared_share
    from curve
    union all
    select
        incident_id,
        monitor_id,
        coalesce(source, '') as source,
        seconds_to_end as seconds,
        cast(null as {{ dbt.type_bigint() }}) as watched_incidents,
        cast(null as double precision) as cleared_share
    from judged
    where is_recovery and monitor_id is not null
),

looked_up as (
    select
        incident_id,
        max(watched_incidents) over (partition by monitor_id, source)
        >= {{ threshold('least_watched') }} as is_known,
        coalesce(
            max(cleared_share) over (
                partition by monitor_id, source
                order by seconds
                range between unbounded preceding and current row
            ),
            0
        ) as cleared_share
    from moments
),

impacts as (
    select
        judged.incident_id,
        judged.opened_at,
        judged.ended_at,
        judged.impact_unit,
        judged.at_stake,
        judged.left_at_end,
        judged.is_recovery,
        case when judged.is_recovery then judged.at_stake - judged.left_at_end end
            as recovered_gross,
        case when looked_up.is_known then looked_up.cleared_share end as cleared_untouched_share,
        case
            when looked_up.is_known
                then (judged.at_stake - judged.left_at_end) * (1 - looked_up.cleared_share)
        end as recovered_net
    from judged
    left join looked_up on judged.incident_id = looked_up.incident_id
)

select * from impacts
