with

activities as (
    select * from {{ ref('fct_activities') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

steps as (
    select
        incident_id,
        activity as from_activity,
        next_activity as to_activity,
        seconds_to_next as seconds,
        is_while_open
    from activities
    union all
    select
        incident_id,
        'start' as from_activity,
        activity as to_activity,
        cast(null as double precision) as seconds,
        false as is_while_open
    from activities
    where place = 1
),

edges as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        steps.from_activity,
        steps.to_activity,
        count(*) as steps,
        count(distinct steps.incident_id) as incidents,
        {{ median_of('steps.seconds') }} as median_seconds,
        sum(steps.seconds) as total_seconds,
        steps.is_while_open
    from steps
    inner join incidents on steps.incident_id = incidents.incident_id
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        steps.from_activity,
        steps.to_activity,
        steps.is_while_open
)

select * from edges
