with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where monitor_id is not null
),

counted as (
    select
        monitor_id,
        count(*) as incidents,
        sum(case when not is_open then 1 else 0 end) as ended,
        sum(
            case
                when
                    not is_open
                    and {{ is_review('resolution_code') }}
                    and resolution_code <> 'false_alarm'
                    then 1
                else 0
            end
        ) as confirmed,
        sum(case when not is_open and resolution_code = 'false_alarm' then 1 else 0 end)
            as false_alarms
    from incidents
    group by monitor_id
),

precisions as (
    select
        monitor_id,
        incidents,
        cast(ended as bigint) as ended,
        cast(confirmed as bigint) as confirmed,
        cast(false_alarms as bigint) as false_alarms,
        cast(confirmed + false_alarms as bigint) as reviewed,
        {{ share('confirmed', '(confirmed + false_alarms)') }} as precision_share,
        {{ wilson_bound('confirmed', '(confirmed + false_alarms)', -1) }} as precision_low,
        {{ wilson_bound('confirmed', '(confirmed + false_alarms)', 1) }} as precision_high,
        {{ share('(confirmed + false_alarms)', 'ended') }} as reviewed_share
    from counted
)

select * from precisions
