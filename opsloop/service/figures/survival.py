"""Kaplan–Meier over chosen facts, in SQL: the rule of the model `int_turnaround_curve`.

Open work counts (definition 4), and what ended in another way is no longer waiting for an end of
the kind that is measured (definition 5, Aalen–Johansen).
"""

from __future__ import annotations

# To follow a CTE `durations` (dimension_value, measure, seconds, is_finished, is_ended_otherwise).
# A quantile is the first moment by which that share had finished; null = it is not reached.
TURNAROUND = """
    steps as (
        select
            dimension_value,
            measure,
            seconds,
            count(*) as leaving,
            count(*) filter (where is_finished) as finished,
            count(*) filter (where is_ended_otherwise) as ended_otherwise
        from durations
        group by dimension_value, measure, seconds
    ),
    at_risk as (
        select
            *,
            cast(sum(leaving) over (
                partition by dimension_value, measure order by seconds desc
            ) as double) as at_risk
        from steps
    ),
    survival as (
        select
            *,
            coalesce(
                product(1 - (finished + ended_otherwise) / at_risk) over (
                    partition by dimension_value, measure order by seconds
                    rows between unbounded preceding and 1 preceding
                ),
                1
            ) as survival_before
        from at_risk
    ),
    shares as (
        select
            *,
            -- a sum of shares may miss a share by rounding
            round(
                sum(survival_before * finished / at_risk) over (
                    partition by dimension_value, measure order by seconds
                ),
                12
            ) as finished_share
        from survival
    ),
    turnaround as (
        select
            dimension_value,
            measure,
            cast(sum(finished) as bigint) as finished,
            cast(sum(leaving - finished - ended_otherwise) as bigint) as running,
            min(seconds) filter (where finished_share >= 0.5) as median_seconds,
            min(seconds) filter (where finished_share >= 0.85) as p85_seconds,
            min(seconds) filter (where finished_share >= 0.95) as p95_seconds,
            max(seconds) as longest_seconds
        from shares
        group by dimension_value, measure
    )
"""


def columns_of(measure: str, relation: str = "turnaround") -> str:
    """Return the columns that a measure has in a row of figures, from the CTE `turnaround`.

    They are aggregates: the row is grouped by `dimension_value`.
    """
    of_it = f"filter (where {relation}.measure = '{measure}')"
    names = ("median_seconds", "p85_seconds", "p95_seconds", "longest_seconds")
    return ",\n".join(
        (
            f"coalesce(max({relation}.finished) {of_it}, 0) as {measure}_count",
            f"coalesce(max({relation}.running) {of_it}, 0) as {measure}_running",
            *(f"max({relation}.{name}) {of_it} as {measure}_{name}" for name in names),
        )
    )
