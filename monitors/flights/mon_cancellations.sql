with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flight_id as entity_id,
        flight_id as event_key,
        cancelled_at as occurred_at,
        flight_name,
        carrier,
        carrier_name,
        origin,
        destination,
        flight_date,
        scheduled_departure_at,
        has_later_flight,
        seats as impact,
        case when has_later_flight then 'medium' else 'high' end as severity
    from flights
    where cancelled_at > {{ as_of() }} - to_days({{ param('days') }})
)

select * from final
