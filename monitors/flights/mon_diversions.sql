with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flights.flight_id as entity_id,
        flights.flight_id as event_key,
        flights.diverted_at as occurred_at,
        flights.flight_name,
        flights.carrier,
        flights.aircraft_id,
        flights.origin,
        flights.destination,
        flights.scheduled_arrival_at,
        flights.seats as impact,
    from flights
    where flights.diverted_at > {{ as_of() }} - to_days({{ param('days') }})
)

select * from final
