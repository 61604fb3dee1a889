-- Definition 12: what comes in and goes out explains the backlog, day by day and week by week, and
-- the backlog of one period is where the next begins.
with

periods as (
    select
        'day' as grain,
        day as starts_on,
        dimension,
        dimension_value,
        backlog_start,
        opened + reopened + moved_in as came,
        resolved + merged + moved_out as went,
        backlog_end
    from {{ ref('rpt_flow_daily') }}
    union all
    select
        'week' as grain,
        week_start as starts_on,
        dimension,
        dimension_value,
        backlog_start,
        opened + reopened + moved_in as came,
        resolved + merged + moved_out as went,
        backlog_end
    from {{ ref('rpt_flow_weekly') }}
),

compared as (
    select
        *,
        lag(backlog_end, 1, cast(0 as bigint)) over (
            partition by grain, dimension, dimension_value order by starts_on
        ) as previous_end
    from periods
)

select * from compared
where
    backlog_end <> backlog_start + came - went
    or backlog_start <> previous_end
    or backlog_end < 0
