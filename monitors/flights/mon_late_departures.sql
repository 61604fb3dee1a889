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
        flights.departure_hour,
        flights.departure_delay_minutes as delay_minutes,
        flights.seats,
        flights.aircraft_id,
        flights.station_team as owner,
        flights.departure_delay_minutes * flights.seats as impact,
        case
            when flights.departure_delay_minutes >= {{ param('critical_minutes') }} then 'critical'
            when flights.departure_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity,
    from flights
    where
        flights.status = 'scheduled'
        and flights.departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
