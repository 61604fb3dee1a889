with

aircraft as (
    select * from {{ ref('dim_aircraft') }}
),

final as (
    select
        aircraft.aircraft_id as entity_id,
        aircraft.first_departed_at as occurred_at,
        aircraft.carrier,
        aircraft.departures,
    from aircraft
    where
        not aircraft.is_registered
        and aircraft.departures >= {{ param('departures') }}
)

select * from final
