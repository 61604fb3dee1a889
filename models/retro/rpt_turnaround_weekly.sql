with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

dimension_values as (
    select * from {{ ref('dim_parts') }}
),

quantiles as (
    select * from {{ ref('int_turnaround_weeks') }}
),

incidents as (
    select
        cast(date_trunc('week', opened_at) as date) as week_start,
        team,
        {{ dimension_columns() }}
    from {{ ref('fct_incidents') }}
),

-- Whoever takes no part in a measure is counted beside it.
opened as (
    select
        incidents.week_start,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as incidents_opened
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by incidents.week_start, dimensions.dimension, {{ dimension_value('incidents') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        measures.measure,
        coalesce(quantiles.incidents, 0) as incidents,
        coalesce(quantiles.finished, 0) as finished,
        coalesce(quantiles.running, 0) as running,
        coalesce(quantiles.ended_otherwise, 0) as ended_otherwise,
        coalesce(opened.incidents_opened, 0) - coalesce(quantiles.incidents, 0) as left_out,
        quantiles.median_seconds,
        quantiles.median_seconds is not null as is_median_reached,
        quantiles.p85_seconds,
        quantiles.p85_seconds is not null as is_p85_reached,
        quantiles.p95_seconds,
        quantiles.p95_seconds is not null as is_p95_reached,
        quantiles.longest_seconds,
        quantiles.finished_share
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    cross join
        (
            values
            ('acknowledge'), ('resolve'), ('final_resolve'), ('resolve_by_people'),
            ('acknowledge_business'), ('resolve_business'), ('final_resolve_business')
        ) as measures (measure)
    left join quantiles
        on
            weeks.week_start = quantiles.week_start
            and dimension_values.dimension = quantiles.dimension
            and dimension_values.dimension_value = quantiles.dimension_value
            and measures.measure = quantiles.measure
    left join opened
        on
            weeks.week_start = opened.week_start
            and dimension_values.dimension = opened.dimension
            and dimension_values.dimension_value = opened.dimension_value
)

select * from weekly
