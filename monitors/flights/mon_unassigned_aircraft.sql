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
        flights.flight_date,
        flights.scheduled_departure_local_at,
        case when flights.has_later_flight then 'medium' else 'high' end as severity,
    from flights
    where
        flights.status = 'scheduled'
        and flights.aircraft_id is null
        and flights.scheduled_departure_at <= {{ as_of() }} + to_hours({{ param('hours') }})
)

select * from final
