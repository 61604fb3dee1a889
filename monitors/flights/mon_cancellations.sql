with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flights.flight_id as entity_id,
        flights.flight_id as event_key,
        flights.cancelled_at as occurred_at,
        flights.flight_name,
        flights.carrier,
        flights.carrier_name,
        flights.origin,
        flights.destination,
        flights.flight_date,
        flights.scheduled_departure_at,
        flights.has_later_flight,
        flights.seats as impact,
        case when flights.has_later_flight then 'medium' else 'high' end as severity,
    from flights
    where flights.cancelled_at > {{ as_of() }} - to_days({{ param('days') }})
)

select * from final
