with

asked as (
    select * from {{ of_changed(ref('int_clocks_asked')) }}
    where basis = 'service_level'
),

runs as (
    select * from {{ of_changed(ref('int_clock_runs')) }}
    where basis = 'service_level'
),

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
),

-- A calendar that does not reach as far says nothing; then nothing is known of the clock.
used as (
    select
        incident_id,
        target,
        cast(sum(business_seconds) as bigint) as consumed_s,
        count(*) > count(business_seconds) as is_unknown,
        cast(
            coalesce(sum(case when phase = 'queue' then business_seconds end), 0) as bigint
        ) as queue_s,
        cast(
            coalesce(sum(case when phase = 'hand_over' then business_seconds end), 0) as bigint
        ) as hand_over_s,
        cast(
            coalesce(sum(case when phase = 'waiting' then business_seconds end), 0) as bigint
        ) as waiting_s,
        cast(
            coalesce(sum(case when phase = 'work' then business_seconds end), 0) as bigint
        ) as work_s
    from runs
    group by incident_id, target
),

counted as (
    select
        asked.incident_id,
        incidents.monitor_id,
        incidents.source,
        incidents.team,
        incidents.opened_at,
        asked.target,
        asked.target_s,
        asked.stops_at as stopped_at,
        case when not coalesce(used.is_unknown, false) then coalesce(used.consumed_s, 0) end
            as consumed_s,
        coalesce(used.queue_s, 0) as queue_s,
        coalesce(used.hand_over_s, 0) as hand_over_s,
        coalesce(used.waiting_s, 0) as waiting_s,
        coalesce(used.work_s, 0) as work_s,
        asked.is_reached,
        asked.merged_at is not null as is_merged
    from asked
    inner join incidents on asked.incident_id = incidents.incident_id
    left join used
        on
            asked.incident_id = used.incident_id
            and asked.target = used.target
),

judged as (
    select
        incident_id,
        monitor_id,
        source,
        team,
        opened_at,
        target,
        target_s,
        consumed_s,
        stopped_at,
        case
            when is_merged then 'void'
            when consumed_s is null then 'unknown'
            when consumed_s > target_s then 'missed'
            when stopped_at is null then 'running'
            when is_reached then 'met'
            else 'void'
        end as outcome,
        queue_s,
        hand_over_s,
        waiting_s,
        work_s
    from counted
),

explained as (
    select
        *,
        case when outcome = 'missed' then consumed_s - target_s end as missed_by_s,
        case
            when outcome <> 'missed' then null
            when queue_s >= greatest(hand_over_s, waiting_s, work_s) then 'queue'
            when hand_over_s >= greatest(waiting_s, work_s) then 'hand_over'
            when waiting_s >= work_s then 'waiting'
            else 'work'
        end as cause
    from judged
)

select * from explained
