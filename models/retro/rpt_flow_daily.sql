with

days as (
    select * from {{ ref('dim_days') }}
),

dimension_values as (
    select * from {{ ref('int_dimension_values') }}
),

movements as (
    select * from {{ ref('int_flow_movements') }}
),

-- A hand-over between teams moves work between their backlogs, and within nobody else's.
flows as (
    select
        movements.day,
        dimensions.dimension,
        {{ dimension_value('movements') }} as dimension_value,
        sum(case when movements.movement = 'opened' then 1 else 0 end) as opened,
        sum(case when movements.movement = 'reopened' then 1 else 0 end) as reopened,
        sum(case when movements.movement = 'moved_in' then 1 else 0 end) as moved_in,
        sum(case when movements.movement = 'resolved' then 1 else 0 end) as resolved,
        sum(case when movements.movement = 'merged' then 1 else 0 end) as merged,
        sum(case when movements.movement = 'moved_out' then 1 else 0 end) as moved_out,
        sum(movements.change_of_backlog) as change_of_backlog,
        sum(case when movements.is_self_resolved then 1 else 0 end) as self_resolved
    from movements
    cross join {{ dimensions() }}
    where
        dimensions.dimension = 'team'
        or movements.movement not in ('moved_in', 'moved_out')
    group by movements.day, dimensions.dimension, {{ dimension_value('movements') }}
),

every_day as (
    select
        days.day,
        dimension_values.dimension,
        dimension_values.dimension_value,
        cast(coalesce(flows.opened, 0) as bigint) as opened,
        cast(coalesce(flows.reopened, 0) as bigint) as reopened,
        cast(coalesce(flows.moved_in, 0) as bigint) as moved_in,
        cast(coalesce(flows.resolved, 0) as bigint) as resolved,
        cast(coalesce(flows.merged, 0) as bigint) as merged,
        cast(coalesce(flows.moved_out, 0) as bigint) as moved_out,
        cast(coalesce(flows.change_of_backlog, 0) as bigint) as change_of_backlog,
        cast(coalesce(flows.self_resolved, 0) as bigint) as self_resolved
    from days
    cross join dimension_values
    left join flows
        on
            days.day = flows.day
            and dimension_values.dimension = flows.dimension
            and dimension_values.dimension_value = flows.dimension_value
),

accumulated as (
    select
        *,
        cast(
            sum(change_of_backlog) over (
                partition by dimension, dimension_value
                order by day
                rows between unbounded preceding and current row
            ) as bigint
        ) as backlog_end
    from every_day
),

daily as (
    select
        day,
        dimension,
        dimension_value,
        backlog_end - change_of_backlog as backlog_start,
        opened,
        reopened,
        moved_in,
        resolved,
        merged,
        moved_out,
        backlog_end,
        self_resolved
    from accumulated
)

select * from daily
