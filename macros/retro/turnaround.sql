{#
    How long things take, by curve: one row for each `curve_number` and `week_start` of a relation
    that has these, `seconds`, `is_finished` and `is_ended_otherwise`. A quantile is the first
    moment by which that share had finished; null = not reached (definitions 4 and 5).
#}
{% macro turnaround_quantiles(durations) -%}
    with

    shares as (
        {{ finished_shares(durations) | indent(4) }}
    )

    select
        curve_number,
        week_start,
        cast(sum(leaving) as bigint) as incidents,
        cast(sum(finished) as bigint) as finished,
        cast(sum(ended_otherwise) as bigint) as ended_otherwise,
        cast(sum(leaving - finished - ended_otherwise) as bigint) as running,
        min(case when finished_share >= 0.5 then seconds end) as median_seconds,
        min(case when finished_share >= 0.85 then seconds end) as p85_seconds,
        min(case when finished_share >= 0.95 then seconds end) as p95_seconds,
        max(seconds) as longest_seconds,
        max(finished_share) as finished_share
    from shares
    group by curve_number, week_start
{%- endmacro %}


{#
    The curves that turnaround_quantiles() reads: after each of their durations, the share that had
    finished. Kaplan–Meier over both ways to end, as a sum of logarithms.
#}
{% macro finished_shares(durations) -%}
    with

    steps as (
        select
            curve_number,
            week_start,
            seconds,
            count(*) as leaving,
            count(*) filter (where is_finished) as finished,
            count(*) filter (where is_ended_otherwise) as ended_otherwise
        from {{ durations }}
        group by curve_number, week_start, seconds
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

    -- A step at which everybody ends has no logarithm: there the product is what it was before.
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
    )

    -- Aalen–Johansen: without another way to end it is one minus Kaplan–Meier.
    select
        *,
        {{ without_dust(
            'sum(survival_before * finished / at_risk) over (
                partition by curve_number, week_start order by seconds
            )'
        ) }} as finished_share
    from survival
{%- endmacro %}


{#
    The quantiles of a relation like int_turnaround_durations by measure, week, dimension and value;
    `is_weekly` false = of all weeks together, which have none.
#}
{% macro turnaround_by_dimension(durations, is_weekly) -%}
    with

    durations as (
        select * from {{ durations }}
        {% if is_weekly -%}
            -- what is only put away (definition 6) ages until then, and so would every week
            where measure <> 'close'
        {%- endif %}
    ),

    dimension_values as (
        select * from {{ ref('dim_parts') }}
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
            {{ 'durations.week_start' if is_weekly else 'cast(null as date)' }} as week_start,
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

    quantiles as (
        {{ turnaround_quantiles('numbered') | indent(8) }}
    )

    select
        curves.measure,
        {% if is_weekly %}quantiles.week_start,{% endif %}
        curves.dimension,
        curves.dimension_value,
        quantiles.incidents,
        quantiles.finished,
        quantiles.ended_otherwise,
        quantiles.running,
        quantiles.median_seconds,
        quantiles.p85_seconds,
        quantiles.p95_seconds,
        quantiles.longest_seconds,
        quantiles.finished_share
    from quantiles
    inner join curves on quantiles.curve_number = curves.curve_number
{%- endmacro %}
