with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where impact_at_opening is not null
),

log as (
    select * from {{ ref('stg_incident_log') }}
),

curve as (
    select * from {{ ref('int_untouched_clearing') }}
),

event_log as (
    select * from {{ ref('stg_incident_event_log') }}
    where incident_id is not null
),

opening_batches as (
    select
        incident_id,
        batch_id
    from log
    where version = 1
),

-- The same entities at both ends: the events it was opened with, as they were then and last.
opening_events as (
    select
        event_log.incident_id,
        event_log.event_id,
        {{ first_known('event_log.impact', 'event_log.seq') }} as at_opening,
        {{ last_known(
            'case when event_log.is_firing then event_log.impact else 0 end', 'event_log.seq'
        ) }} as at_last
    from event_log
    inner join opening_batches on event_log.incident_id = opening_batches.incident_id
    group by event_log.incident_id, event_log.event_id
    having bool_or(event_log.batch_id = opening_batches.batch_id)
),

measured as (
    select
        incident_id,
        sum(at_opening) as at_opening,
        sum(at_last) as at_last
    from opening_events
    where at_opening is not null
    group by incident_id
),

-- What has no events with an impact: the incident's own, nothing once its data is all clear. What
-- joins or comes back takes that back.
looks as (
    select
        incident_id,
        coalesce(
            max(case when action = 'all_clear' then version end)
            > coalesce(max(case when action in ('attached', 'reopened') then version end), 0),
            false
        ) as is_all_clear
    from log
    where action in ('all_clear', 'attached', 'reopened')
    group by incident_id
),

ended as (
    select
        incidents.incident_id,
        incidents.monitor_id,
        incidents.source,
        incidents.opened_at,
        incidents.impact_unit,
        coalesce(measured.at_opening, incidents.impact_at_opening) as at_stake,
        case
            when not incidents.is_open then coalesce(incidents.resolved_at, incidents.closed_at)
        end as ended_at,
        case
            when incidents.is_open then null
            when measured.at_opening is not null then measured.at_last
            when looks.is_all_clear then 0
            else incidents.impact_at_resolve
        end as left_at_end,
        incidents.acknowledged_at,
        incidents.resolution_code
    from incidents
    left join measured on incidents.incident_id = measured.incident_id
    left join looks on incidents.incident_id = looks.incident_id
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
