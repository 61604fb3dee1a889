with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flight_id as entity_id,
        scheduled_departure_at as occurred_at,
        flight_name,
        carrier,
        origin,
        destination,
        departure_hour,
        departure_delay_minutes as delay_minutes,
        seats,
        aircraft_id,
        station_team as owner,
        departure_delay_minutes * seats as impact,
        case
            when departure_delay_minutes >= {{ param('critical_minutes') }} then 'critical'
            when departure_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity
    from flights
    where
        status = 'scheduled'
        and departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
