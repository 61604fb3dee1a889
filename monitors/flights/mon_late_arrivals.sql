with

flights as (
    select * from {{ ref('fct_flights') }}
),

final as (
    select
        flight_id as entity_id,
        scheduled_arrival_at as occurred_at,
        flight_name,
        carrier,
        origin,
        destination,
        flight_date,
        expected_arrival_at,
        arrival_delay_minutes as delay_minutes,
        arrival_delay_minutes * seats as impact,
        case
            when arrival_delay_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity
    from flights
    where
        status = 'airborne'
        and arrival_delay_minutes >= {{ param('minutes') }}
)

select * from final
