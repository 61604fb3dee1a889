with

curve as (
    select * from {{ ref('int_turnaround_curve') }}
),

-- A quantile is the first moment by which that share had finished.
quantiles as (
    select
        measure,
        period,
        week_start,
        dimension,
        dimension_value,
        cast(sum(leaving) as bigint) as incidents,
        cast(sum(finished) as bigint) as finished,
        cast(sum(ended_otherwise) as bigint) as ended_otherwise,
        cast(sum(leaving - finished - ended_otherwise) as bigint) as running,
        min(case when finished_share >= 0.5 then seconds end) as median_seconds,
        min(case when finished_share >= 0.85 then seconds end) as p85_seconds,
        min(case when finished_share >= 0.95 then seconds end) as p95_seconds,
        max(seconds) as longest_seconds,
        max(finished_share) as finished_share
    from curve
    group by measure, period, week_start, dimension, dimension_value
)

select * from quantiles
