with

rotations as (
    select * from {{ ref('fct_aircraft_rotations') }}
),

final as (
    select
        rotations.flight_id as entity_id,
        rotations.flight_id as event_key,
        rotations.departed_at as occurred_at,
        rotations.flight_name,
        rotations.carrier,
        rotations.aircraft_id,
        rotations.origin,
        rotations.previous_flight_id,
        rotations.previous_flight_name,
        rotations.turn_airport,
        rotations.previous_arrival_at,
        -rotations.ground_minutes as minutes_short,
    from rotations
    where
        rotations.departed_at > {{ as_of() }} - to_days({{ param('days') }})
        and rotations.ground_minutes <= -{{ param('minutes') }}
)

select * from final
