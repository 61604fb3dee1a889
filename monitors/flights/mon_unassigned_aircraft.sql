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
        flight_date,
        scheduled_departure_local_at,
        case when has_later_flight then 'medium' else 'high' end as severity
    from flights
    where
        status = 'scheduled'
        and aircraft_id is null
        and scheduled_departure_at <= {{ as_of() }} + to_hours({{ param('hours') }})
)

select * from final
