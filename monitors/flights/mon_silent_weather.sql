with

station_hours as (
    select * from {{ ref('fct_station_hours') }}
),

heard as (
    select
        station_hours.station,
        max(station_hours.hour_at) filter (where station_hours.has_observation) as last_observed_at,
        min(station_hours.hour_at) as window_starts_at,
    from station_hours
    group by station_hours.station
),

silences as (
    select
        heard.station,
        coalesce(heard.last_observed_at, heard.window_starts_at) as silent_since_at,
    from heard
),

final as (
    select
        silences.station as entity_id,
        silences.silent_since_at as occurred_at,
        date_diff('hour', silences.silent_since_at, {{ as_of() }}) as hours_silent,
    from silences
    where silences.silent_since_at <= {{ as_of() }} - to_hours({{ param('hours') }})
)

select * from final
