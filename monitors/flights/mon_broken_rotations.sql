with

rotations as (
    select * from {{ ref('fct_aircraft_rotations') }}
),

-- Two turns on the ground, one away and one in New York, must fit between the two flights.
knock_ons as (
    select
        rotations.*,
        {{ param('turn_minutes') }} - rotations.ground_minutes as knock_on_minutes,
    from rotations
    where
        rotations.status = 'scheduled'
        and rotations.planned_ground_minutes >= {{ param('turn_minutes') }}
),

final as (
    select
        knock_ons.flight_id as entity_id,
        knock_ons.scheduled_departure_at as occurred_at,
        knock_ons.flight_name,
        knock_ons.carrier,
        knock_ons.aircraft_id,
        knock_ons.origin,
        knock_ons.destination,
        knock_ons.previous_flight_id,
        knock_ons.previous_flight_name,
        knock_ons.previous_status,
        knock_ons.turn_airport,
        knock_ons.previous_arrival_at,
        knock_ons.planned_ground_minutes,
        knock_ons.knock_on_minutes,
        knock_ons.knock_on_minutes * knock_ons.seats as impact,
        case
            when knock_ons.knock_on_minutes >= {{ param('high_minutes') }} then 'high'
            else 'medium'
        end as severity,
    from knock_ons
    where knock_ons.knock_on_minutes >= {{ param('minutes') }}
)

select * from final
