with

days as (
    select * from {{ ref('dim_days') }}
),

dimension_values as (
    select * from {{ ref('dim_parts') }}
),

flows as (
    select * from {{ ref('int_flow_days') }}
),

every_day as (
    select
        days.day,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(flows.opened, 0) as opened,
        coalesce(flows.reopened, 0) as reopened,
        coalesce(flows.moved_in, 0) as moved_in,
        coalesce(flows.resolved, 0) as resolved,
        coalesce(flows.merged, 0) as merged,
        coalesce(flows.moved_out, 0) as moved_out,
        cast(coalesce(flows.change_of_backlog, 0) as bigint) as change_of_backlog,
        coalesce(flows.self_resolved, 0) as self_resolved
    from days
    inner join dimension_values on {{ has_figures_on('days.day') }}
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
