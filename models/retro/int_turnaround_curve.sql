with

durations as (
    select * from {{ ref('int_turnaround_durations') }}
),

dimension_values as (
    select * from {{ ref('int_dimension_values') }}
),

measures as (
    select distinct measure
    from durations
),

-- One curve each, under a number: texts take several times the memory and the time.
curves as (
    select
        measures.measure,
        dimension_values.dimension,
        dimension_values.dimension_value,
        row_number() over (
            order by
                measures.measure, dimension_values.dimension, dimension_values.dimension_value
        ) as curve_number
    from measures
    cross join dimension_values
),

numbered as (
    select
        curves.curve_number,
        durations.week_start,
        durations.seconds,
        durations.is_finished,
        durations.is_ended_otherwise
    from durations
    inner join {{ dimensions() }} on {{ counts_under('durations') }}
    inner join curves
        on
            durations.measure = curves.measure
            and dimensions.dimension = curves.dimension
            and {{ dimension_value('durations') }} = curves.dimension_value
),

-- The all-time period has no week.
steps as (
    select
        numbered.curve_number,
        case when periods.period = 'week' then numbered.week_start end as week_start,
        numbered.seconds,
        count(*) as leaving,
        count(*) filter (where numbered.is_finished) as finished,
        count(*) filter (where numbered.is_ended_otherwise) as ended_otherwise
    from numbered
    cross join (values ('week'), ('all')) as periods (period)
    group by
        numbered.curve_number,
        case when periods.period = 'week' then numbered.week_start end,
        numbered.seconds
),

-- Who has come this far without an end.
at_risk as (
    select
        *,
        cast(
            sum(leaving) over (
                partition by curve_number, week_start
                order by seconds desc
            ) as double precision
        ) as at_risk
    from steps
),

staying as (
    select
        *,
        1 - (finished + ended_otherwise) / at_risk as staying_share
    from at_risk
),

-- Kaplan–Meier over both ways to end, as a sum of logarithms. A step at which everybody ends has
-- none: there the product is what it was before.
product as (
    select
        *,
        exp(
            coalesce(
                sum(ln(nullif(staying_share, 0))) over (
                    partition by curve_number, week_start order by seconds
                ),
                0
            )
        ) as survival_but_for_zero
    from staying
),

survival as (
    select
        *,
        survival_but_for_zero / coalesce(nullif(staying_share, 0), 1) as survival_before
    from product
),

-- Aalen–Johansen: without another way to end it is one minus Kaplan–Meier.
shares as (
    select
        *,
        survival_before * staying_share as survival,
        sum(survival_before * finished / at_risk) over (
            partition by curve_number, week_start order by seconds
        ) as finished_share
    from survival
),

curve as (
    select
        curves.measure,
        case when shares.week_start is null then 'all' else 'week' end as period,
        shares.week_start,
        curves.dimension,
        curves.dimension_value,
        shares.seconds,
        shares.leaving,
        shares.finished,
        shares.ended_otherwise,
        shares.at_risk,
        {{ without_dust('shares.survival') }} as survival,
        {{ without_dust('shares.finished_share') }} as finished_share
    from shares
    inner join curves on shares.curve_number = curves.curve_number
)

select * from curve
