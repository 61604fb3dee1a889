{%- set told_apart = 100 -%}
with

paths as (
    select * from {{ ref('fct_process_paths') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

variants as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        paths.path_id,
        paths.path,
        paths.activities_count,
        paths.is_ended,
        count(*) as incidents,
        {{ median_of('paths.seconds') }} as median_seconds,
        sum(paths.seconds) as total_seconds
    from paths
    inner join incidents on paths.incident_id = incidents.incident_id
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        paths.path_id,
        paths.path,
        paths.activities_count,
        paths.is_ended
),

ranked as (
    select
        *,
        row_number() over (
            partition by dimension, dimension_value order by incidents desc, path_id asc
        ) as place,
        sum(incidents) over (partition by dimension, dimension_value) as all_incidents
    from variants
),

-- The tail is long: what is not among the most frequent is one row, so that all of it adds up.
shown as (
    select
        dimension,
        dimension_value,
        least(place, {{ told_apart }} + 1) as place,
        case when place <= {{ told_apart }} then path_id end as path_id,
        case when place <= {{ told_apart }} then path end as path,
        case when place <= {{ told_apart }} then activities_count end as activities_count,
        case when place <= {{ told_apart }} then is_ended end as is_ended,
        incidents,
        case when place <= {{ told_apart }} then median_seconds end as median_seconds,
        total_seconds,
        all_incidents
    from ranked
),

report as (
    select
        dimension,
        dimension_value,
        cast(place as bigint) as place,
        path_id,
        path,
        activities_count,
        is_ended,
        count(*) as variants,
        cast(sum(incidents) as bigint) as incidents,
        {{ without_dust(share('sum(incidents)', 'max(all_incidents)')) }} as incidents_share,
        max(median_seconds) as median_seconds,
        sum(total_seconds) as total_seconds
    from shown
    group by dimension, dimension_value, place, path_id, path, activities_count, is_ended
)

select * from report
