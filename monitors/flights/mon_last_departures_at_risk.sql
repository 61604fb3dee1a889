with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flights.flight_id as entity_id,
        flights.scheduled_departure_at as occurred_at,
        flights.flight_name,
        flights.carrier,
        flights.origin,
        flights.destination,
        flights.scheduled_departure_local_at,
        flights.departure_delay_minutes as delay_minutes,
        flights.seats as impact,
    from flights
    where
        flights.status = 'scheduled'
        and not flights.has_later_flight
        and extract(hour from flights.scheduled_departure_local_at) >= {{ param('from_hour') }}
        and flights.departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
