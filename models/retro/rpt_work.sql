with

incident_work as (
    select * from {{ ref('fct_incident_work') }}
),

currencies as (
    select max(currency) as currency from {{ ref('stg_team_rates') }}
),

told_apart as (
    select
        dimensions.dimension,
        {{ dimension_value('incident_work') }} as dimension_value,
        incident_work.*
    from incident_work
    inner join {{ dimensions() }} on {{ counts_under('incident_work') }}
),

counted as (
    select
        dimension,
        dimension_value,
        count(*) as incidents,
        count(touch_minutes) as recorded_incidents,
        sum(touch_minutes) as recorded_minutes,
        {{ median_of('touch_minutes') }} as median_minutes,
        sum(active_seconds) as active_seconds,
        count(recorded_cost) as costed_incidents,
        sum(recorded_cost) as recorded_cost,
        count(estimated_minutes) as estimated_incidents,
        sum(estimated_minutes) as estimated_minutes,
        count(estimated_cost) as estimated_cost_incidents,
        sum(estimated_cost) as estimated_cost
    from told_apart
    group by dimension, dimension_value
),

-- Pareto: the most minutes first, what is unknown last.
ranked as (
    select
        *,
        row_number() over most_first as place,
        sum(recorded_minutes) over (partition by dimension) as all_minutes,
        sum(recorded_minutes) over most_first as minutes_so_far
    from counted
    window most_first as (
        partition by dimension
        order by coalesce(recorded_minutes, 0) desc, incidents desc, dimension_value asc
    )
),

report as (
    select
        ranked.dimension,
        ranked.dimension_value,
        ranked.place,
        ranked.incidents,
        ranked.recorded_incidents,
        {{ without_dust(share('ranked.recorded_incidents', 'ranked.incidents')) }}
            as recorded_share,
        ranked.recorded_minutes,
        {{ without_dust(share('ranked.recorded_minutes', 'ranked.all_minutes')) }}
            as minutes_share,
        {{ without_dust(share('ranked.minutes_so_far', 'ranked.all_minutes')) }}
            as minutes_share_so_far,
        ranked.median_minutes,
        ranked.active_seconds,
        currencies.currency,
        ranked.costed_incidents,
        ranked.recorded_cost,
        ranked.estimated_incidents,
        ranked.estimated_minutes,
        ranked.estimated_cost_incidents,
        ranked.estimated_cost
    from ranked
    cross join currencies
)

select * from report
