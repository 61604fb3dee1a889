with

touched as (
    select * from {{ ref('int_incident_touch') }}
),

rates as (
    select * from {{ ref('stg_team_rates') }}
),

usual as (
    select
        coalesce(monitor_id, '') as monitor_id,
        coalesce(source, '') as source,
        {{ median_of('touch_minutes') }} as median_minutes
    from touched
    where touch_minutes is not null
    group by coalesce(monitor_id, ''), coalesce(source, '')
),

-- What is not recorded is taken for the monitor's median, at the rate of its opening.
estimated as (
    select
        touched.incident_id,
        touched.team,
        {{ dimension_columns('touched') }},
        touched.opened_at,
        touched.entries,
        touched.touch_minutes,
        touched.active_seconds,
        touched.recorded_cost,
        coalesce(touched.touch_minutes, usual.median_minutes) as estimated_minutes,
        case
            when touched.touch_minutes is not null then touched.recorded_cost
            else usual.median_minutes / 60 * rates.per_hour
        end as estimated_cost
    from touched
    left join usual
        on
            coalesce(touched.monitor_id, '') = usual.monitor_id
            and coalesce(touched.source, '') = usual.source
    left join rates
        on
            {{ is_rate_of('touched.team', 'touched.has_own_rate') }}
            and {{ is_in_force('touched.opened_at') }}
            and touched.source is null
)

select * from estimated
