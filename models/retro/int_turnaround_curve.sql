with

durations as (
    select * from {{ ref('int_turnaround_durations') }}
),

-- The all-time period has no week.
steps as (
    select
        durations.measure,
        periods.period,
        case when periods.period = 'week' then durations.week_start end as week_start,
        dimensions.dimension,
        {{ dimension_value('durations') }} as dimension_value,
        durations.seconds,
        count(*) as leaving,
        count(*) filter (where durations.is_finished) as finished,
        count(*) filter (where durations.is_ended_otherwise) as ended_otherwise
    from durations
    cross join {{ dimensions() }}
    cross join (values ('week'), ('all')) as periods (period)
    group by
        durations.measure,
        periods.period,
        case when periods.period = 'week' then durations.week_start end,
        dimensions.dimension,
        {{ dimension_value('durations') }},
        durations.seconds
),

at_risk as (
    select
        *,
        sum(leaving) over (
            partition by measure, period, week_start, dimension, dimension_value
            order by seconds desc
            rows between unbounded preceding and current row
        ) as at_risk
    from steps
),

-- Kaplan–Meier over both ways to end: the share that has not ended after so many seconds. The
-- logarithm of nothing is left out: it ends the curve at zero.
survival as (
    select
        *,
        case
            when at_risk = finished + ended_otherwise then 0
            else exp(
                sum(
                    ln(
                        nullif(
                            1 - (finished + ended_otherwise) / cast(at_risk as double precision), 0
                        )
                    )
                ) over (
                    partition by measure, period, week_start, dimension, dimension_value
                    order by seconds
                    rows between unbounded preceding and current row
                )
            )
        end as survival
    from at_risk
),

before as (
    select
        *,
        lag(survival, 1, cast(1 as double precision)) over (
            partition by measure, period, week_start, dimension, dimension_value
            order by seconds
        ) as survival_before
    from survival
),

-- Aalen–Johansen: without another way to end it is one minus Kaplan–Meier.
shares as (
    select
        *,
        sum(survival_before * finished / at_risk) over (
            partition by measure, period, week_start, dimension, dimension_value
            order by seconds
            rows between unbounded preceding and current row
        ) as finished_share
    from before
),

curve as (
    select
        measure,
        period,
        week_start,
        dimension,
        dimension_value,
        seconds,
        leaving,
        finished,
        ended_otherwise,
        at_risk,
        {{ without_dust('survival') }} as survival,
        {{ without_dust('finished_share') }} as finished_share
    from shares
)

select * from curve
