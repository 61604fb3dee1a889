-- Whatever comes into an activity goes out of it, and whoever starts ends or is still open.
with

both_ways as (
    select
        dimension,
        dimension_value,
        case when to_activity = 'still_open' then 'end' else to_activity end as activity,
        steps
    from {{ ref('rpt_process_edges') }}
    union all
    select
        dimension,
        dimension_value,
        case when from_activity = 'start' then 'end' else from_activity end as activity,
        -steps as steps
    from {{ ref('rpt_process_edges') }}
)

select
    dimension,
    dimension_value,
    activity,
    sum(steps) as lost
from both_ways
group by dimension, dimension_value, activity
having sum(steps) <> 0
