with

loops as (
    select * from {{ ref('fct_process_loops') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

totals as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as all_incidents
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by dimensions.dimension, {{ dimension_value('incidents') }}
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        loops.kind,
        loops.activity,
        loops.via_activity,
        count(*) as times,
        count(distinct loops.incident_id) as incidents,
        {{ median_of('loops.seconds') }} as median_seconds,
        sum(loops.seconds) as total_seconds
    from loops
    inner join incidents on loops.incident_id = incidents.incident_id
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        loops.kind,
        loops.activity,
        loops.via_activity
),

rework as (
    select
        counted.*,
        {{ without_dust(share('counted.incidents', 'totals.all_incidents')) }} as incidents_share
    from counted
    inner join totals
        on
            counted.dimension = totals.dimension
            and counted.dimension_value = totals.dimension_value
)

select * from rework
