with

rotations as (
    select * from {{ ref('fct_aircraft_rotations') }}
),

-- Two turns on the ground, one away and one in New York, must fit between the two flights.
knock_ons as (
    select
        *,
        {{ param('turn_minutes') }} - ground_minutes as knock_on_minutes
    from rotations
    where
        status = 'scheduled'
        and planned_ground_minutes >= {{ param('turn_minutes') }}
),

final as (
    select
        flight_id as entity_id,
        scheduled_departure_at as occurred_at,
        flight_name,
        carrier,
        aircraft_id,
        origin,
        destination,
        previous_flight_id,
        previous_flight_name,
        previous_status,
        turn_airport,
        previous_arrival_at,
        planned_ground_minutes,
        knock_on_minutes,
        knock_on_minutes * seats as impact,
        case
            when knock_on_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity
    from knock_ons
    where knock_on_minutes >= {{ param('minutes') }}
)

select * from final
