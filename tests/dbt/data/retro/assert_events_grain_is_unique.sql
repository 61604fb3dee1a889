-- One row per week, dimension and value.
select
    week_start,
    dimension,
    dimension_value
from {{ ref('rpt_events_weekly') }}
group by week_start, dimension, dimension_value
having count(*) > 1
