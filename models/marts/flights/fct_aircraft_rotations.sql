with

flights as (
    select * from {{ ref('fct_flights') }}
),

-- A cancelled leg takes the aircraft nowhere.
legs as (
    select * from flights
    where
        aircraft_id is not null
        and status <> 'cancelled'
),

paired as (
    select
        flight_id,
        flight_name,
        aircraft_id,
        carrier,
        origin,
        destination,
        station_team,
        status,
        seats,
        scheduled_departure_at,
        departed_at,
        status_updated_at,
        lag(flight_id) over aircraft as previous_flight_id,
        lag(flight_name) over aircraft as previous_flight_name,
        lag(destination) over aircraft as turn_airport,
        lag(status) over aircraft as previous_status,
        lag(scheduled_arrival_at) over aircraft as previous_scheduled_arrival_at,
        -- A diverted aircraft is somewhere else: the moment it was missed is the best guess.
        lag(coalesce(expected_arrival_at, diverted_at)) over aircraft as previous_arrival_at,
        lag(scheduled_block_minutes) over aircraft as return_block_minutes
    from legs
    window
        aircraft as (
            partition by aircraft_id
            order by scheduled_departure_at, flight_id
        )
),

-- The flight back to New York is not in the source: it is taken to last as long as the one out.
final as (
    select
        *,
        date_diff('minute', previous_scheduled_arrival_at, scheduled_departure_at)
        - return_block_minutes as planned_ground_minutes,
        date_diff('minute', previous_arrival_at, coalesce(departed_at, scheduled_departure_at))
        - return_block_minutes as ground_minutes
    from paired
    where previous_flight_id is not null
)

select * from final
