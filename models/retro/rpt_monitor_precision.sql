with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where monitor_id is not null and source is null
),

counted as (
    select
        monitor_id,
        count(*) as incidents,
        count(*) filter (where not is_open) as ended,
        count(*) filter (
            where
            not is_open
            and {{ is_review('resolution_code') }}
            and resolution_code <> 'false_alarm'
        ) as confirmed,
        count(*) filter (where not is_open and resolution_code = 'false_alarm') as false_alarms
    from incidents
    group by monitor_id
),

precisions as (
    select
        monitor_id,
        incidents,
        ended,
        confirmed,
        false_alarms,
        confirmed + false_alarms as reviewed,
        {{ share('confirmed', '(confirmed + false_alarms)') }} as precision_share,
        {{ wilson_bound('confirmed', '(confirmed + false_alarms)', -1) }} as precision_low,
        {{ wilson_bound('confirmed', '(confirmed + false_alarms)', 1) }} as precision_high,
        {{ share('(confirmed + false_alarms)', 'ended') }} as reviewed_share
    from counted
)

select * from precisions
