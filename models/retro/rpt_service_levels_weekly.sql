with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

counted as (
    select * from {{ ref('int_service_level_weeks') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        counted.dimension,
        counted.dimension_value,
        counted.target,
        counted.clocks,
        counted.met,
        counted.missed,
        counted.missed_and_open,
        counted.running,
        counted.void,
        counted.unknown,
        counted.missed_by_queue,
        counted.missed_by_hand_over,
        counted.missed_by_waiting,
        counted.missed_by_work,
        counted.median_missed_by_seconds,
        {{ share('counted.met', 'counted.met + counted.missed') }} as met_share,
        {{ wilson_bound('counted.met', '(counted.met + counted.missed)', -1) }} as met_share_low,
        {{ wilson_bound('counted.met', '(counted.met + counted.missed)', 1) }} as met_share_high
    from counted
    inner join weeks on counted.week_start = weeks.week_start
)

select * from weekly
