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
    inner join {{ dimensions() }} on {{ counts_under('durations') }}
    cross join (values ('week'), ('all')) as periods (period)
    group by
        durations.measure,
        periods.period,
        case when periods.period = 'week' then durations.week_start end,
        dimensions.dimension,
        {{ dimension_value('durations') }},
        durations.seconds
),

-- What belongs to one curve, as one text; only its last part is free, so that no two read the same.
keyed as (
    select
        *,
        measure || '|' || coalesce(cast(week_start as {{ dbt.type_string() }}), 'all')
        || '|' || dimension || '|' || dimension_value as curve_key
    from steps
),

-- One curve each, under a number: sorting by five texts takes three times as long.
curves as (
    select
        curve_key,
        measure,
        period,
        week_start,
        dimension,
        dimension_value,
        row_number() over (order by curve_key) as curve_number,
        sum(leaving) as at_risk_at_first
    from keyed
    group by curve_key, measure, period, week_start, dimension, dimension_value
),

-- Who has come this far without an end.
at_risk as (
    select
        curves.curve_number,
        keyed.seconds,
        keyed.leaving,
        keyed.finished,
        keyed.ended_otherwise,
        cast(
            curves.at_risk_at_first + keyed.leaving
            - sum(keyed.leaving) over (partition by curves.curve_number order by keyed.seconds)
            as double precision
        ) as at_risk
    from keyed
    inner join curves on keyed.curve_key = curves.curve_key
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
                    partition by curve_number order by seconds
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
            partition by curve_number order by seconds
        ) as finished_share
    from survival
),

curve as (
    select
        curves.measure,
        curves.period,
        curves.week_start,
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
