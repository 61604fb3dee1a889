with

flights as (
    select * from {{ ref('fct_flights') }}
),

-- A cancelled leg takes the aircraft nowhere.
legs as (
    select * from flights
    where
        flights.aircraft_id is not null
        and flights.status <> 'cancelled'
),

paired as (
    select
        legs.flight_id,
        legs.flight_name,
        legs.aircraft_id,
        legs.carrier,
        legs.origin,
        legs.destination,
        legs.station_team,
        legs.status,
        legs.seats,
        legs.scheduled_departure_at,
        legs.departed_at,
        legs.status_updated_at,
        lag(legs.flight_id) over aircraft as previous_flight_id,
        lag(legs.flight_name) over aircraft as previous_flight_name,
        lag(legs.destination) over aircraft as turn_airport,
        lag(legs.status) over aircraft as previous_status,
        lag(legs.scheduled_arrival_at) over aircraft as previous_scheduled_arrival_at,
        -- A diverted aircraft is somewhere else: the moment it was missed is the best guess.
        lag(coalesce(legs.expected_arrival_at, legs.diverted_at)) over aircraft
            as previous_arrival_at,
        lag(legs.scheduled_block_minutes) over aircraft as return_block_minutes,
    from legs
    window
        aircraft as (
            partition by legs.aircraft_id
            order by legs.scheduled_departure_at, legs.flight_id
        )
),

-- The flight back to New York is not in the source: it is taken to last as long as the one out.
final as (
    select
        paired.*,
        date_diff('minute', paired.previous_scheduled_arrival_at, paired.scheduled_departure_at)
        - paired.return_block_minutes as planned_ground_minutes,
        date_diff(
            'minute',
            paired.previous_arrival_at,
            coalesce(paired.departed_at, paired.scheduled_departure_at)
        ) - paired.return_block_minutes as ground_minutes,
    from paired
    where paired.previous_flight_id is not null
)

select * from final
