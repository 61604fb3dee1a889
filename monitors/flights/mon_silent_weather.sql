with

station_hours as (
    select * from {{ ref('fct_station_hours') }}
),

heard as (
    select
        station,
        max(hour_at) filter (where has_observation) as last_observed_at,
        min(hour_at) as window_starts_at
    from station_hours
    group by station
),

silences as (
    select
        station,
        coalesce(last_observed_at, window_starts_at) as silent_since_at
    from heard
),

final as (
    select
        station as entity_id,
        silent_since_at as occurred_at,
        date_diff('hour', silent_since_at, {{ as_of() }}) as hours_silent
    from silences
    where silent_since_at <= {{ as_of() }} - to_hours({{ param('hours') }})
)

select * from final
