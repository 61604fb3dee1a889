with

days as (
    select * from {{ ref('dim_days') }}
),

daily as (
    select * from {{ ref('rpt_flow_daily') }}
),

weekly as (
    select
        days.week_start,
        days.iso_week,
        days.is_complete_week as is_complete,
        daily.dimension,
        daily.dimension_value,
        {{ first_known('daily.backlog_start', 'daily.day') }} as backlog_start,
        cast(sum(daily.opened) as bigint) as opened,
        cast(sum(daily.reopened) as bigint) as reopened,
        cast(sum(daily.moved_in) as bigint) as moved_in,
        cast(sum(daily.resolved) as bigint) as resolved,
        cast(sum(daily.merged) as bigint) as merged,
        cast(sum(daily.moved_out) as bigint) as moved_out,
        {{ last_known('daily.backlog_end', 'daily.day') }} as backlog_end,
        cast(sum(daily.self_resolved) as bigint) as self_resolved
    from daily
    inner join days on daily.day = days.day
    group by
        days.week_start,
        days.iso_week,
        days.is_complete_week,
        daily.dimension,
        daily.dimension_value
)

select * from weekly
