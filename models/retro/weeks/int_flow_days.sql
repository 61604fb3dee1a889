with

movements as (
    select
        *,
        cast(date_trunc('week', day) as date) as week_start
    from {{ ref('int_flow_movements') }}
),

movements_of_weeks as (
    select * from {{ of_changed_weeks('movements') }}
),

-- A hand-over between teams moves work between their backlogs, and within nobody else's.
flows as (
    select
        movements.week_start,
        movements.day,
        dimensions.dimension,
        {{ dimension_value('movements') }} as dimension_value,
        count(*) filter (where movements.movement = 'opened') as opened,
        count(*) filter (where movements.movement = 'reopened') as reopened,
        count(*) filter (where movements.movement = 'moved_in') as moved_in,
        count(*) filter (where movements.movement = 'resolved') as resolved,
        count(*) filter (where movements.movement = 'merged') as merged,
        count(*) filter (where movements.movement = 'moved_out') as moved_out,
        sum(movements.change_of_backlog) as change_of_backlog,
        count(*) filter (where movements.is_self_resolved) as self_resolved
    from movements_of_weeks as movements
    inner join {{ dimensions() }} on {{ counts_under('movements') }}
    where
        dimensions.dimension = 'team'
        or movements.movement not in ('moved_in', 'moved_out')
    group by
        movements.week_start,
        movements.day,
        dimensions.dimension,
        {{ dimension_value('movements') }}
)

select * from flows
