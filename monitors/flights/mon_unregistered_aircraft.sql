with

aircraft as (
    select * from {{ ref('dim_aircraft') }}
),

final as (
    select
        aircraft_id as entity_id,
        first_departed_at as occurred_at,
        carrier
    from aircraft
    where
        not is_registered
        and departures >= {{ param('departures') }}
)

select * from final
