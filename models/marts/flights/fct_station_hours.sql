with

flights as (
    select * from {{ ref('fct_flights') }}
),

weather as (
    select * from {{ ref('stg_flights__weather') }}
),

stations as (
    select distinct origin as station from flights
),

hours as (
    select spine.hour_at
    from unnest(
        generate_series(
            date_trunc('hour', {{ as_of() }}) - interval '7 days',
            date_trunc('hour', {{ as_of() }}),
            interval '1 hour'
        )
    ) as spine (hour_at)
),

due as (
    select
        origin as station,
        date_trunc('hour', scheduled_departure_at) as hour_at,
        count(*) as flights_due,
        count(*) filter (where status = 'cancelled') as flights_cancelled,
        count(*) filter (where departed_at is not null) as flights_departed,
        count(*) filter (where departure_delay_minutes >= 15) as flights_late
    from flights
    where scheduled_departure_at <= {{ as_of() }}
    group by
        origin,
        date_trunc('hour', scheduled_departure_at)
),

final as (
    select
        stations.station,
        hours.hour_at,
        coalesce(due.flights_due, 0) as flights_due,
        coalesce(due.flights_cancelled, 0) as flights_cancelled,
        coalesce(due.flights_departed, 0) as flights_departed,
        coalesce(due.flights_late, 0) as flights_late,
        weather.observed_at,
        weather.observed_at is not null as has_observation,
        weather.temperature_fahrenheit,
        weather.wind_speed_mph,
        weather.wind_gust_mph,
        weather.precipitation_inches,
        weather.visibility_miles
    from stations
    cross join hours
    left join due
        on
            stations.station = due.station
            and hours.hour_at = due.hour_at
    left join weather
        on
            stations.station = weather.station
            and hours.hour_at = weather.observed_at
)

select * from final
