with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flights.flight_id as entity_id,
        flights.scheduled_arrival_at as occurred_at,
        flights.flight_name,
        flights.carrier,
        flights.origin,
        flights.destination,
        flights.flight_date,
        flights.expected_arrival_at,
        flights.arrival_delay_minutes as delay_minutes,
        flights.arrival_delay_minutes * flights.seats as impact,
        case
            when flights.arrival_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity,
    from flights
    where
        flights.status = 'airborne'
        and flights.arrival_delay_minutes >= {{ param('minutes') }}
)

select * from final
