with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where is_open and source is null
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
    where is_current
),

resolves as (
    select
        1 as curve_number,
        cast(null as date) as week_start,
        seconds,
        is_finished,
        is_ended_otherwise
    from {{ ref('int_turnaround_durations') }}
    where measure = 'resolve' and source is null
),

quantiles as (
    {{ turnaround_quantiles('resolves') }}
),

-- What was finished is the yardstick: how long half, 85 and 95 of 100 took.
aged as (
    select
        incidents.incident_id,
        incidents.monitor_id,
        incidents.team,
        incidents.priority,
        incidents.state,
        incidents.opened_at,
        incidents.age_seconds,
        transitions.seconds_in_it as seconds_in_state,
        quantiles.median_seconds,
        quantiles.p85_seconds,
        quantiles.p95_seconds,
        quantiles.finished
    from incidents
    inner join transitions on incidents.incident_id = transitions.incident_id
    cross join quantiles
),

banded as (
    select
        *,
        case
            when p95_seconds is not null and age_seconds > p95_seconds then 'beyond_p95'
            when p85_seconds is not null and age_seconds > p85_seconds then 'beyond_p85'
            when median_seconds is not null and age_seconds > median_seconds then 'beyond_median'
            when median_seconds is not null then 'young'
            else 'unknown'
        end as age_band
    from aged
)

select * from banded
