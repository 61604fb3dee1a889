with

incidents as (
    select
        *,
        cast(date_trunc('week', opened_at) as date) as opened_week
    from {{ ref('fct_incidents') }}
),

-- The all-time period has no week.
counted as (
    select
        periods.period,
        case when periods.period = 'week' then incidents.opened_week end as week_start,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        coalesce(incidents.found_by, 'unknown') as found_by,
        count(*) as incidents,
        count(incidents.seconds_to_detect) as timed,
        {% for name, share in {'median': 0.5, 'p85': 0.85, 'p95': 0.95}.items() %}
            percentile_disc({{ share }}) within group (order by incidents.seconds_to_detect)
                as {{ name }}_seconds,
        {% endfor %}
        max(incidents.seconds_to_detect) as longest_seconds
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    cross join (values ('week'), ('all')) as periods (period)
    group by
        periods.period,
        case when periods.period = 'week' then incidents.opened_week end,
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        coalesce(incidents.found_by, 'unknown')
)

select * from counted
