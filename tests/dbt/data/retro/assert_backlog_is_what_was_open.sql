-- Definition 12, from the other side: the backlog at a week's end is what stood open then, counted
-- from the states themselves and not from what moved.
with

weeks as (
    select
        week_start,
        dimension,
        dimension_value,
        backlog_end
    from {{ ref('rpt_flow_weekly') }}
),

standing as (
    select
        transitions.to_team as team,
        {{ dimension_columns('incidents') }},
        transitions.changed_at,
        transitions.left_at
    from {{ ref('fct_incident_transitions') }} as transitions
    inner join {{ ref('fct_incidents') }} as incidents
        on transitions.incident_id = incidents.incident_id
    where transitions.is_open
),

counted as (
    select
        ends.week_start,
        dimensions.dimension,
        {{ dimension_value('standing') }} as dimension_value,
        count(*) as open_incidents
    from (select distinct week_start from weeks) as ends
    inner join standing
        on
            standing.changed_at < ends.week_start + interval '7 days'
            and (
                standing.left_at is null
                or standing.left_at >= ends.week_start + interval '7 days'
            )
    inner join {{ dimensions() }} on {{ counts_under('standing') }}
    -- an imported log has no weeks after its last one
    inner join {{ ref('dim_parts') }} as dimension_values
        on
            dimensions.dimension = dimension_values.dimension
            and {{ dimension_value('standing') }} = dimension_values.dimension_value
            and {{ has_figures_on('ends.week_start') }}
    group by ends.week_start, dimensions.dimension, {{ dimension_value('standing') }}
)

select
    weeks.*,
    counted.open_incidents
from weeks
full join counted
    on
        weeks.week_start = counted.week_start
        and weeks.dimension = counted.dimension
        and weeks.dimension_value = counted.dimension_value
where coalesce(weeks.backlog_end, -1) <> coalesce(counted.open_incidents, 0)
