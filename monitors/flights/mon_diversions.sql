with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flight_id as entity_id,
        flight_id as event_key,
        diverted_at as occurred_at,
        flight_name,
        carrier,
        aircraft_id,
        origin,
        destination,
        scheduled_arrival_at,
        seats as impact
    from flights
    where diverted_at > {{ as_of() }} - to_days({{ param('days') }})
)

select * from final
