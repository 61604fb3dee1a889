with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flight_id as entity_id,
        flight_id as event_key,
        departed_at as occurred_at,
        flight_name,
        carrier,
        origin,
        destination,
        flight_date,
        departure_delay_minutes as delay_minutes,
        seats as impact,
        case
            when departure_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity
    from flights
    where
        departed_at > {{ as_of() }} - to_days({{ param('days') }})
        and departure_delay_minutes >= {{ param('minutes') }}
)

select * from final
