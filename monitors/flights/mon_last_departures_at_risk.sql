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
        scheduled_departure_local_at,
        departure_delay_minutes as delay_minutes,
        seats as impact
    from flights
    where
        status = 'scheduled'
        and not has_later_flight
        and extract(hour from scheduled_departure_local_at) >= {{ param('from_hour') }}
        and departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
