with

station_hours as (
    select * from {{ ref('fct_station_hours') }}
),

flights as (
    select * from {{ ref('fct_flights') }}
),

-- An older observation says nothing about now: mon_silent_weather looks after those.
latest as (
    select * from station_hours
    where
        has_observation
        and hour_at >= {{ as_of() }} - interval '3 hours'
    qualify row_number() over (
        partition by station
        order by hour_at desc
    ) = 1
),

beyond_limits as (
    select
        *,
        visibility_miles <= {{ param('visibility_miles') }} as has_low_visibility,
        greatest(wind_speed_mph, wind_gust_mph) >= {{ param('wind_mph') }} as has_high_wind,
        precipitation_inches >= {{ param('precipitation_inches') }} as has_heavy_rain
    from latest
),

soon as (
    select
        origin as station,
        count(*) as flights_due_soon,
        sum(seats) as seats_due_soon
    from flights
    where
        status = 'scheduled'
        and scheduled_departure_at <= {{ as_of() }} + interval '3 hours'
    group by origin
),

final as (
    select
        beyond_limits.station as entity_id,
        beyond_limits.hour_at as occurred_at,
        concat_ws(
            ', ',
            case when beyond_limits.has_low_visibility then 'low visibility' end,
            case when beyond_limits.has_high_wind then 'high wind' end,
            case when beyond_limits.has_heavy_rain then 'heavy rain' end
        ) as limits_exceeded,
        beyond_limits.visibility_miles,
        beyond_limits.wind_speed_mph,
        beyond_limits.wind_gust_mph,
        beyond_limits.precipitation_inches,
        coalesce(soon.flights_due_soon, 0) as flights_due_soon,
        'station_' || lower(beyond_limits.station) as owner,
        coalesce(soon.seats_due_soon, 0) as impact
    from beyond_limits
    left join soon on beyond_limits.station = soon.station
    where
        beyond_limits.has_low_visibility
        or beyond_limits.has_high_wind
        or beyond_limits.has_heavy_rain
)

select * from final
