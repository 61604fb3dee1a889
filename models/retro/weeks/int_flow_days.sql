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

-- What is alike in everything that figures are told apart by is one row, before it is told apart.
alike as (
    select
        week_start,
        day,
        movement,
        team,
        {{ dimension_columns() }},
        count(*) as movements,
        sum(change_of_backlog) as change_of_backlog,
        count(*) filter (where is_self_resolved) as self_resolved
    from movements_of_weeks
    group by week_start, day, movement, team, {{ dimension_columns() }}
),

-- A hand-over between teams moves work between their backlogs, and within nobody else's.
flows as (
    select
        alike.week_start,
        alike.day,
        dimensions.dimension,
        {{ dimension_value('alike') }} as dimension_value,
        {% for movement in ['opened', 'reopened', 'moved_in', 'resolved', 'merged', 'moved_out'] %}
            coalesce(
                cast(
                    sum(alike.movements) filter (where alike.movement = '{{ movement }}') as bigint
                ),
                0
            ) as {{ movement }},
        {% endfor %}
        cast(sum(alike.change_of_backlog) as bigint) as change_of_backlog,
        cast(sum(alike.self_resolved) as bigint) as self_resolved
    from alike
    inner join {{ dimensions() }} on {{ counts_under('alike') }}
    where
        dimensions.dimension = 'team'
        or alike.movement not in ('moved_in', 'moved_out')
    group by
        alike.week_start,
        alike.day,
        dimensions.dimension,
        {{ dimension_value('alike') }}
)

select * from flows
