with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flights.flight_id as entity_id,
        flights.flight_id as event_key,
        flights.departed_at as occurred_at,
        flights.flight_name,
        flights.carrier,
        flights.origin,
        flights.destination,
        flights.flight_date,
        flights.departure_delay_minutes as delay_minutes,
        flights.seats as impact,
        case
            when flights.departure_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity,
    from flights
    where
        flights.departed_at > {{ as_of() }} - to_days({{ param('days') }})
        and flights.departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
