with

flights as (
    select * from {{ ref('stg_flights__flights') }}
),

planes as (
    select * from {{ ref('stg_flights__planes') }}
),

flown as (
    select
        aircraft_id,
        count(*) as departures,
        min(departed_at) as first_departed_at,
        max(departed_at) as last_departed_at,
        max_by(carrier, departed_at) as carrier
    from flights
    where
        aircraft_id is not null
        and departed_at is not null
    group by aircraft_id
),

final as (
    select
        flown.aircraft_id,
        flown.carrier,
        flown.departures,
        flown.first_departed_at,
        flown.last_departed_at,
        planes.manufacturer,
        planes.model,
        planes.seats,
        planes.aircraft_id is not null as is_registered
    from flown
    left join planes on flown.aircraft_id = planes.aircraft_id
)

select * from final
