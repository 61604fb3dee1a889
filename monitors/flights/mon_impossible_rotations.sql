with

rotations as (
    select * from {{ ref('fct_aircraft_rotations') }}
),

final as (
    select
        flight_id as entity_id,
        flight_id as event_key,
        departed_at as occurred_at,
        flight_name,
        carrier,
        aircraft_id,
        origin,
        previous_flight_id,
        previous_flight_name,
        turn_airport,
        previous_arrival_at,
        -ground_minutes as minutes_short
    from rotations
    where
        departed_at > {{ as_of() }} - to_days({{ param('days') }})
        and ground_minutes <= -{{ param('minutes') }}
)

select * from final
